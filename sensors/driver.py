"""The driver: which runs bring a recipe to its goal, in which order, and what a failure stops.

One Dagster run cannot mix partition definitions, so the driver launches one run per edition, crawl
day, bitext source, student and direction of translation, and the unpartitioned runs between them.
Pure but for `launch`, which is given: the UI's jobs, the sensors, the schedules and `make demo` all
pass through `drive`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.recipe import Recipe


class Goal(StrEnum):
    """How far to go."""

    TASKS = "tasks"  # what annotators are asked, every night
    CORPUS = "corpus"  # mining included, every week
    REPORT = "report"  # students, scores and release, on request


@dataclass(frozen=True)
class Sources:
    """Partitions that are found, not declared.

    Attributes:
        editions: partition keys found in the inbox.
        crawl_days: days whose pages are to be fetched or read again, oldest first.
        is_mined: whether mined pairs of an earlier run are there.
    """

    editions: Sequence[str] = ()
    crawl_days: Sequence[str] = ()
    is_mined: bool = False


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


def plan(recipe: Recipe, sources: Sources, goal: Goal) -> list[PlannedRun]:
    """Runs in the order in which they must happen.

    Mining, which compares everything with everything, is left to the weekly goal once there is
    something from an earlier run.

    Args:
        recipe: names the bitext sources, the students and the directions of translation.
        sources: partitions that were found.
        goal: where to stop.
    """
    runs = [PlannedRun("read_textbook", edition) for edition in sources.editions]
    runs += [PlannedRun("read_news", day) for day in sources.crawl_days]
    runs += [PlannedRun("read_bitext", source) for source in recipe.bitexts]
    if goal is Goal.REPORT and recipe.synthesis.strategies:
        runs.append(PlannedRun("choose_anchors"))
        runs += [PlannedRun("write_triplets", name) for name in recipe.synthesis.strategies]
    runs.append(PlannedRun("align"))
    if goal is not Goal.TASKS or not sources.is_mined:
        runs.append(PlannedRun("mine"))
    runs.append(PlannedRun("annotate"))
    if goal is not Goal.TASKS:
        runs.append(PlannedRun("build_corpus"))
    if goal is Goal.REPORT:
        runs += [PlannedRun("train_student", student) for student in recipe.students.variants()]
        runs += [PlannedRun("train_translator", direction) for direction in recipe.directions()]
        runs += [PlannedRun("train_curve", point) for point in recipe.students.curve()]
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
