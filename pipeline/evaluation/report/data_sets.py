"""The data sets that the figures rest on, each with what a reader must know to believe it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipeline.evaluation.report.facts import SuiteFacts, Suites, facts_of
from pipeline.evaluation.report.sections import SECTIONS
from pipeline.evaluation.report.views import compared


@dataclass(frozen=True)
class DataSet:
    """A suite as it was scored.

    Attributes:
        name: as in the scores.
        task: key of `SECTIONS`, or of the table where that is not one.
        facts: about it.
        directions: as stored, in order of appearance.
        least_n: cases of its smallest direction.
        most_n: of its largest.
        hashes: of its texts, by direction.
    """

    name: str
    task: str
    facts: SuiteFacts
    directions: tuple[str, ...]
    least_n: int
    most_n: int
    hashes: Mapping[str, str]

    @property
    def task_label(self) -> str:
        """What it is for, for people."""
        return SECTIONS[self.task].label


def data_sets(tables: Mapping[str, pa.Table], suites: Suites) -> list[DataSet]:
    """Data sets by the task they serve, in the order of `SECTIONS`; not what measures no system.

    Args:
        tables: of schema `SCORES`, by a key of `SECTIONS`.
        suites: what is known of the data sets.
    """
    return [
        found
        for task, told in SECTIONS.items()
        if told.system
        for found in _of_task(task, tables.get(task), suites)
    ]


def _of_task(task: str, table: pa.Table | None, suites: Suites) -> list[DataSet]:
    comparisons = compared(table)
    found = []
    for name in dict.fromkeys(comparison.suite for comparison in comparisons):
        own = [comparison for comparison in comparisons if comparison.suite == name]
        counts = [score["n"] for one in own for score in one.by_model.values()]
        hashes = {one.direction: one.first["dataset_hash"] or "" for one in own}
        facts = facts_of(suites, name)
        found.append(DataSet(name, task, facts, tuple(hashes), min(counts), max(counts), hashes))
    return found
