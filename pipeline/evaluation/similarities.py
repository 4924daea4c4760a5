"""Matrices of similarities that are never held whole: a tile at a time, whatever stands behind."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Similarities(Protocol):
    """Similarities of n queries with m candidates; higher is more alike."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block as a fresh float32 array, which the caller may overwrite."""

    def paired(
        self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """The similarity at each (row, column), (k,)."""


@dataclass(frozen=True)
class DenseSimilarities:
    """Dot products of unit vectors.

    Attributes:
        queries: (n, d) float32.
        pool: (m, d) float32.
    """

    queries: Vectors
    pool: Vectors

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        return len(self.queries), len(self.pool)

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block of cosines."""
        return self.queries[rows] @ self.pool[columns].T

    def paired(
        self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Cosines of pairs, (k,)."""
        return np.asarray(np.einsum("ij,ij->i", self.queries[rows], self.pool[columns]))
