"""Matrices of similarities that are never held whole: a tile at a time, whatever stands behind."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from pipeline.errors import InputError

Vectors = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

_PAIR_TILE = 1 << 16  # pairs compared at once: 100 MB a side for vectors of 384 numbers


class Similarities(Protocol):
    """Similarities of n queries with m candidates; higher is more alike."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block as a fresh float32 array, which the caller may overwrite."""

    def paired(self, rows: Positions, columns: Positions) -> npt.NDArray[np.float32]:
        """The similarity at each (row, column), (k,)."""

    def among(self, columns: Positions) -> "Similarities":
        """The similarities with some of the candidates, in this order."""


@dataclass(frozen=True)
class DenseSimilarities:
    """Dot products of unit vectors.

    Arrays of float16 and memory-mapped ones serve too: they are read a tile at a time.

    Attributes:
        queries: (n, d) float32.
        pool: (m, d) float32.

    Raises:
        InputError: the widths differ, or a nan or an infinity is among the vectors.
    """

    queries: Vectors
    pool: Vectors

    def __post_init__(self) -> None:
        if self.queries.shape[1:] != self.pool.shape[1:]:
            raise InputError(
                f"{self.queries.shape} queries and {self.pool.shape} candidates do not fit together"
            )
        # a sum is finite only if its terms are, and takes no array as large as the vectors
        sums = (side.sum(axis=1, dtype=np.float32) for side in (self.queries, self.pool))
        if not all(np.isfinite(one).all() for one in sums):
            raise InputError("vectors must be finite: a nan or an infinity is among them")

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        return len(self.queries), len(self.pool)

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block of cosines."""
        return np.asarray(_float32(self.queries[rows]) @ _float32(self.pool[columns]).T)

    def paired(self, rows: Positions, columns: Positions) -> npt.NDArray[np.float32]:
        """Cosines of pairs, (k,)."""
        found = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _PAIR_TILE):
            part = slice(start, start + _PAIR_TILE)
            queries, pool = self.queries[rows[part]], self.pool[columns[part]]
            found[part] = np.einsum("ij,ij->i", _float32(queries), _float32(pool))
        return found

    def among(self, columns: Positions) -> "DenseSimilarities":
        """The same with some of the candidates."""
        return DenseSimilarities(self.queries, self.pool[columns])


@dataclass(frozen=True)
class SparseSimilarities:
    """Dot products of sparse rows over one vocabulary, computed in float64.

    Attributes:
        queries: (n, v).
        pool: (m, v).
    """

    queries: sparse.csr_array
    pool: sparse.csr_array

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        return self.queries.shape[0], self.pool.shape[0]

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block of products."""
        product = self.queries[rows].astype(np.float64) @ self.pool[columns].T
        return np.asarray(product.toarray(), np.float32)

    def paired(self, rows: Positions, columns: Positions) -> npt.NDArray[np.float32]:
        """Products of pairs, (k,)."""
        products = self.queries[rows].astype(np.float64).multiply(self.pool[columns])
        return np.asarray(products.sum(axis=1), np.float32)

    def among(self, columns: Positions) -> "SparseSimilarities":
        """The same with some of the candidates."""
        return SparseSimilarities(self.queries, self.pool[columns])


@dataclass(frozen=True)
class LengthSimilarities:
    """The shorter over the longer text, in (0, 1]: it falls as the log of their ratio grows.

    Attributes:
        queries: (n,) float32, lengths of at least 1.
        pool: (m,) float32.
    """

    queries: npt.NDArray[np.float32]
    pool: npt.NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        return len(self.queries), len(self.pool)

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block of ratios."""
        return _length_ratio(self.queries[rows, None], self.pool[None, columns])

    def paired(self, rows: Positions, columns: Positions) -> npt.NDArray[np.float32]:
        """Ratios of pairs, (k,)."""
        return _length_ratio(self.queries[rows], self.pool[columns])

    def among(self, columns: Positions) -> "LengthSimilarities":
        """The same with some of the candidates."""
        return LengthSimilarities(self.queries, self.pool[columns])


def _length_ratio(one: Vectors, other: Vectors) -> Vectors:
    return np.asarray(np.minimum(one, other) / np.maximum(one, other))


def _float32(array: npt.NDArray[Any]) -> Vectors:
    return np.asarray(array, np.float32)
