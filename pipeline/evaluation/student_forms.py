"""A student in its other forms: with an adapter put on, or with its vectors cut short.

Each is compared with the student itself on what it is for. Pure but for the models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.measures.scores import START, Row
from pipeline.evaluation.models import Model
from pipeline.evaluation.suites.running import Task, score_tasks
from pipeline.parameters import EvaluationParams
from pipeline.progress import Progress, silent

METRICS = ("p_at_1", "spearman", "top_1")
"""What forms are compared by: of translations, ratings and passages the measure to quote."""


@dataclass(frozen=True)
class Form:
    """One form of a student.

    Attributes:
        model: what gives its vectors.
        tasks: that it is measured on.
    """

    model: Model
    tasks: Sequence[Task]


def adapter_name(student: str, task: str) -> str:
    """What a student with an adapter is called in scores."""
    return f"{student} with {task} adapter"


def prefix_name(student: str, dimension: int) -> str:
    """What a student whose vectors are cut short is called in scores."""
    return f"{student} in {dimension} dimensions"


def score_forms(
    student: str,
    model: Model,
    forms: Mapping[str, Form],
    params: EvaluationParams,
    progress: Progress = silent,
) -> list[Row]:
    """Rows of schema `SCORES` for the student and its forms, differences from the student itself.

    Args:
        student: its name.
        model: the student as it is.
        forms: by the name they have in the scores.
        params: resamples and seed.
        progress: hears of every task.
    """
    tasks = {id(task): task for form in forms.values() for task in form.tasks}
    rows: list[Row] = []
    for key, task in tasks.items():
        asked = {
            name: form.model
            for name, form in forms.items()
            if any(id(own) == key for own in form.tasks)
        }
        scored = score_tasks([task], {START: model, **asked}, params, progress)
        rows += [
            _beside(student, row)
            for row in scored.rows
            if not row["slice"] and row["metric"] in METRICS
        ]
    return rows


def _beside(student: str, row: Row) -> Row:
    """A row in which the student stands where scorers put the model before training."""
    note = (row["note"] or "").replace(f" minus {START}", f" minus {student}")
    return {**row, "model": student if row["model"] == START else row["model"], "note": note}
