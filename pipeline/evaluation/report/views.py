"""Scores and funnel rearranged for reading: what belongs side by side stands side by side. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.evaluation.report import words
from pipeline.evaluation.scores import DIFFERENCE

Score = Mapping[str, Any]  # a row of schema SCORES


@dataclass(frozen=True)
class Comparison:
    """The same thing measured for several models.

    Attributes:
        suite: name of the data set.
        direction: languages, as stored.
        metric: as stored.
        by_model: scores by model, in the table's order, without the differences.
        differences: by the fingerprint of the student that is compared with the start model.
    """

    suite: str
    direction: str
    metric: str
    by_model: Mapping[str, Score]
    differences: Mapping[str, Score]

    @property
    def label(self) -> str:
        """Direction and suite, for people."""
        return f"{words.direction_name(self.direction)}, {words.spaced(self.suite)}"

    @property
    def first(self) -> Score:
        """Any of the scores: all have the same N, pool and data set."""
        return next(iter(self.by_model.values()))


@dataclass(frozen=True)
class Origin:
    """Where pairs came from and what became of them.

    Attributes:
        name: e.g. `textbooks`.
        pair_count: all of them, kept and rejected.
        kept_count: those in train, dev and test.
        outcomes: rows of schema `FUNNEL`.
    """

    name: str
    pair_count: int
    kept_count: int
    outcomes: tuple[Mapping[str, Any], ...]


def compared(scores: pa.Table | None) -> list[Comparison]:
    """Scores by suite, direction and metric, in order of appearance."""
    groups: dict[tuple[str, str, str], list[Score]] = {}
    for row in [] if scores is None else scores.to_pylist():
        groups.setdefault((row["suite"], row["direction"], row["metric"]), []).append(row)
    return [
        Comparison(
            *key,
            by_model={row["model"]: row for row in rows if row["model"] != DIFFERENCE},
            differences={
                row["model_fingerprint"]: row for row in rows if row["model"] == DIFFERENCE
            },
        )
        for key, rows in groups.items()
    ]


def origins_of(funnel: pa.Table | None) -> list[Origin]:
    """The funnel by origin, in its order."""
    outcomes: dict[str, list[Mapping[str, Any]]] = {}
    for row in [] if funnel is None else funnel.to_pylist():
        outcomes.setdefault(row["origin"], []).append(row)
    return [
        Origin(
            name,
            sum(row["pair_count"] for row in rows),
            sum(row["pair_count"] for row in rows if row["reject_reason"] is None),
            tuple(rows),
        )
        for name, rows in outcomes.items()
    ]
