"""Logistic regression with a Gaussian prior, on standardised features with gaps. Pure.

Targets are softened as in Platt 1999, "Probabilistic outputs for support vector machines": one
positive among n is (n + 1) / (n + 2) and not 1, so that a handful of verdicts, even of one kind,
makes no certainty. The objective is convex; Newton's method with halved steps finds its minimum.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Array = npt.NDArray[np.float64]

_MAX_STEPS = 100
_TOLERANCE = 1e-9
_SMALLEST_SCALE = 1e-9


@dataclass(frozen=True)
class Logistic:
    """A fitted model.

    Attributes:
        intercept: log odds of a unit whose features are all average, or missing.
        weights: per standardised feature (d,), in log odds.
        means: subtracted from each feature (d,).
        scales: each feature is then divided by (d,); 1 for one that does not vary.
    """

    intercept: float
    weights: Array
    means: Array
    scales: Array

    @classmethod
    def ignorant(cls, feature_count: int) -> "Logistic":
        """Even odds for everything."""
        return cls(0.0, np.zeros(feature_count), np.zeros(feature_count), np.ones(feature_count))

    def log_odds(self, features: Array) -> Array:
        """Of being positive (n,), for features (n, d); nan in these stands for a missing value."""
        return np.asarray(
            self.intercept + _standardised(features, self.means, self.scales) @ self.weights
        )

    def probabilities(self, features: Array) -> Array:
        """Of being positive (n,), see `log_odds`."""
        return np.asarray(expit(self.log_odds(features)))

    def restated(self, means: Array, scales: Array) -> "Logistic":
        """The same model for features that are standardised by other means and scales.

        Where a feature is missing it then counts as average by the new mean.
        """
        slopes = self.weights / self.scales
        intercept = self.intercept + float(slopes @ (means - self.means))
        return Logistic(intercept, slopes * scales, means, scales)


def fit_logistic(
    features: Array,
    is_positive: npt.NDArray[np.bool_],
    regularisation: float,
    prior: Logistic | None = None,
) -> Logistic:
    """Fit a model; the intercept is free, the weights are held towards those of the prior.

    Args:
        features: (n, d) with n >= 1; nan for a missing value, which then counts as average.
        is_positive: (n,).
        regularisation: inverse variance of the Gaussian prior of the standardised weights, > 0.
        prior: what is believed before; None: nothing, weights of 0. A feature that does not vary
            among the units keeps the prior's weight.
    """
    means, scales = moments(features)
    centre = prior.restated(means, scales).weights if prior else np.zeros(features.shape[1])
    weight = np.ones(len(features))
    return _fit(
        features, (means, scales), soft_targets(is_positive), weight, regularisation, centre
    )


def fit_weighted(features: Array, targets: Array, weight: Array, regularisation: float) -> Logistic:
    """As `fit_logistic` without a prior, for targets in [0, 1] and units that count more or less.

    Args:
        features: (n, d).
        targets: (n,), taken as they are.
        weight: of each unit (n,), at least 0.
        regularisation: see `fit_logistic`.
    """
    centre = np.zeros(features.shape[1])
    return _fit(features, moments(features), targets, weight, regularisation, centre)


def soft_targets(is_positive: npt.NDArray[np.bool_]) -> Array:
    """Platt's targets (n,)."""
    positive, negative = int(is_positive.sum()), int((~is_positive).sum())
    return np.where(is_positive, (positive + 1) / (positive + 2), 1 / (negative + 2))


def moments(features: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of what is not missing; 0 and 1 where nothing is."""
    is_there = ~np.isnan(features)
    counts = np.maximum(is_there.sum(axis=0), 1)
    means = np.where(is_there, features, 0).sum(axis=0) / counts
    variances = (np.where(is_there, features - means, 0) ** 2).sum(axis=0) / counts
    scales = np.sqrt(variances)
    return means, np.where(scales > _SMALLEST_SCALE, scales, 1.0)


def _standardised(features: Array, means: Array, scales: Array) -> Array:
    return np.nan_to_num((features - means) / scales, nan=0.0)


def _fit(
    features: Array,
    standard: tuple[Array, Array],
    targets: Array,
    weight: Array,
    regularisation: float,
    centre: Array,
) -> Logistic:
    design = np.column_stack([np.ones(len(features)), _standardised(features, *standard)])
    penalty = np.append(0.0, np.full(features.shape[1], regularisation))
    problem = _Problem(design, targets, weight, penalty, np.append(0.0, centre))
    found = problem.minimum()
    return Logistic(float(found[0]), found[1:], *standard)


@dataclass(frozen=True)
class _Problem:
    """A weighted log loss with a quadratic penalty around a centre."""

    design: Array
    targets: Array
    weight: Array
    penalty: Array
    centre: Array

    def minimum(self) -> Array:
        """By Newton's method; steps that would climb are halved."""
        weights = self.centre
        value = self._value(weights)
        for _ in range(_MAX_STEPS):
            step = self._newton_step(weights)
            shorter = weights - step
            while (found := self._value(shorter)) > value + _TOLERANCE:
                step = step / 2
                shorter = weights - step
            weights, value = shorter, found
            if np.abs(step).max() < _TOLERANCE:
                break
        return weights

    def _value(self, weights: Array) -> float:
        scores = self.design @ weights
        loss = self.weight @ (np.logaddexp(0, scores) - self.targets * scores)
        return float(loss + self.penalty @ (weights - self.centre) ** 2 / 2)

    def _newton_step(self, weights: Array) -> Array:
        predicted = expit(self.design @ weights)
        gradient = self.design.T @ (self.weight * (predicted - self.targets))
        gradient += self.penalty * (weights - self.centre)
        spread = self.weight * predicted * (1 - predicted)
        curvature = self.design.T @ (self.design * spread[:, None]) + np.diag(self.penalty)
        return np.asarray(np.linalg.solve(curvature, gradient))
