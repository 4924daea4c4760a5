"""One pass over all similarities, a tile at a time, and what may be gathered on the way. Pure.

Each gatherer is shown every tile once, in order. What stands beside the product of vectors costs
about a tenth of it, and memory is one tile and what is gathered, whatever the number of queries
and candidates.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.best import Best, Neighbours
from pipeline.errors import InputError
from pipeline.evaluation.measures.similarities import Positions, Similarities, Vectors

Values = npt.NDArray[np.float32]

_QUERY_TILE = 512
_POOL_TILE = 8192  # a tile is 16 MiB: small enough that its memory is used again
_TIE = 1e-6  # float32 sums differ by less when only their order differs


class Tile(NamedTuple):
    """A block of similarities."""

    rows: slice
    columns: slice
    values: Vectors


def tiles(similarities: Similarities) -> Iterator[Tile]:
    """All blocks; the first queries with all candidates come first."""
    row_count, column_count = similarities.shape
    for row in range(0, row_count, _QUERY_TILE):
        rows = slice(row, min(row + _QUERY_TILE, row_count))
        for column in range(0, column_count, _POOL_TILE):
            columns = slice(column, min(column + _POOL_TILE, column_count))
            yield Tile(rows, columns, similarities.tile(rows, columns))


def least_tied(values: Values) -> Values:
    """The lowest similarity that counts as equal to each: 1e-6 lower, or a millionth part."""
    return np.asarray(values - _TIE * np.maximum(1, np.abs(values)), np.float32)


class Answers:
    """The right candidates of every query, and their similarities.

    Attributes:
        rows: (k,) query of each right candidate, ascending.
        columns: (k,) its position in the pool.
        values: (k,) float32, similarity of the two.
        starts: (n,) where each query's answers begin in the above.
    """

    def __init__(self, similarities: Similarities, right: Sequence[Collection[int]]) -> None:
        """Look the similarities of right candidates up.

        Raises:
            InputError: no queries, or a query without a right answer inside the pool.
        """
        row_count, column_count = similarities.shape
        if not row_count or row_count != len(right):
            raise InputError(f"{row_count} queries and {len(right)} sets of right answers")
        lengths = np.array([len(answers) for answers in right])
        found = [column for answers in right for column in sorted(answers)]
        self.columns: Positions = np.array(found, dtype=np.int64)
        if not lengths.all() or self.columns.min() < 0 or self.columns.max() >= column_count:
            raise InputError("every query needs a right answer, and each must lie inside the pool")
        self.rows: Positions = np.repeat(np.arange(row_count), lengths)
        self.starts: Positions = np.cumsum(lengths) - lengths
        self.values = similarities.paired(self.rows, self.columns)

    def best(self) -> Values:
        """The similarity of each query's best right candidate, (n,)."""
        return np.asarray(np.maximum.reduceat(self.values, self.starts))

    def hide_in(self, tile: Tile) -> None:
        """Leave only wrong candidates to be seen: right ones become minus infinity."""
        first, last = np.searchsorted(self.rows, [tile.rows.start, tile.rows.stop])
        rows, columns = self.rows[first:last], self.columns[first:last]
        inside = (columns >= tile.columns.start) & (columns < tile.columns.stop)
        at = rows[inside] - tile.rows.start, columns[inside] - tile.columns.start
        tile.values[at] = -np.inf


class Counted:
    """How many candidates of each query reach a similarity.

    Attributes:
        counts: (n,) int64, so far.
    """

    def __init__(self, at_least: Values) -> None:
        """`at_least` (n,) is what must be reached."""
        self._at_least = at_least
        self.counts: Positions = np.zeros(len(at_least), np.int64)

    def see(self, tile: Tile) -> None:
        """Count one tile: of bits, which is ten times faster than of booleans."""
        reached = tile.values >= self._at_least[tile.rows, None]
        bits = np.bitwise_count(np.packbits(reached, axis=1))
        self.counts[tile.rows] += bits.sum(axis=1, dtype=np.int64)


class Nearest:
    """The k best candidates of each query."""

    def __init__(self, shape: tuple[int, int], k: int) -> None:
        """`shape` is that of the similarities; `k` is clipped to the candidates there are."""
        self._best = Best(shape[0], min(k, shape[1]))

    @property
    def found(self) -> Neighbours:
        """What is known so far."""
        return self._best.found

    def see(self, tile: Tile) -> None:
        """Take what is better in one tile."""
        rows, columns = (np.arange(at.start, at.stop) for at in (tile.rows, tile.columns))
        self._best.see(rows, tile.values, columns)


class BestOfColumns:
    """The k highest similarities of each candidate with any query."""

    def __init__(self, shape: tuple[int, int], k: int) -> None:
        """`shape` is that of the similarities; `k` is clipped to the queries there are."""
        self._nearest = Nearest((shape[1], shape[0]), k)

    @property
    def values(self) -> Values:
        """(m, k) float32, descending: those so far."""
        return np.asarray(self._nearest.found.cosine)

    def see(self, tile: Tile) -> None:
        """Take what is better in one tile."""
        self._nearest.see(Tile(tile.columns, tile.rows, tile.values.T))
