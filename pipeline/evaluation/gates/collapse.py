"""Do different sentences still have different vectors? Pure.

The limits lie between real models and spoilt ones, each measured on 100 sentences, for the share of
directions falls as sentences are added:

| vectors | mean cosine | share of directions |
| --- | --- | --- |
| e5-small, FLORES-200 dev in 5 languages | 0.77-0.87 | 0.65-0.69 |
| e5-small, Russian and English laws | 0.83-0.85 | 0.48-0.49 |
| MiniLM, FLORES-200 dev in English, Turkmen, Russian, Kazakh | 0.06-0.59 | 0.47-0.66 |
| MiniLM, Bengali, whose letters it does not know | 0.82 | 0.23 |
| e5-small, Turkmen, squeezed to 32 directions: P@1 is halved | 0.94 | 0.22 |
| the same squeezed to one: P@1 is 0 | 0.99 | 0.01 |
| the same with their mean added to each: P@1 stays | 0.96 | 0.65 |
"""

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.storage import GateVerdict

_MOST_MEAN_COSINE = 0.95
_LEAST_RANK_FRACTION = 0.25
_RANKED_COUNT = 100  # sentences, evenly spaced


def collapse_gate(vectors: npt.NDArray[np.float32]) -> GateVerdict:
    """Refuse a model for which all sentences mean the same, or nearly.

    Args:
        vectors: unit vectors (n, d) of n >= 2 different sentences; 100 or more are best.

    Raises:
        InputError: fewer than two vectors.
    """
    mean_cosine = mean_off_diagonal_cosine(vectors)
    step = max(1, len(vectors) // _RANKED_COUNT)
    sample = vectors[::step][:_RANKED_COUNT]
    rank, most_possible = effective_rank(sample), min(len(sample) - 1, vectors.shape[1])
    is_spread = rank >= _LEAST_RANK_FRACTION * most_possible
    is_passed = mean_cosine <= _MOST_MEAN_COSINE and is_spread
    reason = (
        f"Different sentences have a mean cosine of {mean_cosine:.3f}; {len(sample)} of them spread"
        f" over {rank:.0f} of {most_possible} possible directions."
    )
    if not is_spread:
        reason += (
            " The space has collapsed: lower the learning rate or raise the ranking weight, and"
            " look whether the model knows the script at all."
        )
    elif not is_passed:
        reason += (
            " All vectors point almost the same way. Their order may still tell sentences apart,"
            " but no threshold on a cosine does: train with a ranking loss, or take the mean vector"
            " off all of them."
        )
    return GateVerdict("collapse", is_passed, reason)


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
