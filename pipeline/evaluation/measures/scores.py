"""What every scorer gives: rows of the scores table, and the worst mistakes as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.tables import SCORES, as_table

START = "start"  # the model before training, in the column `model`; others are students, baselines
DIFFERENCE = "difference"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """A case that a model got wrong, in the words a person can judge it by.

    Attributes:
        suite: name of the data set.
        direction: languages, as in the scores.
        model: who made it.
        query: what was asked or shown.
        right: what would have been right.
        found: what the model chose instead.
        margin: how sure the model was of the wrong one: its score less that of the right one.
        kind: of mistake, e.g. `numbers differ`; empty where kinds are not told apart.
    """

    suite: str
    direction: str
    model: str
    query: str
    right: str
    found: str
    margin: float
    kind: str = ""


@dataclass(frozen=True)
class Scored:
    """What was measured on one task.

    Attributes:
        rows: of schema `SCORES`.
        mistakes: of every model the worst first; at most ten of each.
    """

    rows: Sequence[Row]
    mistakes: Sequence[Mistake] = field(default=())

    @classmethod
    def all_of(cls, parts: Iterable["Scored"]) -> "Scored":
        """Several tasks as one, in order."""
        found = list(parts)
        return cls(
            [row for one in found for row in one.rows],
            [mistake for one in found for mistake in one.mistakes],
        )

    def table(self) -> pa.Table:
        """The rows as a table of schema `SCORES`."""
        return as_table([dict(row) for row in self.rows], SCORES)
