"""Alignment by length alone: the baseline that stands beside every result.

Pure. The probabilistic model of Gale & Church (1993): the characters of a translation are normally
distributed around those of the original, with a variance that grows with the length, and each
shape of bead has a prior measured on their corpus.
"""

import numpy as np
import numpy.typing as npt
from scipy import special

from pipeline.alignment.sentences.corridor import corridor_along
from pipeline.alignment.sentences.dynamic_programming import best_cover
from pipeline.alignment.sentences.sides import FloatArray
from pipeline.text.beads import Bead

_PRIORS = {
    (1, 1): 0.89,
    (1, 0): 0.0099 / 2,
    (0, 1): 0.0099 / 2,
    (2, 1): 0.089 / 2,
    (1, 2): 0.089 / 2,
    (2, 2): 0.011,
}
_VARIANCE_PER_CHARACTER = 6.8
_BAND_NODES = 401  # a diagonal's candidates; lengths give no anchors to narrow it


def length_baseline(source_lengths: npt.ArrayLike, target_lengths: npt.ArrayLike) -> list[Bead]:
    """Align two documents by their sentence lengths.

    Args:
        source_lengths: (n,) characters of each sentence.
        target_lengths: (m,) likewise.

    Returns:
        A monotone full cover in ascending order; a bead's score is its log probability.
    """
    ends = [
        np.r_[0.0, np.cumsum(np.asarray(lengths, dtype=np.float64))]
        for lengths in (source_lengths, target_lengths)
    ]

    def scores(source: range, target: range) -> FloatArray:
        layers = [
            np.log(prior)
            + _log_match(_characters(ends[0], source, a)[:, None], _characters(ends[1], target, b))
            for (a, b), prior in _PRIORS.items()
        ]
        return np.array(layers, dtype=np.float32)

    corridor = corridor_along([], len(ends[0]) - 1, len(ends[1]) - 1, _BAND_NODES)
    return best_cover(corridor, list(_PRIORS), scores)


def _characters(ends: npt.NDArray[np.float64], nodes: range, count: int) -> npt.NDArray[np.float64]:
    """Characters of the `count` sentences before each node."""
    last = np.arange(nodes.start, nodes.stop)
    return np.asarray(ends[last] - ends[np.maximum(last - count, 0)])


def _log_match(
    source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Log of the two-sided probability of a difference in length at least as great."""
    spread = np.sqrt(_VARIANCE_PER_CHARACTER * np.maximum((source + target) / 2, 1))
    return np.asarray(np.log(2) + special.log_ndtr(-np.abs(source - target) / spread))
