"""Gates: is a score worth believing, and is a model worth releasing? In sentences for people.

Pure functions. A gate that fails never hides the figures: it says why they must not be relied on
and what to do about it.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError
from pipeline.statistics import Interval, sample_size
from pipeline.storage import GateVerdict

_WANTED_HALF_WIDTH = 0.05
_SATURATED_SHARE = 0.99
_MOST_MEAN_COSINE = 0.95  # e5 models, squeezed as they are, stay near 0.8
_LEAST_RANK_FRACTION = 0.05


def sample_size_gate(n: int, least: int, what: str = "queries") -> GateVerdict:
    """Refuse a score that rests on too few units, and say how many would do."""
    enough = sample_size(_WANTED_HALF_WIDTH)
    reason = f"{n} {what} were scored; {least} is the minimum."
    if n < least:
        reason += (
            f" An interval of plus or minus {_WANTED_HALF_WIDTH:g} takes up to {enough}:"
            " hold out more text, or read the score as an anecdote."
        )
    return GateVerdict("sample_size", n >= least, reason)


def suite_gate(scores: pa.Table, least: int, what: str) -> GateVerdict:
    """Refuse a suite one of whose scores rests on too few units; nothing to score is no fault.

    Args:
        scores: table of schema `SCORES`.
        least: units wanted.
        what: the units are.
    """
    if not scores.num_rows:
        return GateVerdict("sample_size", is_passed=True, reason=f"No {what}: nothing to score.")
    return sample_size_gate(pc.min(scores["n"]).as_py(), least, what)


def saturation_gate(p_at_1: float, pool_size: int) -> GateVerdict:
    """Refuse a retrieval set that is too easy to tell two good models apart."""
    is_passed = p_at_1 < _SATURATED_SHARE
    reason = f"P@1 is {p_at_1:.3f} among {pool_size:,} candidates."
    if not is_passed:
        reason += (
            " Nothing better could be seen here: enlarge the pool with distractors from the same"
            " domain, or use pairs that differ in one detail, as xSIM++ does."
        )
    return GateVerdict("saturation", is_passed, reason)


def collapse_gate(vectors: npt.NDArray[np.float32]) -> GateVerdict:
    """Refuse a model for which all sentences mean the same.

    Args:
        vectors: unit vectors (n, d) of n >= 2 different sentences.

    Raises:
        InputError: fewer than two vectors.
    """
    mean_cosine, rank = mean_off_diagonal_cosine(vectors), effective_rank(vectors)
    most_possible = min(len(vectors) - 1, vectors.shape[1])
    is_passed = mean_cosine <= _MOST_MEAN_COSINE and rank >= _LEAST_RANK_FRACTION * most_possible
    reason = (
        f"Different sentences have a mean cosine of {mean_cosine:.3f} and spread over"
        f" {rank:.0f} of {most_possible} possible directions."
    )
    if not is_passed:
        reason += " The space has collapsed: lower the learning rate or raise the ranking weight."
    return GateVerdict("collapse", is_passed, reason)


def retention_gate(measured: Interval, least: float) -> GateVerdict:
    """Refuse a student that has forgotten the pivot language."""
    is_passed = measured.value >= least
    reason = (
        f"The student keeps {measured.value:.3f} of the start model's order"
        f" ({measured.ci_low:.3f} to {measured.ci_high:.3f}, {measured.n} sentences);"
        f" {least:g} is the minimum."
    )
    if not is_passed:
        reason += " Lower the balance value, so that the pivot language weighs more."
    return GateVerdict("retention", is_passed, reason)


def mean_off_diagonal_cosine(vectors: npt.NDArray[np.float32]) -> float:
    """Mean cosine of all pairs of different rows of unit vectors (n, d), in O(n d).

    Raises:
        InputError: fewer than two vectors.
    """
    n = len(vectors)
    if n < 2:  # noqa: PLR2004 - a pair
        raise InputError("a mean over pairs needs two vectors or more")
    exact = vectors.astype(np.float64)
    total = exact.sum(axis=0)
    return float((total @ total - (exact * exact).sum()) / (n * (n - 1)))


def effective_rank(vectors: npt.NDArray[np.float32]) -> float:
    """Exponential of the entropy of the centred vectors' variances (Roy & Vetterli 2007).

    0 when all vectors are equal, else between 1 and min(n - 1, d).
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2
    if variances.sum() <= len(vectors) * np.finfo(np.float32).eps ** 2:
        return 0.0
    shares = variances[variances > 0] / variances.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
