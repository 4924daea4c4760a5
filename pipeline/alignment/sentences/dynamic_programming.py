"""The best monotone cover of two documents inside a corridor.

Pure. Time and memory grow with (n + m) * width. Scores are asked for in chunks of diagonals, so
that no more than a chunk of them exists at a time; what stays is one byte for the move into each
node and four for its score.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.alignment.sentences.corridor import Corridor
from pipeline.text.beads import Bead

Shape = tuple[int, int]
FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

_CHUNK_DIAGONALS = 192


class BeadScores(Protocol):
    """Scores every shape of bead at the nodes of a rectangle."""

    def __call__(self, source: range, target: range) -> FloatArray:
        """Return (shapes, len(source), len(target)): the score of a bead ending at each node.

        Ranges hold nodes. Beads that would start before the first sentence may score anything.
        """


def best_cover(corridor: Corridor, shapes: Sequence[Shape], scores: BeadScores) -> list[Bead]:
    """The monotone cover of greatest summed score, as ascending beads.

    Of equally good moves into a node the shape listed first wins.

    Args:
        corridor: where to search.
        shapes: (source, target) sentence counts of each kind of bead; (1, 0) and (0, 1) must be
            among them, for they make every cover possible.
        scores: gives one layer for each shape, in the same order.
    """
    total = corridor.source_count + corridor.target_count
    moves = np.zeros((total + 1, corridor.width), dtype=np.uint8)
    gains = np.zeros((total + 1, corridor.width), dtype=np.float32)
    reach = max(a + b for a, b in shapes)
    history = _start(corridor, reach)
    for begin in range(1, total + 1, _CHUNK_DIAGONALS):
        diagonals = np.arange(begin, min(begin + _CHUNK_DIAGONALS, total + 1))
        layers = _along_diagonals(corridor, diagonals, scores)
        origins = _origins(corridor, diagonals, shapes, reach)
        grown = np.full((reach + len(diagonals), history.shape[1]), -np.inf)
        grown[:reach] = history
        _advance(grown, layers, origins, moves[diagonals[0] : diagonals[-1] + 1], reach)
        chosen = moves[diagonals[0] : diagonals[-1] + 1, None, :]
        gains[diagonals] = np.take_along_axis(layers, chosen.astype(np.int64), axis=1)[:, 0]
        history = grown[-reach:]
    return _trace(corridor, shapes, moves, gains)


def _start(corridor: Corridor, reach: int) -> npt.NDArray[np.float64]:
    """The diagonals up to 0: only node (0, 0) can be reached, at no cost."""
    history = np.full((reach, corridor.width + 2 * reach), -np.inf)
    history[-1, reach - corridor.first[0]] = 0.0
    return history


def _along_diagonals(corridor: Corridor, diagonals: IntArray, scores: BeadScores) -> FloatArray:
    """Scores as (diagonals, shapes, width); minus infinity outside the grid."""
    i = corridor.first[diagonals][:, None] + np.arange(corridor.width)
    j = diagonals[:, None] - i
    inside = (i >= 0) & (j >= 0) & (i <= corridor.source_count) & (j <= corridor.target_count)
    source = range(int(i[inside].min()), int(i[inside].max()) + 1)
    target = range(int(j[inside].min()), int(j[inside].max()) + 1)
    layers = scores(source, target)
    rows = np.clip(i - source.start, 0, len(source) - 1)
    columns = np.clip(j - target.start, 0, len(target) - 1)
    gathered = layers.reshape(len(layers), -1)[:, rows * len(target) + columns]
    return np.where(inside, gathered, np.float32(-np.inf)).transpose(1, 0, 2).copy()


def _origins(
    corridor: Corridor, diagonals: IntArray, shapes: Sequence[Shape], reach: int
) -> IntArray:
    """Flat positions (diagonals, shapes, width), in the padded table, of where beads start."""
    stride = corridor.width + 2 * reach
    sizes = np.array(shapes)
    before = diagonals[:, None] - sizes.sum(axis=1)
    shift = corridor.first[diagonals][:, None] - corridor.first[np.maximum(before, 0)]
    row = before - diagonals[0] + reach
    start = row * stride + reach + shift - sizes[:, 0]
    return np.asarray(start[:, :, None] + np.arange(corridor.width))


def _advance(
    table: npt.NDArray[np.float64],
    layers: FloatArray,
    origins: IntArray,
    moves: npt.NDArray[np.uint8],
    reach: int,
) -> None:
    """Fill the table and the moves, diagonal by diagonal."""
    flat = table.reshape(-1)
    nodes = np.arange(moves.shape[1])
    for row, (layer, origin) in enumerate(zip(layers, origins, strict=True)):
        candidates = flat.take(origin)
        candidates += layer
        best = candidates.argmax(axis=0)
        moves[row] = best
        table[reach + row, reach : reach + len(nodes)] = candidates[best, nodes]


def _trace(
    corridor: Corridor,
    shapes: Sequence[Shape],
    moves: npt.NDArray[np.uint8],
    gains: FloatArray,
) -> list[Bead]:
    """Walk back from the last node."""
    i, j = corridor.source_count, corridor.target_count
    beads = []
    while i or j:
        column = i - corridor.first[i + j]
        a, b = shapes[moves[i + j, column]]
        gain = float(gains[i + j, column])
        beads.append(Bead(tuple(range(i - a, i)), tuple(range(j - b, j)), gain))
        i, j = i - a, j - b
    return beads[::-1]
