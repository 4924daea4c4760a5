"""The k best of every query among tiles of values: the kernel that all searches share. Pure.

One pass over a tile finds the highest value of every eight; these are compared with what a query
has already, and only the few groups that may hold something better are looked into. A transposed
tile is a view, never a copy, so one sweep serves both directions. All this costs about a tenth of
the product that made the tile, and memory beside it is a quarter of the tile.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_GROUP = 8
_MOST_GROUPS = 1 << 18  # looked into at once; of a tile with more, halves are


class Neighbours(NamedTuple):
    """The k nearest rows of each query, nearest first."""

    cosine: np.ndarray  # (n, k) float32, descending
    row: np.ndarray  # (n, k) int64 into the searched side; ascending where cosines are equal


class Best:
    """The k best of each query in what it was shown.

    Attributes:
        found: so far. Places that nothing was found for have minus infinity and row 0.
    """

    def __init__(self, count: int, k: int) -> None:
        """Nothing is known yet of `count` queries."""
        self.found = Neighbours(
            np.full((count, k), -np.inf, np.float32), np.zeros((count, k), np.int64)
        )

    def see(self, queries: Positions, values: np.ndarray, others: Positions) -> None:
        """Take what is better in one tile.

        Of equal values the lower row is kept, provided that a query sees equal ones in one tile or
        in the order of their rows.

        Args:
            queries: (q,) whom the tile's rows are about, distinct.
            values: (q, c) float32 in any memory order; left as it is.
            others: (c,) what the columns stand for, ascending.
        """
        width, k = values.shape[1], self.found.row.shape[1]
        if not k or not values.size:
            return
        group_count = width // _GROUP
        # a group is every group_count-th column: so the maximum runs along the memory
        folded = values[:, : group_count * _GROUP].reshape(len(values), _GROUP, group_count)
        highest = folded.max(axis=1)
        floor = self._floors(queries, highest)
        query, group = _nonzero(highest > floor[:, None])
        if len(query) > _MOST_GROUPS and width > 2 * _GROUP * k:
            half = width // 2
            self.see(queries, values[:, :half], others[:half])
            self.see(queries, values[:, half:], others[half:])
            return
        opened = folded[query, :, group]
        at, member = _nonzero(opened > floor[query, None])
        rest = values[:, group_count * _GROUP :]
        rest_query, rest_column = _nonzero(rest > floor[:, None])
        self._merge(
            queries,
            np.concatenate([query[at], rest_query]),
            np.concatenate([opened[at, member], rest[rest_query, rest_column]]),
            others[
                np.concatenate(
                    [member * group_count + group[at], rest_column + group_count * _GROUP]
                )
            ],
        )

    def _floors(self, queries: Positions, highest: np.ndarray) -> np.ndarray:
        """What a value must exceed to count, (q,).

        For a query that has not seen k values, the k-th highest maximum of disjoint groups is
        reached by k values at least, and exceeded by few.
        """
        k = self.found.row.shape[1]
        floor = self.found.cosine[queries, -1]
        fresh = np.flatnonzero(np.isneginf(floor))
        if len(fresh) and highest.shape[1] >= k:
            at = highest.shape[1] - k
            reached = np.partition(highest[fresh], at, axis=1)[:, at]
            floor[fresh] = np.nextafter(reached, np.float32(-np.inf))
        return np.asarray(floor)

    def _merge(
        self, queries: Positions, query: Positions, cosine: np.ndarray, row: Positions
    ) -> None:
        """Take hits, given by position in `queries`, in: first each query's best, then the next."""
        order = np.lexsort((row, -cosine, query))
        query, cosine, row = query[order], cosine[order], row[order]
        counts = np.bincount(query, minlength=len(queries))
        rank = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
        for place in range(min(self.found.row.shape[1], counts.max(initial=0))):
            at = np.flatnonzero(rank == place)
            self._insert(queries[query[at]], cosine[at, None], row[at, None])

    def _insert(self, queries: Positions, cosine: np.ndarray, row: np.ndarray) -> None:
        """Put one (q, 1) hit each where it belongs; what stood there and behind moves on by one."""
        held = Neighbours(self.found.cosine[queries], self.found.row[queries])
        is_better = (held.cosine > cosine) | ((held.cosine == cosine) & (held.row < row))
        place = is_better.sum(axis=1, keepdims=True)
        column = np.arange(held.row.shape[1])
        for kept, old, new in zip(self.found, held, (cosine, row), strict=True):
            moved = np.concatenate([old[:, :1], old[:, :-1]], axis=1)
            kept[queries] = np.where(is_better, old, np.where(column == place, new, moved))


def _nonzero(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `np.nonzero` of a matrix, but fast in either memory order; in no certain order."""
    if mask.flags.c_contiguous:
        return np.divmod(np.flatnonzero(mask), max(mask.shape[1], 1))
    column, row = np.divmod(np.flatnonzero(mask.T), max(mask.shape[0], 1))
    return row, column
