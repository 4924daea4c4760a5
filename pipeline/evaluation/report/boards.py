"""Models against data sets: one headline figure in each cell, with its interval. Pure.

A data set in many directions has one column: the mean over them. Its interval is the mean of the
directions' intervals, which holds however the directions hang together (they share sentences), for
the spread of a mean is at most the mean of the spreads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report import words
from pipeline.evaluation.report.facts import SuiteFacts, Suites, facts_of
from pipeline.evaluation.report.sections import SECTIONS, headline_comparisons
from pipeline.evaluation.report.views import BETTER, WORSE, Comparison, compared


@dataclass(frozen=True)
class Cell:
    """What one model reached in one column.

    Attributes:
        value: mean over the directions.
        ci_low: of the mean, see the module; None where a direction has no interval.
        ci_high: likewise.
        direction_count: how many directions the model was measured in.
        better_count: in how many it is better than the start model beyond chance.
        worse_count: in how many it is worse.
        is_best: no model measured in all directions of the column has a better value.
    """

    value: float
    ci_low: float | None
    ci_high: float | None
    direction_count: int
    better_count: int = 0
    worse_count: int = 0
    is_best: bool = False

    @property
    def verdict(self) -> str:
        """Against the start model: `better`, `worse`, `mixed`, or empty."""
        if self.better_count and self.worse_count:
            return "mixed"
        return BETTER if self.better_count else WORSE if self.worse_count else ""

    @property
    def told(self) -> str:
        """The verdict in words, with the directions it holds for where there are several."""
        counts = ((BETTER, self.better_count), (WORSE, self.worse_count))
        if self.direction_count == 1:
            return self.verdict
        return ", ".join(f"{word} in {n} of {self.direction_count}" for word, n in counts if n)


@dataclass(frozen=True)
class Column:
    """A data set, or one direction or part of it, in one metric.

    Attributes:
        task: key of `SECTIONS`.
        suite: name of the data set.
        facts: about it.
        metric: as stored.
        group: which directions, in words; empty for all there are.
        parts: what it is the mean of, or the one thing it is.
        cells: by model; a model that was not measured has none.
    """

    task: str
    suite: str
    facts: SuiteFacts
    metric: str
    group: str
    parts: tuple[Comparison, ...]
    cells: Mapping[str, Cell]

    @property
    def n_range(self) -> tuple[int, int]:
        """The fewest and the most cases of a direction."""
        counts = [score["n"] for part in self.parts for score in part.by_model.values()]
        return min(counts), max(counts)

    @property
    def is_anecdote(self) -> bool:
        """Whether the cases are too few for a result."""
        least_n = SECTIONS[self.task].least_n
        return least_n is not None and self.n_range[0] < least_n

    def by_part(self) -> list["Column"]:
        """A column for each direction."""
        return [_column(replace(self, parts=(one,), group=one.languages)) for one in self.parts]


@dataclass(frozen=True)
class Board:
    """Models that can be asked the same things, in the columns they were asked.

    Attributes:
        system: what they are, a value of `Words.system`.
        models: rows: the start model, students, then baselines.
        columns: in the order of `SECTIONS`.
    """

    system: str
    models: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def tells_more(self) -> bool:
        """Whether it shows more than a section does: several models on several data sets."""
        return len(self.models) > 1 and len(self.columns) > 1

    @property
    def tasks(self) -> list[tuple[str, int]]:
        """Label of each task with how many columns it spans."""
        spans: dict[str, int] = {}
        for column in self.columns:
            spans[column.task] = spans.get(column.task, 0) + 1
        return [(SECTIONS[task].label, count) for task, count in spans.items()]


def boards(
    tables: Mapping[str, pa.Table], suites: Suites, focus: str, baselines: Sequence[str] = ()
) -> list[Board]:
    """A board for each kind of system that has headline figures.

    Args:
        tables: of schema `SCORES`, by a key of `SECTIONS`.
        suites: what is known of the data sets.
        focus: language code; directions with it are kept apart from those without.
        baselines: models to be put last, besides those known by name.
    """
    columns = [
        column
        for task in SECTIONS
        for suite, parts in headline_comparisons(task, compared(tables.get(task))).items()
        for column in _columns(task, suite, facts_of(suites, suite), parts, focus)
    ]
    systems = dict.fromkeys(SECTIONS[column.task].system for column in columns)
    found = {one: [c for c in columns if SECTIONS[c.task].system == one] for one in systems}
    return [Board(one, _models(own, baselines), tuple(own)) for one, own in found.items()]


def _columns(
    task: str, suite: str, facts: SuiteFacts, parts: Sequence[Comparison], focus: str
) -> Iterator[Column]:
    served = [part for part in parts if focus in part.direction.split("-")]
    others = [part for part in parts if part not in served]
    metric = parts[0].metric
    for group, chosen in ((words.language_name(focus), served), ("other languages", others)):
        if chosen:
            label = group if served and others else ""
            yield _column(Column(task, suite, facts, metric, label, tuple(chosen), {}))


def _column(column: Column) -> Column:
    """The column with its cells."""
    models = dict.fromkeys(model for one in column.parts for model in one.by_model)
    cells = {model: cell for model in models if (cell := _cell(column.parts, model))}
    count = len(column.parts)
    whole = [cell.value for cell in cells.values() if cell.direction_count == count]
    pick = min if column.metric in words.LOWER_IS_BETTER else max
    is_ranked = column.metric not in words.UNRANKED and not column.is_anecdote
    best = pick(whole) if len(whole) > 1 and is_ranked else None
    marked = {
        model: replace(cell, is_best=cell.direction_count == count and cell.value == best)
        for model, cell in cells.items()
    }
    return replace(column, cells=marked)


def _cell(parts: Sequence[Comparison], model: str) -> Cell | None:
    known = [part for part in parts if part.by_model.get(model, {}).get("value") is not None]
    if not known:
        return None
    verdicts = [part.verdict(model) for part in known]
    scores = [part.by_model[model] for part in known]
    return Cell(
        value=sum(score["value"] for score in scores) / len(scores),
        ci_low=_mean([score["ci_low"] for score in scores]),
        ci_high=_mean([score["ci_high"] for score in scores]),
        direction_count=len(known),
        better_count=verdicts.count(BETTER),
        worse_count=verdicts.count(WORSE),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _models(columns: Iterable[Column], baselines: Sequence[str]) -> tuple[str, ...]:
    """The start model, students, baselines; each in order of appearance."""
    found = dict.fromkeys(model for column in columns for model in column.cells)

    def rank(model: str) -> int:
        return 0 if model == START else 2 if is_baseline(model, baselines) else 1

    return tuple(sorted(found, key=rank))


def part_columns(
    task: str, suite: str, parts: Iterable[Comparison], suites: Suites
) -> Iterator[Column]:
    """A column for each part of a suite, such as its short sentences: the mean over directions.

    Args:
        task: key of `SECTIONS`.
        suite: name of the data set.
        parts: comparisons of parts, of any suite.
        suites: what is known of the data sets.
    """
    own = headline_comparisons(task, parts).get(suite, [])
    for name in dict.fromkeys(part.slice for part in own):
        same = tuple(part for part in own if part.slice == name)
        metric = same[0].metric
        yield _column(Column(task, suite, facts_of(suites, suite), metric, name, same, {}))


def measure_columns(
    task: str, comparisons: Iterable[Comparison], suites: Suites
) -> Iterator[Column]:
    """A column for each measure of a suite: the mean over its directions.

    Args:
        task: key of `SECTIONS`.
        comparisons: of one suite.
        suites: what is known of the data sets.
    """
    own = list(comparisons)
    for metric in dict.fromkeys(one.metric for one in own):
        same = tuple(one for one in own if one.metric == metric)
        facts, name = facts_of(suites, same[0].suite), words.metric_name(metric)
        yield _column(Column(task, same[0].suite, facts, metric, name, same, {}))


def is_baseline(model: str, baselines: Sequence[str]) -> bool:
    """Whether a model is only compared with: known by name, or said to be."""
    return words.is_baseline(model) or model in baselines
