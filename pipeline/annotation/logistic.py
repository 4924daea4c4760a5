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

    def probabilities(self, features: Array) -> Array:
        """Of being positive (n,), for features (n, d); nan in these stands for a missing value."""
        return np.asarray(
            expit(self.intercept + _standardised(features, self.means, self.scales) @ self.weights)
        )


def fit_logistic(
    features: Array, is_positive: npt.NDArray[np.bool_], regularisation: float
) -> Logistic:
    """Fit a model; the intercept is free, the weights are held towards 0.

    Args:
        features: (n, d) with n >= 1; nan for a missing value, which then counts as average.
        is_positive: (n,).
        regularisation: inverse variance of the weights' Gaussian prior, > 0.
    """
    means, scales = _moments(features)
    design = np.column_stack([np.ones(len(features)), _standardised(features, means, scales)])
    penalty = np.append(0.0, np.full(features.shape[1], regularisation))
    weights = _minimise(design, _soft_targets(is_positive), penalty)
    return Logistic(float(weights[0]), weights[1:], means, scales)


def _soft_targets(is_positive: npt.NDArray[np.bool_]) -> Array:
    positive, negative = int(is_positive.sum()), int((~is_positive).sum())
    return np.where(is_positive, (positive + 1) / (positive + 2), 1 / (negative + 2))


def _moments(features: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of what is not missing; 0 and 1 where nothing is."""
    is_there = ~np.isnan(features)
    counts = np.maximum(is_there.sum(axis=0), 1)
    means = np.where(is_there, features, 0).sum(axis=0) / counts
    variances = (np.where(is_there, features - means, 0) ** 2).sum(axis=0) / counts
    scales = np.sqrt(variances)
    return means, np.where(scales > _SMALLEST_SCALE, scales, 1.0)


def _standardised(features: Array, means: Array, scales: Array) -> Array:
    return np.nan_to_num((features - means) / scales, nan=0.0)


def _minimise(design: Array, targets: Array, penalty: Array) -> Array:
    weights = np.zeros(design.shape[1])
    value = _objective(weights, design, targets, penalty)
    for _ in range(_MAX_STEPS):
        step = _newton_step(weights, design, targets, penalty)
        shorter = weights - step
        while (found := _objective(shorter, design, targets, penalty)) > value + _TOLERANCE:
            step = step / 2
            shorter = weights - step
        weights, value = shorter, found
        if np.abs(step).max() < _TOLERANCE:
            break
    return weights


def _objective(weights: Array, design: Array, targets: Array, penalty: Array) -> float:
    scores = design @ weights
    loss = np.logaddexp(0, scores).sum() - targets @ scores
    return float(loss + penalty @ weights**2 / 2)


def _newton_step(weights: Array, design: Array, targets: Array, penalty: Array) -> Array:
    predicted = expit(design @ weights)
    gradient = design.T @ (predicted - targets) + penalty * weights
    curvature = design.T @ (design * (predicted * (1 - predicted))[:, None]) + np.diag(penalty)
    return np.asarray(np.linalg.solve(curvature, gradient))
