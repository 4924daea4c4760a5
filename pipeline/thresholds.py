"""From a wanted precision to a threshold on probabilities. Pure.

With calibrated probabilities the expected precision of a set is their mean, so that a person states
the precision and the threshold follows. What is expected is then compared with what people said of
the reviewed pairs in the set, by predictions that were made without their verdicts. The stated
precision is the expected one, corrected by how far reviews differ from predictions: the difference
estimator of survey sampling (Särndal et al. 1992), as in prediction-powered inference
(Angelopoulos et al. 2023). Reviews may be drawn in any way that looks at the probability alone, for
they are compared within strata of it.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.statistics import Interval, wilson

Array = npt.NDArray[np.float64]

_ROUNDING = 1e-6  # probabilities are stored with seven digits
_LEVEL = 0.95
_MOST_STRATA = 5
_REVIEWS_A_STRATUM = 20


@dataclass(frozen=True)
class Threshold:
    """What is kept, and how right it is.

    Attributes:
        value: keep what is at least as probable, [0, 1]; 1 with nothing kept when no threshold
            reaches the wanted precision.
        kept_count: candidates that are kept.
        expected_precision: mean probability of the kept; nan when nothing is kept.
        precision: share of correct pairs among the kept, with an interval for what people would
            find in all of them; its n counts the reviews. Without any it takes the probabilities at
            their word and is too narrow. None when nothing is kept.
        yield_count: correct pairs expected among the kept.
        yield_fraction: these, of the correct pairs expected among all candidates; nan without any.
        held_out_precision: mean held-out prediction of the reviewed among the kept; None when none
            is reviewed.
        reviewed_precision: share of these that people found correct (Wilson); None likewise. They
            are no fair sample of the kept when the least sure were asked about first, so compare
            it with `held_out_precision`, not with the wanted precision.
    """

    value: float
    kept_count: int
    expected_precision: float
    precision: Interval | None
    yield_count: float
    yield_fraction: float
    held_out_precision: float | None
    reviewed_precision: Interval | None

    @property
    def is_contradicted(self) -> bool:
        """Whether people found significantly fewer correct than was predicted."""
        predicted, found = self.held_out_precision, self.reviewed_precision
        return predicted is not None and found is not None and found.ci_high < predicted


def threshold_for(
    target_precision: float,
    probabilities: npt.ArrayLike,
    held_out: npt.ArrayLike = (),
    is_correct: npt.ArrayLike = (),
    level_fraction: float = _LEVEL,
) -> Threshold:
    """The smallest threshold whose kept set is expected to be as precise as wanted.

    Args:
        target_precision: wanted among the kept, [0, 1].
        probabilities: of every candidate (n,), each in [0, 1]; equal ones are kept or not together.
        held_out: of the reviewed candidates (m,), predicted without their verdicts.
        is_correct: what people said of these (m,).
        level_fraction: confidence level of the interval of the precision.

    Raises:
        InputError: a probability is not in [0, 1], or the reviewed columns differ in length.
    """
    candidates = np.sort(_checked(probabilities))[::-1]
    value = _smallest(target_precision, candidates)
    return _described(value, candidates, *_reviewed(held_out, is_correct), level_fraction)


def threshold_for_f1(probabilities: npt.ArrayLike) -> Threshold:
    """The threshold with the highest expected F1 over the candidates; of equals the highest.

    Twice the sum of the kept probabilities over the kept count and the sum of all (Lewis 1995).
    Correct pairs that are no candidates at all lower F1 at every threshold and move the best one
    little. Args and errors are those of `threshold_for`, without reviews.
    """
    candidates = np.sort(_checked(probabilities))[::-1]
    counts, sums = np.arange(1, len(candidates) + 1), np.cumsum(candidates)
    expected = np.where(_ends_equals(candidates), 2 * sums / (counts + sums[-1:]), -1.0)
    value = float(candidates[expected.argmax()]) if len(candidates) else 1.0
    return _described(value, candidates, *_reviewed((), ()), _LEVEL)


def _described(
    value: float,
    candidates: Array,
    reviewed: Array,
    verdicts: npt.NDArray[np.bool_],
    level: float,
) -> Threshold:
    kept, among = candidates[candidates >= value], reviewed >= value
    said = wilson(int(verdicts[among].sum()), int(among.sum())) if among.any() else None
    total = float(candidates.sum())
    return Threshold(
        value,
        len(kept),
        float(kept.mean()) if len(kept) else float("nan"),
        _precision(kept, reviewed[among], verdicts[among], level) if len(kept) else None,
        float(kept.sum()),
        float(kept.sum()) / total if total else float("nan"),
        float(reviewed[among].mean()) if among.any() else None,
        said,
    )


def _precision(
    kept: Array, reviewed: Array, verdicts: npt.NDArray[np.bool_], level: float
) -> Interval:
    """Precision of the kept: their mean, corrected in strata by what reviews found.

    Two things are uncertain: the mean of the corrections, and how the kept ones that nobody saw
    fall. A stratum's corrections vary at least as much as its probabilities say, so that a few
    reviews without a surprise make no certainty.
    """
    stratum, of_reviewed = _strata(kept, reviewed)
    value, variance = float(kept.mean()), float((kept * (1 - kept)).sum()) / len(kept) ** 2
    for number in np.unique(of_reviewed):
        predicted = reviewed[of_reviewed == number]
        wrong_by = verdicts[of_reviewed == number] - predicted
        share = float((stratum == number).mean())
        spread = max(float((wrong_by**2).mean()), float(_spread(predicted).mean()))
        value += share * float(wrong_by.mean())
        variance += share**2 * spread / len(predicted)
    value = float(np.clip(value, 0, 1))
    reach = NormalDist().inv_cdf((1 + level) / 2) * variance**0.5
    low, high = max(value - reach, 0.0), min(value + reach, 1.0)
    return Interval(value, low, high, len(reviewed), None, level)


def _strata(kept: Array, reviewed: Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Strata of probability, of both, with about as many reviews in each."""
    count = max(min(len(reviewed) // _REVIEWS_A_STRATUM, _MOST_STRATA), 1)
    ends = np.linspace(0, 1, count + 1)[1:-1]
    edges = np.quantile(reviewed, ends) if len(ends) else np.empty(0)
    return np.searchsorted(edges, kept), np.searchsorted(edges, reviewed)


def _spread(predicted: Array) -> Array:
    """Variance of each verdict, as its probability says."""
    return predicted * (1 - predicted)


def _smallest(target: float, descending: Array) -> float:
    """Means of the first k never rise with k, so the last that suffices is the smallest."""
    means = np.cumsum(descending) / np.arange(1, len(descending) + 1)
    fitting = descending[(means >= target - _ROUNDING) & _ends_equals(descending)]
    return float(fitting[-1]) if len(fitting) else 1.0


def _ends_equals(descending: Array) -> npt.NDArray[np.bool_]:
    """Whether each is the last of those that equal it (n,)."""
    return np.append(descending[1:] < descending[:-1], True)[: len(descending)]


def _reviewed(
    held_out: npt.ArrayLike, is_correct: npt.ArrayLike
) -> tuple[Array, npt.NDArray[np.bool_]]:
    reviewed, verdicts = _checked(held_out), np.asarray(is_correct, dtype=bool)
    if reviewed.shape != verdicts.shape:
        raise InputError(f"{len(reviewed)} predictions for {len(verdicts)} verdicts")
    return reviewed, verdicts


def _checked(probabilities: npt.ArrayLike) -> Array:
    array = np.asarray(probabilities, dtype=np.float64)
    if not ((array >= 0) & (array <= 1)).all():
        raise InputError("a probability lies outside [0, 1], or is no number")
    return array
