"""A narrow corridor through the grid of two documents, cut along its anti-diagonals.

Pure. A node (i, j) means that the first i source and j target sentences are aligned. All nodes with
i + j = t form diagonal t, and every bead leads from a lower diagonal to a higher one. Around a path
that leaves one node on each diagonal, a window of constant width holds the candidates: a chapter
missing on either side bends the path and costs nothing, where a band of rows would have to widen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Anchor = tuple[int, int]


@dataclass(frozen=True)
class Corridor:
    """Where the search may go.

    Attributes:
        first: (n + m + 1,) int64, the smallest source count i on each diagonal; it grows by 0 or 1
            from one diagonal to the next.
        width: nodes on a diagonal; those outside the grid are never reached.
        source_count: n, sentences of the source.
        target_count: m, sentences of the target.
    """

    first: IntArray
    width: int
    source_count: int
    target_count: int


def corridor_along(
    anchors: Sequence[Anchor], source_count: int, target_count: int, width: int
) -> Corridor:
    """The corridor centred on the straight lines between anchors.

    Args:
        anchors: nodes strictly ascending on both sides, inside the grid; may be empty.
        source_count: n.
        target_count: m.
        width: nodes on a diagonal.
    """
    inner = [a for a in anchors if 0 < sum(a) < source_count + target_count]
    nodes = np.array([(0, 0), *inner, (source_count, target_count)], dtype=np.int64)
    diagonals = nodes.sum(axis=1)
    t = np.arange(source_count + target_count + 1)
    leg = np.clip(np.searchsorted(diagonals, t, side="right") - 1, 0, len(nodes) - 2)
    length = np.maximum(np.diff(diagonals)[leg], 1)
    # Integers throughout: rounded floats could step by two and break the corridor.
    centre = nodes[leg, 0] + (t - diagonals[leg]) * np.diff(nodes[:, 0])[leg] // length
    return Corridor(centre - width // 2, width, source_count, target_count)
