"""How much two documents resemble one another, sentence after sentence. Pure."""

import numpy as np
import numpy.typing as npt

from pipeline.alignment.sentences.sides import FloatArray

Weights = npt.NDArray[np.float64]


def resemblance(
    source: FloatArray, source_weights: Weights, target: FloatArray, target_weights: Weights
) -> float:
    """The heaviest chain of sentence pairs that ascends on both sides, per weight of both.

    A pair weighs its cosine times the weight of its two sentences, and a sentence is in one pair
    at most. What stands alone adds nothing, so that a document resembles its translation more than
    a longer one that holds it, and more than one with its sentences in another order.

    Args:
        source: (n, d) centred unit vectors of one document's sentences, or blocks of them.
        source_weights: (n,) what each counts, such as its characters.
        target: (m, d) likewise.
        target_weights: (m,) likewise.

    Returns:
        In [0, 1]: the mean cosine along the chain; 0 where there is nothing to compare. Time is
        n * m, without any search.
    """
    total = source_weights.sum() + target_weights.sum()
    if total <= 0:
        return 0.0
    gains = np.maximum(source @ target.T, 0) * (source_weights[:, None] + target_weights)
    best = np.zeros(len(target) + 1)  # of chains within the rows so far and the columns before
    for row in gains:
        best[1:] = np.maximum.accumulate(np.maximum(best[1:], best[:-1] + row))
    return float(min(best[-1] / total, 1.0))
