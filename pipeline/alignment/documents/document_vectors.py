"""A document as one vector that knows where in it things are said.

Pure. After Thompson & Koehn 2020, "Exploiting Sentence Order in Document Alignment": the text is
looked at through a few overlapping windows, each gives the weighted mean of its sentences' vectors,
and the means stand side by side. Two documents with the same sentences in another order are apart.
"""

import numpy as np
import numpy.typing as npt

from pipeline.alignment.sentences.sides import FloatArray, normalised

_LEAST_SHARE = 1e-6  # of a sentence in a far window, so that no window is empty


def document_vector(vectors: FloatArray, weights: FloatArray, window_count: int) -> FloatArray:
    """The windows' mean vectors side by side.

    A window is a bell (Gaussian) around its share of the text, and as wide as that share, so that
    a sentence near a border belongs to both sides.

    Args:
        vectors: (n, d) unit rows, in reading order; n may be 0.
        weights: (n,) what each sentence counts, at least 0; the text is divided by them, too.
        window_count: w, at least 1; with 1 the order plays no part.

    Returns:
        (w * d,) float32 of unit length, or zeros without any weight.
    """
    total = float(weights.sum())
    if total <= 0:
        return np.zeros(window_count * vectors.shape[1], np.float32)
    places = (np.cumsum(weights) - weights / 2) / total
    centres = (np.arange(window_count, dtype=np.float32) + 0.5) / window_count
    distances = (places[None, :] - centres[:, None]) * window_count
    shares = np.exp(-0.5 * distances**2) + _LEAST_SHARE
    means = normalised((shares * weights).astype(np.float32) @ vectors)
    return np.asarray(means.reshape(-1) / np.float32(np.sqrt(window_count)))


def blocks(
    vectors: FloatArray, weights: FloatArray, most: int
) -> tuple[FloatArray, npt.NDArray[np.float64]]:
    """A document in at most so many pieces, so that comparing two costs the same for any length.

    Args:
        vectors: (n, d) unit rows, in reading order.
        weights: (n,) what each sentence counts.
        most: pieces wanted at most; a document with fewer sentences keeps them as they are.

    Returns:
        (b, d) float32 unit rows, and (b,) the weight of each; neighbours share a piece, and all
        pieces weigh about the same.
    """
    if len(vectors) <= most or weights.sum() <= 0:
        return vectors, weights.astype(np.float64)
    places = (np.cumsum(weights, dtype=np.float64) - weights / 2) / weights.sum(dtype=np.float64)
    numbers = np.minimum((places * most).astype(np.int64), most - 1)
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    sums = np.add.reduceat(vectors * weights[:, None], starts, axis=0)
    return normalised(sums), np.add.reduceat(weights.astype(np.float64), starts)
