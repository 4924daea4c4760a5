"""The report's sections of scores: what to show, what to fold, and the plot of each. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from markupsafe import Markup

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report import words
from pipeline.evaluation.report.boards import (
    Board,
    Column,
    is_baseline,
    measure_columns,
    part_columns,
)
from pipeline.evaluation.report.facts import SuiteFacts, Suites, facts_of
from pipeline.evaluation.report.plots import SERIES_COUNT, Mark, interval_plot
from pipeline.evaluation.report.sections import SECTIONS, Words
from pipeline.evaluation.report.views import Comparison, compared, sliced
from pipeline.evaluation.tasks.translation import COPY

_MOST_PLOTTED_DIRECTIONS = 2
_MOST_OPEN_LINES = 16  # of a section's table, before its suites are folded


@dataclass(frozen=True)
class SuiteScores:
    """All figures of one data set in one section.

    Attributes:
        facts: about the data set.
        comparisons: of the whole, in order.
        parts: figures of its parts, where they were measured: a column for each.
        measures: its figures again, a column for each measure.
        least_n: below which they are anecdotes; None where any number tells something.
    """

    facts: SuiteFacts
    comparisons: tuple[Comparison, ...]
    parts: tuple[Column, ...]
    measures: tuple[Column, ...]
    least_n: int | None

    @property
    def n(self) -> int:
        """Of all its figures, what the least supported rests on."""
        return min(int(comparison.first["n"]) for comparison in self.comparisons)

    @property
    def is_anecdote(self) -> bool:
        """Whether that is too little: folded away, so that nobody takes it for a result."""
        return self.least_n is not None and self.n < self.least_n

    @property
    def has_changes(self) -> bool:
        """Whether any model is compared with the start model."""
        return any(comparison.differences for comparison in self.comparisons)

    @property
    def compared_with(self) -> str:
        """What models are compared with, as told in a table's head."""
        notes = [row["note"] or "" for one in self.comparisons for row in one.differences.values()]
        if any(f" minus {COPY}" in note for note in notes):
            return "a copy"
        return "the student" if any(_is_over_a_student(note) for note in notes) else "before"

    @property
    def line_count(self) -> int:
        """Lines of its table."""
        return sum(len(comparison.by_model) for comparison in self.comparisons)

    @property
    def told(self) -> str:
        """The data set with its role, and what there is of it."""
        role = f" ({self.facts.role})" if self.facts.role else ""
        directions = dict.fromkeys(comparison.languages for comparison in self.comparisons)
        where = f"{len(directions)} directions" if len(directions) > 1 else next(iter(directions))
        metrics = dict.fromkeys(comparison.metric for comparison in self.comparisons)
        measures = ", ".join(words.short_metric(metric) for metric in metrics)
        return f"{self.facts.title}{role}: {', '.join(filter(None, (where, measures)))}"

    def label(self, comparison: Comparison) -> str:
        """Languages and data set of one of the comparisons."""
        return ", ".join(filter(None, (comparison.languages, self.facts.title)))

    @property
    def models(self) -> tuple[str, ...]:
        """Models that have figures."""
        return tuple(dict.fromkeys(model for one in self.comparisons for model in one.by_model))


@dataclass(frozen=True)
class ScoreSection:
    """Words with the scores they are about."""

    key: str
    words: Words
    suites: tuple[SuiteScores, ...]
    plot: Markup | None

    @property
    def is_long(self) -> bool:
        """Whether its suites are folded."""
        return sum(suite.line_count for suite in self.sound) > _MOST_OPEN_LINES

    @property
    def sound(self) -> tuple[SuiteScores, ...]:
        """Suites that are large enough."""
        return tuple(suite for suite in self.suites if not suite.is_anecdote)

    @property
    def anecdotes(self) -> tuple[SuiteScores, ...]:
        """Suites that are not."""
        return tuple(suite for suite in self.suites if suite.is_anecdote)

    @property
    def signatures(self) -> dict[str, str]:
        """How each measure of translations was computed, as sacrebleu tells it."""
        suites = self.suites if self.key == "translation" else ()
        return {
            words.short_metric(one.metric): one.first["note"]
            for suite in suites
            for one in suite.comparisons
            if one.first["note"]
        }

    @property
    def has_parts(self) -> bool:
        """Whether any suite was measured by its parts."""
        return any(suite.parts for suite in self.suites)


