"""What the aligner knows about one side of a document pair.

Pure. Each sentence is encoded once; whatever concerns a block of sentences is derived from its
sentences.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy import sparse

from pipeline.alignment.sentences.spelling import trigram_counts
from pipeline.errors import InputError
from pipeline.text.marks import numbers

FloatArray = npt.NDArray[np.float32]

_CENTRING_PRIOR = 4  # sentences at the origin: two sentences are no estimate of a document's mean
_NUMBER_BUCKETS = 1 << 20
_LEAST_NORM = np.float32(1e-12)


@dataclass(frozen=True)
class DocumentSide:
    """One document, sentence by sentence.

    Attributes:
        vectors: (n, d) float32, centred on the document; unit rows, or zero.
        lengths: (n,) float32, characters.
        numbers: (n, 2**20) float32 CSR, how often each number occurs, in hashed columns.
        spelling: (n, 37**3) float32 CSR, how often each trigram of letters occurs.
    """

    vectors: FloatArray
    lengths: FloatArray
    numbers: sparse.csr_matrix
    spelling: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.lengths)


def describe_side(texts: Sequence[str], vectors: npt.ArrayLike) -> DocumentSide:
    """Gather what the aligner needs from sentences and their vectors.

    Args:
        texts: n sentences in reading order; empty ones are allowed.
        vectors: (n, d), from any encoder; centred here, which undoes the narrow cone that
            encoders of the E5 family squeeze their vectors into.

    Raises:
        InputError: counts differ, or a vector is not finite.
    """
    matrix = np.asarray(vectors, dtype=np.float32)
    if matrix.ndim != 2 or len(matrix) != len(texts):  # noqa: PLR2004 - a matrix has two axes
        raise InputError(f"{len(texts)} sentences need as many vectors, got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise InputError("a sentence vector is not finite: encode the document again")
    lengths = np.array([len(text) for text in texts], dtype=np.float32)
    return DocumentSide(_centred(matrix), lengths, _number_counts(texts), trigram_counts(texts))


def normalised(matrix: FloatArray) -> FloatArray:
    """Rows scaled to unit length; a zero row stays zero."""
    return np.asarray(matrix / np.maximum(_norms(matrix), _LEAST_NORM), dtype=np.float32)


def _centred(matrix: FloatArray) -> FloatArray:
    """One copy and no more: vectors are most of what alignment holds."""
    vectors = matrix.copy()
    vectors /= np.maximum(_norms(vectors), _LEAST_NORM)
    vectors -= vectors.sum(axis=0) / (len(vectors) + _CENTRING_PRIOR)
    vectors /= np.maximum(_norms(vectors), _LEAST_NORM)
    return vectors


def _norms(matrix: FloatArray) -> FloatArray:
    squares = np.einsum("ij,ij->i", matrix, matrix)
    return np.asarray(np.sqrt(squares)[:, None], dtype=np.float32)


def _number_counts(texts: Sequence[str]) -> sparse.csr_matrix:
    counts = [Counter(map(_bucket, numbers(text))) for text in texts]
    ends = np.cumsum([0, *map(len, counts)])
    columns = np.array([bucket for count in counts for bucket in sorted(count)], dtype=np.int32)
    values = [count[bucket] for count in counts for bucket in sorted(count)]
    shape = (len(texts), _NUMBER_BUCKETS)
    return sparse.csr_matrix((np.array(values, dtype=np.float32), columns, ends), shape=shape)


def _bucket(number: str) -> int:
    return crc32(number.encode()) % _NUMBER_BUCKETS
