"""Which units of suites were trained on, and the same tasks with slices that tell them apart.

Pure but for the encoder. What is held out of the corpus itself needs none of this: the corpus is
split so that its test texts are in no training pair.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pipeline.encoders import Encoder
from pipeline.evaluation.contamination.finding import find_contamination
from pipeline.evaluation.contamination.findings import Row, Text, contamination_gate
from pipeline.evaluation.suites.bitexts import HardTask
from pipeline.evaluation.tasks.classification import ClassificationTask
from pipeline.evaluation.tasks.paraphrase import ParaphraseTask
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.storage import GateVerdict
from pipeline.tables import CONTAMINATION, as_table

GATE = "contamination"
SLICE = "training"
SEEN, UNSEEN = "seen in training", "not seen"

Place = tuple[str, str]
"""Name of a suite, and a direction in it."""

_ROWS: dict[type, Callable[[Any], tuple[Place, list[list[Row]]]]] = {
    ParallelTexts: lambda task: (
        _place(task.suite, task.languages),
        _translations(task.languages, task.sources, task.targets),
    ),
    RatedPairs: lambda task: (
        _place(task.suite, task.languages),
        _texts(task.languages, task.first, task.second),
    ),
    ParaphraseTask: lambda task: (
        _place(task.suite, task.pairs.languages),
        _texts(task.pairs.languages, task.pairs.first, task.pairs.second),
    ),
    ClassificationTask: lambda task: (
        _place(task.suite, (task.train.language, task.test.language)),
        [[{task.test.language: text}] for text in task.test.texts],
    ),
    PassageTask: lambda task: (
        _place(task.suite, task.languages),
        [[{task.languages[0]: text}] for text in task.queries],
    ),
}


def find_trained_units(
    tasks: Iterable[Any], training: Sequence[Text], encoder: Encoder | None
) -> tuple[pa.Table, GateVerdict]:
    """Look for every unit of the tasks in the training text.

    Args:
        tasks: of suites; kinds without texts of their own to look for are passed over.
        training: (language, text) that a model was trained on.
        encoder: finds translations; None to look for words alone.

    Returns:
        A table of schema `CONTAMINATION`, and one verdict: failed if any suite was trained on.
    """
    rows: list[dict[str, object]] = []
    verdicts: list[GateVerdict] = []
    checked = 0
    for task in map(_plain, tasks):
        if type(task) not in _ROWS:
            continue
        place, units = _ROWS[type(task)](task)
        flat = [(number, row) for number, unit in enumerate(units) for row in unit]
        findings = find_contamination([row for _, row in flat], training, encoder)
        placed = [one._replace(row=flat[one.row][0]) for one in findings]
        name = " ".join(place)
        verdict = contamination_gate(
            placed, len(units), name, is_meaning_searched=encoder is not None
        )
        checked += 1
        if placed:
            verdicts.append(verdict)
        for one in placed:
            trained_language, trained_text = one.trained
            rows.append(
                {
                    "suite": place[0],
                    "direction": place[1],
                    "unit": one.row,
                    "kind": one.kind,
                    "language": one.language,
                    "text": one.text,
                    "trained_language": trained_language,
                    "trained_text": trained_text,
                    "score": one.score,
                }
            )
    return as_table(rows, CONTAMINATION), _one_verdict(verdicts, checked)


def units_of(task: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - a task of any kind
    """(suite, language, text) of every text of a task that must not be trained on."""
    plain = _plain(task)
    if type(plain) not in _ROWS:
        return []
    (suite, _), units = _ROWS[type(plain)](plain)
    return [(suite, *text) for unit in units for row in unit for text in row.items()]


def with_training_slices(tasks: Iterable[Any], found: pa.Table) -> list[Any]:
    """The tasks, those with units that were trained on sliced into seen and not seen.

    Args:
        tasks: of suites.
        found: table of schema `CONTAMINATION`.
    """
    seen: dict[Place, set[int]] = {}
    for row in found.to_pylist():
        seen.setdefault((row["suite"], row["direction"]), set()).add(row["unit"])
    return [_sliced(task, seen) for task in tasks]


def _sliced(task: Any, seen: dict[Place, set[int]]) -> Any:  # noqa: ANN401 - as it went in
    if isinstance(task, HardTask):
        return HardTask(_sliced(task.texts, seen))
    if type(task) not in _ROWS:
        return task
    place, units = _ROWS[type(task)](task)
    if place not in seen:
        return task
    labels = [SEEN if number in seen[place] else UNSEEN for number in range(len(units))]
    return replace(task, attributes={**task.attributes, SLICE: labels})


def _one_verdict(verdicts: Sequence[GateVerdict], checked: int) -> GateVerdict:
    """The refusals, or else what was found and explained by chance."""
    refused = [one for one in verdicts if not one.is_passed]
    told = " ".join(one.reason for one in refused or verdicts)
    nothing = f"Nothing of {checked} suites and directions was found in the training text."
    return GateVerdict(GATE, is_passed=not refused, reason=told or nothing)


def _plain(task: Any) -> Any:  # noqa: ANN401 - a task of any kind
    return task.texts if isinstance(task, HardTask) else task


def _place(suite: str, languages: Sequence[str]) -> Place:
    return suite, "-".join(languages)


def _translations(
    languages: tuple[str, str], sources: Sequence[str], targets: Sequence[str]
) -> list[list[Row]]:
    return [
        [dict(zip(languages, pair, strict=True))] for pair in zip(sources, targets, strict=True)
    ]


def _texts(
    languages: tuple[str, str], first: Sequence[str], second: Sequence[str]
) -> list[list[Row]]:
    return [
        [{code: text} for code, text in zip(languages, pair, strict=True)]
        for pair in zip(first, second, strict=True)
    ]
