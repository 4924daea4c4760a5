"""The driver: which runs bring a recipe to its goal, in which order, and what a failure stops.

One Dagster run cannot mix partition definitions, so the driver launches one run per edition, bitext
source and student, and the unpartitioned runs between them. Pure but for `launch`, which is given:
the UI's jobs, the inbox sensor, the schedule and `make demo` all pass through `drive`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.recipe import Recipe


class Goal(StrEnum):
    """How far to go."""

    CORPUS = "corpus"
    REPORT = "report"


@dataclass(frozen=True)
class PlannedRun:
    """One Dagster run: a job, and a partition where its assets have some."""

    job: str
    partition: str | None = None

    def __str__(self) -> str:
        return self.job if self.partition is None else f"{self.job} [{self.partition}]"


@dataclass(frozen=True)
class Driven:
    """What came of a drive; `failed` holds the partitions that were left behind."""

    succeeded: tuple[PlannedRun, ...]
    failed: tuple[PlannedRun, ...]


class DriveStopped(Exception):  # noqa: N818 - the name is the message
    """A run that everything after it needs has failed."""


Launch = Callable[[PlannedRun], bool]


def plan(recipe: Recipe, editions: Sequence[str], goal: Goal) -> list[PlannedRun]:
    """Runs in the order in which they must happen.

    Args:
        recipe: names the bitext sources and the students.
        editions: partition keys found in the inbox.
        goal: the corpus, or everything up to the report.
    """
    runs = [PlannedRun("read_textbook", edition) for edition in editions]
    runs += [PlannedRun("read_bitext", source) for source in recipe.bitexts]
    runs.append(PlannedRun("build_corpus"))
    if goal is Goal.REPORT:
        runs += [PlannedRun("train_student", student) for student in recipe.students.variants()]
        runs.append(PlannedRun("evaluate"))
    return runs


def drive(runs: Sequence[PlannedRun], launch: Launch) -> Driven:
    """Launch the runs one after another.

    A failed partition is left behind and the rest goes on: its artefact stays quarantined or
    missing, and the assets downstream do without it.

    Raises:
        DriveStopped: an unpartitioned run failed.
    """
    succeeded, failed = [], []
    for run in runs:
        if launch(run):
            succeeded.append(run)
        elif run.partition is not None:
            failed.append(run)
        else:
            raise DriveStopped(f"{run} failed, so what comes after it was not started")
    return Driven(tuple(succeeded), tuple(failed))
