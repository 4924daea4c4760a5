"""From a wanted precision to a threshold on probabilities. Pure.

With calibrated probabilities the expected precision of a set is their mean, so that a person states
the precision and the threshold follows. What is expected is then compared with what people said of
the reviewed pairs in the set, by predictions that were made without their verdicts.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.statistics import Interval, wilson

_ROUNDING = 1e-6  # probabilities are stored with seven digits


@dataclass(frozen=True)
class Threshold:
    """What is kept, and how right it is.

    Attributes:
        value: keep what is at least as probable, [0, 1]; 1 with nothing kept when no threshold
            reaches the wanted precision.
        kept_count: candidates that are kept.
        expected_precision: mean probability of the kept; nan when nothing is kept.
        held_out_precision: mean held-out prediction of the reviewed among the kept; None when none
            is reviewed.
        reviewed_precision: share of these that people found correct (Wilson); None likewise. They
            are no fair sample of the kept when the least sure were asked about first, so compare
            it with `held_out_precision`, not with the wanted precision.
    """

    value: float
    kept_count: int
    expected_precision: float
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
) -> Threshold:
    """The smallest threshold whose kept set is expected to be as precise as wanted.

    Args:
        target_precision: wanted among the kept, [0, 1].
        probabilities: of every candidate (n,), each in [0, 1]; equal ones are kept or not together.
        held_out: of the reviewed candidates (m,), predicted without their verdicts.
        is_correct: what people said of these (m,).

    Raises:
        InputError: a probability is not in [0, 1], or the reviewed columns differ in length.
    """
    candidates = np.sort(_checked(probabilities))[::-1]
    reviewed, verdicts = _checked(held_out), np.asarray(is_correct, dtype=bool)
    if reviewed.shape != verdicts.shape:
        raise InputError(f"{len(reviewed)} predictions for {len(verdicts)} verdicts")
    value = _smallest(target_precision, candidates)
    kept, among = candidates[candidates >= value], reviewed >= value
    return Threshold(
        value,
        len(kept),
        float(kept.mean()) if len(kept) else float("nan"),
        float(reviewed[among].mean()) if among.any() else None,
        wilson(int(verdicts[among].sum()), int(among.sum())) if among.any() else None,
    )


def _smallest(target: float, descending: npt.NDArray[np.float64]) -> float:
    """Means of the first k never rise with k, so the last that suffices is the smallest."""
    means = np.cumsum(descending) / np.arange(1, len(descending) + 1)
    is_last_of_equals = np.append(descending[1:] < descending[:-1], True)[: len(descending)]
    fitting = descending[(means >= target - _ROUNDING) & is_last_of_equals]
    return float(fitting[-1]) if len(fitting) else 1.0


def _checked(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.asarray(probabilities, dtype=np.float64)
    if not ((array >= 0) & (array <= 1)).all():
        raise InputError("a probability lies outside [0, 1], or is no number")
    return array
