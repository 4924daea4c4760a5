"""Cosines of blocks of sentences, for every shape of bead at once.

Pure. A block's vector is the mean of its sentences' vectors, so that each sentence is encoded once
(averaging follows Thompson & Koehn 2019); the cosine of two blocks is then a sum of their
sentences' dot products over two norms, and one small matrix product serves every shape of bead.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from pipeline.alignment.sentences.dynamic_programming import Shape
from pipeline.alignment.sentences.sides import FloatArray

Rows = Any  # an array, or a sparse matrix, of float32 rows

_ZERO_NORM = np.float32(1e-6)
_CHUNK_NODES = 2048


class BlockCosines:
    """Cosines of blocks that end at the nodes of a rectangle, one layer for each shape.

    A shape (a, b) with b > 1 must come after (a, b - 1).

    Attributes:
        node_counts: n + 1 and m + 1.
    """

    def __init__(self, source: Rows, target: Rows, shapes: Sequence[Shape]) -> None:
        self._shapes = shapes
        self._counts = np.array(shapes).T - 1
        self._reach = int(self._counts.max()) + 1
        self._source, self._target = source, target
        self.node_counts = source.shape[0] + 1, target.shape[0] + 1
        self._source_norms = _block_norms(source, self._reach)
        self._target_norms = _block_norms(target, self._reach)

    def cosines(self, source: range, target: range) -> FloatArray:
        """(shapes, len(source), len(target)) float32; 0 where a block's vector is zero."""
        left = _rows_before(self._source, source, self._reach)
        right = _rows_before(self._target, target, self._reach)
        products = left @ right.T
        if sparse.issparse(products):
            products = products.toarray()
        left_norms, right_norms = self._norms(source, target)
        sums = self._sums(products, len(target))
        sums /= np.maximum(left_norms, _ZERO_NORM)[:, :, None]
        sums /= np.maximum(right_norms, _ZERO_NORM)[:, None, :]
        return sums

    def _sums(self, products: FloatArray, width: int) -> FloatArray:
        """Sums of the products inside each block; (a, b) is (a, b - 1) and one column more."""
        rows = block_sums(products, self._reach)
        sums = np.empty((len(self._shapes), rows.shape[1], width), dtype=np.float32)
        layers: dict[Shape, FloatArray] = {}
        for layer, (a, b) in zip(sums, self._shapes, strict=True):
            layer[:] = rows[a - 1, :, self._reach - b : self._reach - b + width]
            if b > 1:
                np.add(layer, layers[a, b - 1], out=layer)
            layers[a, b] = layer
        return sums

    def presence(self, source: range, target: range) -> npt.NDArray[np.bool_]:
        """(shapes, len(source), len(target)): whether both blocks have anything to compare."""
        left_norms, right_norms = self._norms(source, target)
        return np.asarray((left_norms > 0)[:, :, None] & (right_norms > 0)[:, None, :])

    def _norms(self, source: range, target: range) -> tuple[FloatArray, FloatArray]:
        """(shapes, len(source)) and (shapes, len(target))."""
        left = self._source_norms[self._counts[0], source.start : source.stop]
        return left, self._target_norms[self._counts[1], target.start : target.stop]


def _rows_before(rows: Rows, nodes: range, reach: int) -> Rows:
    """The rows that blocks ending at the nodes can hold; zeros before the first sentence."""
    lacking = max(0, reach - nodes.start)
    present = rows[max(0, nodes.start - reach) : nodes.stop - 1]
    if not lacking:
        return present
    if sparse.issparse(rows):
        zeros = sparse.csr_matrix((lacking, rows.shape[1]), dtype=np.float32)
        return sparse.vstack([zeros, present], format="csr")
    return np.pad(present, ((lacking, 0), (0, 0)))


def _block_norms(rows: Rows, reach: int) -> FloatArray:
    """(reach, n + 1): norm of the sum of the a sentences before each node, at index a - 1."""
    norms = np.empty((reach, rows.shape[0] + 1), dtype=np.float32)
    for start in range(0, norms.shape[1], _CHUNK_NODES):
        nodes = range(start, min(start + _CHUNK_NODES, norms.shape[1]))
        before = _rows_before(rows, nodes, reach)
        total = before[reach - 1 :]
        for a in range(1, reach + 1):
            if a > 1:
                total = total + before[reach - a : reach - a + len(nodes)]
            norms[a - 1, nodes.start : nodes.stop] = _row_norms(total)
    return norms


def _row_norms(rows: Rows) -> FloatArray:
    squares = rows.multiply(rows).sum(axis=1) if sparse.issparse(rows) else (rows * rows).sum(1)
    return np.sqrt(np.asarray(squares, dtype=np.float32).reshape(-1))


def block_sums(entries: FloatArray, reach: int) -> FloatArray:
    """(reach, n, ...): sums of the a entries that end at each of n nodes, at index a - 1."""
    nodes = len(entries) - reach + 1
    sums = np.empty((reach, nodes, *entries.shape[1:]), dtype=np.float32)
    for a in range(1, reach + 1):
        sums[a - 1] = entries[reach - a : reach - a + nodes]
        if a > 1:
            sums[a - 1] += sums[a - 2]
    return sums
