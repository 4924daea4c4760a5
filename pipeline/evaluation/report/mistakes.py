"""Mistakes in groups that a reader can open: by data set, then by model. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.measures.scores import Mistake
from pipeline.evaluation.report import words
from pipeline.evaluation.report.facts import SuiteFacts, Suites, facts_of


@dataclass(frozen=True)
class MistakeGroup:
    """What one model got wrong in one direction of a data set, the worst first.

    Attributes:
        direction: languages, as stored.
        model: who made them.
        mistakes: in the order given.
    """

    direction: str
    model: str
    mistakes: tuple[Mistake, ...]

    @property
    def languages(self) -> str:
        """The direction, for people."""
        return words.direction_name(self.direction)

    @property
    def query_language(self) -> str:
        """Code of what was asked."""
        return self.direction.split("-")[0]

    @property
    def answer_language(self) -> str:
        """Code of what was to be found."""
        return self.direction.split("-")[-1]

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Kinds of mistake with how often each is here, the most frequent first."""
        counts: dict[str, int] = {}
        for mistake in self.mistakes:
            if mistake.kind:
                counts[mistake.kind] = counts.get(mistake.kind, 0) + 1
        return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


@dataclass(frozen=True)
class SuiteMistakes:
    """What was got wrong on one data set.

    Attributes:
        facts: about the data set.
        groups: by direction and model, each in order of appearance.
    """

    facts: SuiteFacts
    groups: tuple[MistakeGroup, ...]

    @property
    def count(self) -> int:
        """How many mistakes are shown."""
        return sum(len(group.mistakes) for group in self.groups)


def suite_mistakes(mistakes: Sequence[Mistake], suites: Suites) -> list[SuiteMistakes]:
    """Mistakes by data set, each in order of appearance."""
    found: dict[str, dict[tuple[str, str], list[Mistake]]] = {}
    for one in mistakes:
        groups = found.setdefault(one.suite, {})
        groups.setdefault((one.direction, one.model), []).append(one)
    return [
        SuiteMistakes(
            facts_of(suites, suite),
            tuple(MistakeGroup(*key, tuple(own)) for key, own in groups.items()),
        )
        for suite, groups in found.items()
    ]