def _is_over_a_student(note: str) -> bool:
    """Whether a difference is from a student itself, as those of its other forms are."""
    form, _, other = note.partition(";")[0].partition(" minus ")
    return bool(other) and form.startswith(f"{other} ")


def score_sections(
    tables: Mapping[str, pa.Table | None],
    suites: Suites,
    boards: Sequence[Board] = (),
    baselines: Sequence[str] = (),
) -> list[ScoreSection]:
    """Sections that have scores, in the order of `SECTIONS`.

    Args:
        tables: of schema `SCORES`, by a key of `SECTIONS`; others are left alone.
        suites: what is known of the data sets.
        boards: whose columns are plotted.
        baselines: models that are no students, besides those known by name.
    """
    found = {key: compared(table) for key, table in tables.items()}
    parts = {key: sliced(table) for key, table in tables.items()}
    reviewed = found.pop("agreement", [])
    found["agreement"] = [one for one in reviewed if one.metric != "precision"]
    found["precision"] = [one for one in reviewed if one.metric == "precision"]
    return [
        ScoreSection(
            key,
            told,
            tuple(_suites(key, found[key], parts.get(key, []), suites)),
            headline_plot(key, boards, baselines),
        )
        for key, told in SECTIONS.items()
        if found.get(key)
    ]


def _suites(
    key: str, whole: Sequence[Comparison], parts: Sequence[Comparison], suites: Suites
) -> Iterator[SuiteScores]:
    for name in dict.fromkeys(one.suite for one in whole):
        own = tuple(one for one in whole if one.suite == name)
        yield SuiteScores(
            facts_of(suites, name),
            own,
            tuple(part_columns(key, name, parts, suites)),
            tuple(measure_columns(key, own, suites)),
            SECTIONS[key].least_n,
        )


def headline_plot(
    key: str, boards: Sequence[Board], baselines: Sequence[str] = ()
) -> Markup | None:
    """The start model and students before and after, in the first headline metric of a section.

    Of many students the best of the first column are drawn, and the axis says so; baselines where
    nothing else is. None where nothing was measured well enough.

    Args:
        key: of `SECTIONS`.
        boards: whose columns are drawn.
        baselines: models that are no students, besides those known by name.
    """
    columns = [
        column
        for board in boards
        for column in board.columns
        if column.task == key and not column.is_anecdote
    ]
    if not columns:
        return None
    columns = [column for column in columns if column.metric == columns[0].metric]
    models = list(dict.fromkeys(model for column in columns for model in column.cells))
    trained = [model for model in models if not is_baseline(model, baselines)]
    drawn = trained if len(trained) > 1 else models
    shown = sorted(drawn, key=partial(_rank, columns[0]))[:SERIES_COUNT]
    rows = [row for column in columns for row in _few(column)]
    left_out = f" (best {len(shown)} of {len(drawn)} models)" if len(shown) < len(drawn) else ""
    return _drawn(rows, shown, left_out)


def _rank(column: Column, model: str) -> tuple[bool, float]:
    """The start model first, then the best."""
    cell = column.cells.get(model)
    sign = 1 if column.metric in words.LOWER_IS_BETTER else -1
    return model != START, sign * cell.value if cell else math.inf


def _drawn(columns: Sequence[Column], models: Sequence[str], left_out: str) -> Markup | None:
    """Interval plot of models over columns in one metric; None where there is nothing to draw."""
    rows = {
        _row_label(column): {
            words.model_name(model): Mark(cell.value, cell.ci_low, cell.ci_high)
            for model in models
            if (cell := column.cells.get(model))
            and cell.ci_low is not None
            and cell.ci_high is not None
        }
        for column in columns
    }
    if not any(rows.values()):
        return None
    metric = columns[0].metric
    label, top = words.metric_name(metric) + left_out, 100 if metric in words.HUNDREDS else 1
    return interval_plot(rows, label, top=top, ticks=words.ticks(metric))


def _few(column: Column) -> list[Column]:
    """Directions by themselves where they are few, else their mean."""
    return column.by_part() if len(column.parts) <= _MOST_PLOTTED_DIRECTIONS else [column]


def _row_label(column: Column) -> str:
    count = len(column.parts)
    where = column.parts[0].languages if count == 1 else column.group
    mean = f"mean of {count}" if count > 1 else ""
    return ", ".join(filter(None, (column.facts.title, where, mean)))
