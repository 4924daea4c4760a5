"""What a reader is told of a data set besides its figures. Plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.evaluation.report import words
from pipeline.suite_entries import Suite


@dataclass(frozen=True)
class SuiteFacts:
    """A data set that models are measured on.

    Attributes:
        title: as people call it, e.g. `FLORES-200 dev`.
        task: a key of `sections.SECTIONS`, e.g. `retrieval`.
        role: `dev` may be looked at while a model is made, `test` once; `train`, or empty where it
            is not known.
        licence: SPDX name, or in words.
        source: who made it or where it comes from.
        revision: of the source; empty where only the hash of its texts tells.
    """

    title: str
    task: str = ""
    role: str = ""
    licence: str = ""
    source: str = ""
    revision: str = ""


Suites = Mapping[str, SuiteFacts]


def facts_of(suites: Suites, name: str) -> SuiteFacts:
    """What is known of a data set; of an unknown one its name, opened for reading."""
    title = words.spaced(name)
    return suites.get(name) or SuiteFacts(title[:1].upper() + title[1:])


def suite_facts(entries: Iterable[Suite]) -> dict[str, SuiteFacts]:
    """What a catalogue says of its data sets, by name."""
    return {
        one.name: SuiteFacts(one.title, one.task, one.role, one.licence, one.source, one.revision)
        for one in entries
    }
