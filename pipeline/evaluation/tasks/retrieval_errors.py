"""The worst mistakes of a model, as text: what was asked, what was right, what it chose. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from pipeline.evaluation.measures.scores import Mistake
from pipeline.evaluation.measures.sweeps import least_tied
from pipeline.search import Neighbours
from pipeline.text.marks import names, numbers

_LEAST_LENGTH_RATIO = 0.6
_LEAST_LIKENESS_PERCENT = 80


@dataclass(frozen=True)
class Asked:
    """Queries of one language, the texts they choose from, and what is right.

    Attributes:
        suite: name of the data set.
        direction: languages, as in the scores.
        queries: texts.
        pool: texts.
        right: for each query the positions of what is right in the pool.
    """

    suite: str
    direction: str
    queries: Sequence[str]
    pool: Sequence[str]
    right: Sequence[Collection[int]]


def worst_mistakes(
    asked: Asked,
    model: str,
    nearest: Neighbours,
    best_right: npt.NDArray[np.float32],
    count: int = 10,
) -> list[Mistake]:
    """The mistakes with the widest margin first; equals in their order.

    As in P@1 a wrong candidate that is as near as the right one is a mistake.

    Args:
        asked: texts.
        model: its name.
        nearest: the nearest candidates of each query.
        best_right: (n,) similarity of each query and its best right candidate.
        count: how many at most.
    """
    is_before = nearest.cosine >= least_tied(best_right)[:, None]
    margins = nearest.cosine - best_right[:, None]
    wrong: list[tuple[int, int, float]] = []
    for number, right in enumerate(asked.right):
        before = nearest.row[number][is_before[number]].tolist()
        place = next((place for place, row in enumerate(before) if row not in right), None)
        if place is not None:
            wrong.append((number, before[place], float(margins[number, place])))
    wrong.sort(key=lambda one: -one[2])
    return [_mistake(asked, model, *one) for one in wrong[:count]]


def kind_of(right: str, found: str) -> str:
    """What sets a wrong candidate apart from the right one: the first rule that holds.

    `much longer or shorter`: the shorter has less than 0.6 of the other's characters.
    `numbers differ`: not the same numbers, in any order and any digits.
    `names differ`: not the same capitalised words inside the sentences.
    `nearly the same text`: 80% of the characters agree (normalised indel similarity).
    """
    if min(len(right), len(found)) < _LEAST_LENGTH_RATIO * max(len(right), len(found)):
        return "much longer or shorter"
    if Counter(numbers(right)) != Counter(numbers(found)):
        return "numbers differ"
    if Counter(names(right)) != Counter(names(found)):
        return "names differ"
    if fuzz.ratio(right, found) >= _LEAST_LIKENESS_PERCENT:
        return "nearly the same text"
    return "other"


def _mistake(asked: Asked, model: str, number: int, found: int, margin: float) -> Mistake:
    right_text = asked.pool[number if number in asked.right[number] else min(asked.right[number])]
    found_text = asked.pool[found]
    return Mistake(
        asked.suite,
        asked.direction,
        model,
        asked.queries[number],
        right_text,
        found_text,
        margin,
        kind_of(right_text, found_text),
    )
