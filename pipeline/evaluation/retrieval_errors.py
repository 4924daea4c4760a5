"""The worst mistakes of a model, as text: what was asked, what was right, what it chose. Pure."""

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.retrieval import EncodedTexts, ParallelTexts, right_answers
from pipeline.search import nearest


@dataclass(frozen=True)
class RetrievalError:
    """A query whose nearest candidate is wrong.

    Attributes:
        query: its text.
        right: the translation it should have found.
        found: the candidate that came first.
        right_cosine: cosine of query and translation.
        found_cosine: of query and the first candidate.
    """

    query: str
    right: str
    found: str
    right_cosine: float
    found_cosine: float


def worst_errors(
    texts: ParallelTexts, encoded: EncodedTexts, count: int = 10
) -> list[RetrievalError]:
    """The mistakes from source to target with the widest margin first; equals in their order.

    Args:
        texts: line-aligned translations.
        encoded: both sides as the model sees them.
        count: how many at most.
    """
    right = right_answers(texts.sources, texts.targets)
    neighbours = nearest(encoded.sources, encoded.targets, 1)
    found, found_cosines = neighbours.row[:, 0], neighbours.cosine[:, 0]
    right_cosines = np.einsum("ij,ij->i", encoded.sources, encoded.targets)
    wrong = [number for number, answer in enumerate(found) if answer not in right[number]]
    wrong.sort(key=lambda number: right_cosines[number] - found_cosines[number])
    return [
        RetrievalError(
            texts.sources[number],
            texts.targets[number],
            texts.targets[found[number]],
            float(right_cosines[number]),
            float(found_cosines[number]),
        )
        for number in wrong[:count]
    ]
