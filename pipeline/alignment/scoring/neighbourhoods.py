"""How a pair compares with its neighbourhood in a pool of texts of either side. Pure.

The ratio margin of Artetxe & Schwenk (2019) for pairs that were not mined: their cosine over the
mean cosine of both to their nearest neighbours on the other side, as mining would have found it
over the pool. A pool is bounded, so that a corpus of any size is scored in linear time.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.search import nearest
from pipeline.tables import identify

NEIGHBOURS = 4
"""k of the margin, as in mining."""
MOST_POOLED = 50_000
"""Texts of a pool."""

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
_NOBODY = -1


class Pool(NamedTuple):
    """Distinct texts of one side.

    Attributes:
        texts: in the order of their hashes.
        vectors: (n, d) unit rows.
    """

    texts: Sequence[str]
    vectors: Vectors

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Vectors) -> "Pool":
        """The distinct texts, or as many as a pool may hold, whichever order they come in."""
        row_of = {text: row for row, text in enumerate(texts)}
        chosen = pooled(texts)
        return cls(chosen, vectors[[row_of[text] for text in chosen]])

    def rows_of(self, texts: Sequence[str]) -> Rows:
        """The row of each text (n,); -1 for one that is not in the pool."""
        row_of = {text: row for row, text in enumerate(self.texts)}
        return np.array([row_of.get(text, _NOBODY) for text in texts], dtype=np.int64)


def pooled(texts: Iterable[str]) -> list[str]:
    """The distinct texts in the order of their hashes, or as many as a pool may hold."""
    return sorted(set(texts), key=identify)[:MOST_POOLED]


def cosines(source: Vectors, target: Vectors) -> npt.NDArray[np.float64]:
    """Row by row (n,), of unit rows."""
    return np.asarray(np.einsum("nd,nd->n", source, target, dtype=np.float64))


def margins(
    sides: tuple[Vectors, Vectors], pools: tuple[Pool, Pool], left_out: tuple[Rows, Rows]
) -> npt.NDArray[np.float64]:
    """Ratio margins (n,) of n pairs, each with its own other half in the pool and nobody left out.

    Args:
        sides: source and target vectors, (n, d) unit rows each.
        pools: of the source and the target side.
        left_out: rows (n, j) of the source pool that are not looked at for each target, and of the
            target pool for each source: the pair's own texts and what translates them; -1: nobody.
    """
    own = cosines(*sides)
    onward = _crowding(sides[0], pools[1], left_out[1], own)
    back = _crowding(sides[1], pools[0], left_out[0], own)
    means = (onward + back) / 2
    return np.divide(own, means, out=np.zeros_like(own), where=own > 0)


def _crowding(
    queries: Vectors, pool: Pool, left_out: Rows, own: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Mean cosine to the nearest neighbours, the own other half among them; never below 0."""
    if not len(pool.texts):
        return np.maximum(own, 0)
    found = nearest(queries, pool.vectors, NEIGHBOURS + left_out.shape[1])
    is_left_out = (found.row[:, :, None] == left_out[:, None, :]).any(axis=2)
    seen = np.where(is_left_out, -np.inf, found.cosine)
    nearer = -np.sort(-np.column_stack([seen, own]), axis=1)[:, :NEIGHBOURS]
    count = np.isfinite(nearer).sum(axis=1)
    return np.asarray(np.where(np.isfinite(nearer), np.maximum(nearer, 0), 0).sum(axis=1) / count)
