"""What students are scored on, beside their start: the development sets, in few directions.

Retrieval of FLORES-200 dev (997 sentences) from Turkmen and from neighbours that must not lose, of
Tatoeba's English and Turkmen (any right translation counts), and STS-B dev in both pivots. Gains
are over the same units; see `pipeline.evaluation.measures.model_comparison`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.encoders import Encoder
from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.suites.running import score_tasks, tasks_of
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.parameters import EvaluationParams
from pipeline.suites import load_suites

FOCUS_DIRECTIONS = ("tuk_Latn-rus_Cyrl", "tuk_Latn-eng_Latn")
NEIGHBOUR_DIRECTIONS = ("azj_Latn-eng_Latn", "uzn_Latn-eng_Latn", "kaz_Cyrl-eng_Latn")
WANTED = {
    "flores200_dev": (*FOCUS_DIRECTIONS, *NEIGHBOUR_DIRECTIONS),
    "tatoeba": ("eng_Latn-tuk_Latn", "tuk_Latn-eng_Latn"),
    "stsb_dev": ("eng_Latn-eng_Latn", "rus_Cyrl-rus_Cyrl"),
}
METRICS = ("p_at_1", "spearman", "pearson")

Score = dict[str, Any]


class Unit(NamedTuple):
    """What models are compared on."""

    suite: str
    direction: str
    metric: str
    n: int


def score_students(
    encoders: Mapping[str, Encoder], params: EvaluationParams, wanted: Sequence[str] = ()
) -> list[Score]:
    """Rows of schema `SCORES`, whole suites alone.

    Args:
        encoders: by name, the one called `start` first.
        params: resamples and seed.
        wanted: directions; all of `WANTED` if none is named.
    """
    models = {name: EncoderModel(encoder) for name, encoder in encoders.items()}
    tasks = [
        task
        for suite in load_suites(tuple(WANTED))
        for task in tasks_of(suite, params.seed)
        if isinstance(task, ParallelTexts | RatedPairs)
        and "-".join(task.languages) in (wanted or WANTED[suite.name])
    ]
    scored = score_tasks(tasks, models, params).table().to_pylist()
    return [row for row in scored if row["metric"] in METRICS and not row["slice"]]


def table_lines(scores: Sequence[Score], names: Sequence[str]) -> Iterator[str]:
    """A Markdown table: for each set and measure each student's value and its gain over the start.

    Args:
        scores: of `score_students`.
        names: of the models, in order; the first is the start.
    """
    units = _units(scores)
    lines = [[*map(str, unit), *_cells(scores, unit, names)] for unit in units]
    yield from _markdown([["set", "direction", "metric", "N", *names], *lines])


def lines_of_models(scores: Sequence[Score], names: Sequence[str]) -> Iterator[str]:
    """The table of `table_lines` with a line for each model, for many models; without Pearson."""
    units = [unit for unit in _units(scores) if unit.metric != "pearson"]
    columns = [[_title(unit), *_cells(scores, unit, names)] for unit in units]
    yield from _markdown([*zip(["", *names], *columns, strict=True)])


def _title(unit: Unit) -> str:
    return f"{unit.suite} {unit.direction} {unit.metric}, N = {unit.n:,}"


def _markdown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *body = rows
    for row in (head, ["---"] * len(head), *body):
        yield "| " + " | ".join(row) + " |"


def _units(scores: Sequence[Score]) -> list[Unit]:
    return list(dict.fromkeys(_unit(row) for row in scores if row["model"] == START))


def _unit(row: Score) -> Unit:
    return Unit(row["suite"], row["direction"], row["metric"], row["n"])


def _cells(scores: Sequence[Score], unit: Unit, names: Sequence[str]) -> list[str]:
    found = {(row["model"], row["note"]): row for row in scores if _unit(row) == unit}
    return [_cell(found, name) for name in names]


def _cell(found: Mapping[tuple[str, str], Score], name: str) -> str:
    own = next(row for (model, _), row in found.items() if model == name)
    text = f"{own['value']:.3f} [{own['ci_low']:.3f}, {own['ci_high']:.3f}]"
    gain = found.get((DIFFERENCE, f"{name} minus {START}"))
    if gain:
        text += f" ({gain['value']:+.3f} [{gain['ci_low']:+.3f}, {gain['ci_high']:+.3f}])"
    return text
