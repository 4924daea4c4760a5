"""Whom a text is told apart from: rows of the teacher's vectors, drawn for each step.

The teacher is frozen and has embedded every target before training starts. So the negatives of a
ranking need not be the other pairs of a batch: all targets of the corpus can be, and with them its
hardest, whatever the batch. That is the `memory`; `batch` has the targets of the step alone. The
other way, from a target to the texts, has no memory: the student changes. Torch is not imported.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.parameters import DistillationParams


@dataclass(frozen=True)
class Teaching:
    """What a teacher has to say about n pairs.

    Attributes:
        vectors: (n, d) of any float type, perhaps memory-mapped: the teacher's of each target.
        source_texts: n texts of the focus language. Pairs of one text have several right targets,
            which are no negatives of one another.
        weights: (n,) of the pairs, not negative; None for all alike.
        negative_rows: (n, k) rows of `vectors` that are hard to tell from each pair's own; -1 for
            none. They are among the candidates of every step that has the pair.
    """

    vectors: np.ndarray
    source_texts: Sequence[str]
    weights: np.ndarray | None = None
    negative_rows: np.ndarray | None = None

    def relative_weights(self) -> np.ndarray | None:
        """(n,) float32 weights with the mean 1."""
        if self.weights is None:
            return None
        return np.asarray(self.weights / np.mean(self.weights), np.float32)


class CandidateRows:
    """Draws the candidates of each step; distinct vectors, so that none counts twice."""

    def __init__(self, teaching: Teaching, params: DistillationParams) -> None:
        self._negative_rows = teaching.negative_rows
        self._is_memory = params.ranking_negatives == "memory"
        self._most, self._seed = params.memory_vectors, params.seed
        self._first_row = _first_equal_row(teaching.vectors)
        self._distinct = np.unique(self._first_row)
        self._siblings = _siblings(teaching.source_texts, self._first_row)

    @property
    def are_always_all(self) -> bool:
        """Every step has the same candidates: all distinct vectors."""
        return self._is_memory and len(self._distinct) <= self._most

    def draw(self, step: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The candidates of a step's pairs.

        Args:
            step: with the seed, it decides what is drawn where not all are taken.
            rows: (b,) pairs.

        Returns:
            (m,) rows of the teacher's vectors, ascending; and (b,) the place in them of each pair's
            own.
        """
        own = self._first_row[rows]
        candidates = self._distinct
        if not self.are_always_all:
            candidates = np.unique(np.concatenate([own, self._hard(rows), self._sample(step)]))
        return candidates, np.searchsorted(candidates, own)

    def siblings(self, rows: np.ndarray, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places (i, j) where candidate j is another right target of the text of pair `rows[i]`."""
        places: list[tuple[int, int]] = []
        for number, row in enumerate(rows):
            others = self._siblings.get(int(row), ())
            found = np.searchsorted(candidates, others)
            places += [
                (number, int(place))
                for place, other in zip(found, others, strict=True)
                if place < len(candidates) and candidates[place] == other
            ]
        pairs = np.array(places, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def _hard(self, rows: np.ndarray) -> np.ndarray:
        if self._negative_rows is None:
            return np.empty(0, np.int64)
        negatives = np.asarray(self._negative_rows[rows]).ravel()
        hard: np.ndarray = self._first_row[negatives[negatives >= 0]]
        return hard

    def _sample(self, step: int) -> np.ndarray:
        if not self._is_memory:
            return np.empty(0, np.int64)
        rng = np.random.default_rng([self._seed, step])
        return rng.choice(self._distinct, self._most, replace=False, shuffle=False)


def _first_equal_row(vectors: np.ndarray) -> np.ndarray:
    """(n,) int64, for each row the first that is equal to it, bit for bit."""
    first: dict[bytes, int] = {}
    return np.fromiter(
        (first.setdefault(vector.tobytes(), row) for row, vector in enumerate(vectors)),
        np.int64,
        len(vectors),
    )


def _siblings(texts: Sequence[str], first_row: np.ndarray) -> dict[int, np.ndarray]:
    """For each row whose text has several distinct targets, the rows of all of them, ascending."""
    rows_of: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows_of.setdefault(text, []).append(row)
    siblings = {}
    for rows in rows_of.values():
        if len(rows) > 1 and len(targets := np.unique(first_row[rows])) > 1:
            siblings.update(dict.fromkeys(rows, targets))
    return siblings
