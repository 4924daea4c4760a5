"""Scores and funnel rearranged for reading: what belongs side by side stands side by side. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.report import words

Score = Mapping[str, Any]  # a row of schema SCORES
SIGNIFICANT = 0.05  # of a p-value that is adjusted for all comparisons of the table
BETTER, WORSE, UNSURE = "better", "worse", ""


@dataclass(frozen=True)
class Comparison:
    """The same thing measured for several models.

    Attributes:
        suite: name of the data set.
        direction: languages, as stored.
        metric: as stored.
        by_model: scores by model, in the table's order, without the differences.
        differences: by the fingerprint of the model that is compared with the start model.
        slice: the part of the data set; empty for the whole.
    """

    suite: str
    direction: str
    metric: str
    by_model: Mapping[str, Score]
    differences: Mapping[str, Score]
    slice: str = ""

    @property
    def languages(self) -> str:
        """The direction, for people."""
        return words.direction_name(self.direction)

    @property
    def first(self) -> Score:
        """Any of the scores: all have the same N, pool and data set."""
        return next(iter(self.by_model.values()))

    def difference(self, model: str) -> Score | None:
        """What a model gained over the start model, where both were measured."""
        if model == START or model not in self.by_model:
            return None
        return self.differences.get(self.by_model[model]["model_fingerprint"])

    def verdict(self, model: str) -> str:
        """`BETTER` or `WORSE` than the start model beyond chance, else `UNSURE`.

        Beyond chance is an adjusted p-value below `SIGNIFICANT`; without one nothing is sure.
        """
        change = self.difference(model)
        if change is None or change["p_adjusted"] is None or change["p_adjusted"] >= SIGNIFICANT:
            return UNSURE
        gain = -change["value"] if self.metric in words.LOWER_IS_BETTER else change["value"]
        return BETTER if gain > 0 else WORSE


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
    """Scores of whole suites by suite, direction and metric, in order of appearance."""
    return _grouped(row for row in rows_of(scores) if not row["slice"])


def sliced(scores: pa.Table | None) -> list[Comparison]:
    """Scores of parts of suites, likewise and by part."""
    return _grouped(row for row in rows_of(scores) if row["slice"])


def rows_of(scores: pa.Table | None) -> list[Score]:
    """All rows, in which a figure that is no number is None, as one that is not defined."""
    return [dict(_finite(row)) for row in (scores.to_pylist() if scores is not None else [])]


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


def _grouped(rows: Iterable[Score]) -> list[Comparison]:
    groups: dict[tuple[str, str, str, str], list[Score]] = {}
    for row in rows:
        key = (row["suite"], row["direction"], row["metric"], row["slice"] or "")
        groups.setdefault(key, []).append(row)
    made = [
        Comparison(
            suite,
            direction or "",
            metric,
            by_model={row["model"]: row for row in rows if row["model"] != DIFFERENCE},
            differences={
                row["model_fingerprint"]: row for row in rows if row["model"] == DIFFERENCE
            },
            slice=part,
        )
        for (suite, direction, metric, part), rows in groups.items()
    ]
    return [one for one in made if one.by_model]


def _finite(row: Score) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        is_number = not isinstance(value, float) or math.isfinite(value)
        yield name, value if is_number else None
