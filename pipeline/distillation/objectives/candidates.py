"""Whom a text is told apart from: rows of the teacher's vectors, drawn for each step.

The teacher is frozen and has embedded every target before training starts. So the negatives of a
ranking need not be the other pairs of a batch: all targets of the corpus can be, and with them its
hardest, whatever the batch. That is the `memory`; `batch` has the targets of the step alone. The
other way, from a target to the texts, has no memory: the student changes. Torch is not imported.
"""

from collections.abc import Hashable, Iterable, Sequence
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


@dataclass(frozen=True)
class Candidates:
    """Rows of the teacher's vectors, all distinct, for one step.

    Attributes:
        memory: (m,) int64, ascending: what many steps share.
        added: (a,) int64, ascending: what the step's pairs need besides.
        own: (b,) the place of each pair's own target; places count through both.
    """

    memory: np.ndarray
    added: np.ndarray
    own: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """(m + a,) both, in the order of places."""
        return np.concatenate([self.memory, self.added])


class CandidateRows:
    """Draws the candidates of each step; distinct vectors, so that none counts twice."""

    def __init__(self, teaching: Teaching, params: DistillationParams) -> None:
        self._negative_rows = teaching.negative_rows
        self._is_memory = params.ranking_negatives == "memory"
        self._most, self._seed = params.memory_vectors, params.seed
        self._draw_steps = params.memory_steps
        self._first_row = first_equal(vector.tobytes() for vector in teaching.vectors)
        self._distinct = np.unique(self._first_row)
        self._siblings = _siblings(teaching.source_texts, self._first_row)

    def draw_number(self, step: int) -> int:
        """Which draw of the memory serves a step; steps of one number share it."""
        is_drawn = self._is_memory and len(self._distinct) > self._most
        return step // self._draw_steps if is_drawn else 0

    def memory(self, number: int) -> np.ndarray:
        """The rows of a draw, ascending; with the seed its number decides where not all are taken.

        Drawing and fetching them takes longer than a step of a GPU does, so a draw serves many.
        """
        if not self._is_memory:
            return np.empty(0, np.int64)
        if len(self._distinct) <= self._most:
            return self._distinct
        rng = np.random.default_rng([self._seed, number])
        drawn: np.ndarray = np.sort(
            rng.choice(self._distinct, self._most, replace=False, shuffle=False)
        )
        return drawn

    def of(self, memory: np.ndarray, rows: np.ndarray) -> Candidates:
        """The candidates of a step.

        Args:
            memory: of the step's draw.
            rows: (b,) its pairs.
        """
        own = self._first_row[rows]
        wanted = np.concatenate([own, self._hard(rows)])
        added = np.setdiff1d(wanted, memory)
        places, _ = _places(np.concatenate([memory, added]), own)
        return Candidates(memory, added, places)

    def siblings(self, rows: np.ndarray, candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
        """Places (i, j) where candidate j is another right target of the text of pair `rows[i]`."""
        others = [self._siblings.get(int(row), np.empty(0, np.int64)) for row in rows]
        numbers = np.repeat(np.arange(len(rows)), [len(targets) for targets in others])
        targets = np.concatenate([np.empty(0, np.int64), *others])
        places, are_there = _places(candidates.rows, targets)
        return numbers[are_there], places[are_there]

    def _hard(self, rows: np.ndarray) -> np.ndarray:
        if self._negative_rows is None:
            return np.empty(0, np.int64)
        negatives = np.asarray(self._negative_rows[rows]).ravel()
        hard: np.ndarray = self._first_row[negatives[negatives >= 0]]
        return hard


def first_equal(keys: Iterable[Hashable]) -> np.ndarray:
    """(n,) int64, for each of n keys the row of the first that is equal to it."""
    first: dict[Hashable, int] = {}
    return np.fromiter((first.setdefault(key, row) for row, key in enumerate(keys)), np.int64)


def _places(rows: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each wanted row stands among distinct ones, and whether it does."""
    order = np.argsort(rows, kind="stable")
    found = np.searchsorted(rows, wanted, sorter=order)
    places = order[np.minimum(found, len(rows) - 1)]
    return places, rows[places] == wanted


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
