"""How good probabilities are that were predicted without the verdicts they are held against. Pure.

Brier score (1950), log loss, and the expected calibration error over bins of equal size (Naeini et
al. 2015). The latter is never 0 by chance: beside it stands what perfect probabilities would show
with as many reviews (Bröcker & Smith 2007, "Increasing the reliability of reliability diagrams").
"""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from pipeline.statistics import Interval, bootstrap, paired_bootstrap, wilson

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

_MOST_BINS = 10
_REVIEWS_A_BIN = 15
_SMALLEST = 1e-6  # of a probability in a log loss


def score_probabilities(
    predicted: Array, base_rate: Array, is_correct: Labels, *, count: int, seed: int
) -> dict[str, Mapping[str, object]]:
    """Scores with 95 % intervals, as plain JSON: value, ci_low, ci_high, n.

    Args:
        predicted: held-out probabilities (n,), n >= 1.
        base_rate: held-out share of correct pairs (n,): what is known without any feature.
        is_correct: (n,).
        count: resamples of pairs.
        seed: of the resampling.

    Returns:
        `brier`, `log_loss`, `expected_calibration_error` (lower is better), each also for the base
        rate as `base_rate_brier` and so on; `brier_gain`, base rate less model, paired (positive:
        the features help); `chance_calibration_error`, with perfect probabilities (its interval is
        the range of 95 % of the draws).
    """
    scores: dict[str, Interval] = {}
    for prefix, each in (("", predicted), ("base_rate_", base_rate)):
        scores[f"{prefix}brier"] = bootstrap(_brier(each, is_correct), count=count, seed=seed)
        scores[f"{prefix}log_loss"] = bootstrap(_log_loss(each, is_correct), count=count, seed=seed)
    scores["brier_gain"] = paired_bootstrap(
        _brier(predicted, is_correct), _brier(base_rate, is_correct), count=count, seed=seed
    )
    bins = _bins(predicted)
    scores["expected_calibration_error"] = bootstrap(
        predicted - is_correct, bins, statistic=_calibration_error, count=count, seed=seed
    )
    scores["chance_calibration_error"] = _chance_error(predicted, bins, count, seed)
    return {name: asdict(score) for name, score in scores.items()}


def calibration_curve(predicted: Array, is_correct: Labels) -> list[dict[str, float]]:
    """Predicted against found, bin by bin of equal size, from the least probable on.

    Returns:
        Rows of `mean_predicted`, `observed_share` with `ci_low` and `ci_high` (Wilson), and `n`;
        none without reviews. Equal predictions may fall into two bins.
    """
    bins = _bins(predicted)
    rows = []
    for number in np.unique(bins):
        inside = bins == number
        found = wilson(int(is_correct[inside].sum()), int(inside.sum()))
        rows.append(
            {
                "mean_predicted": float(predicted[inside].mean()),
                "observed_share": found.value,
                "ci_low": found.ci_low,
                "ci_high": found.ci_high,
                "n": found.n,
            }
        )
    return rows


def _bins(predicted: Array) -> Array:
    """Bin (n,) by rank: at most ten, of fifteen reviews or more where there are as many."""
    count = min(max(len(predicted) // _REVIEWS_A_BIN, 1), _MOST_BINS)
    ranks = np.empty(len(predicted))
    ranks[np.argsort(predicted, kind="stable")] = np.arange(len(predicted))
    return np.floor(ranks * count / max(len(predicted), 1))


def _calibration_error(residuals: Array, bins: Array) -> Array:
    """Sum over bins of |sum of residuals|, over n, along the last axis."""
    inside = [np.where(bins == number, residuals, 0).sum(axis=-1) for number in range(_MOST_BINS)]
    return np.asarray(np.abs(inside).sum(axis=0) / residuals.shape[-1])


def _chance_error(predicted: Array, bins: Array, count: int, seed: int) -> Interval:
    generator = np.random.default_rng(seed)
    draws = np.array(
        [
            _calibration_error(predicted - drawn, bins)
            for drawn in _drawn(predicted, count, generator)
        ]
    )
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(float(draws.mean()), float(low), float(high), len(predicted), seed)


def _drawn(predicted: Array, count: int, generator: np.random.Generator) -> list[Labels]:
    return [generator.random(len(predicted)) < predicted for _ in range(count)]


def _brier(predicted: Array, is_correct: Labels) -> Array:
    return np.asarray((predicted - is_correct) ** 2)


def _log_loss(predicted: Array, is_correct: Labels) -> Array:
    given = np.where(is_correct, predicted, 1 - predicted)
    return np.asarray(-np.log(np.maximum(given, _SMALLEST)))
