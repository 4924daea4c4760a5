"""Tells whoever makes training text which of it would give an evaluation suite away."""

from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.evaluation.contamination.by_words import WordMatcher
from pipeline.evaluation.contamination.findings import Text
from pipeline.evaluation.suites.trained import units_of
from pipeline.suites import EvaluatedIn


def evaluated_in(tasks: Iterable[Any]) -> EvaluatedIn:
    """A predicate over (language, text): the name of a suite that has it, or nearly; else None.

    What counts as nearly is what the gate `contamination` counts, see `WordMatcher`.

    Args:
        tasks: of suites; kinds without texts of their own are passed over.
    """
    units = [unit for task in tasks for unit in units_of(task)]
    matcher = WordMatcher([(language, text) for _, language, text in units])

    def suite_of(text: Text) -> str | None:
        return next((units[at][0] for at, _ in matcher.sightings(text)), None)

    def find(texts: Sequence[Text]) -> list[str | None]:
        return [suite_of(text) for text in texts]

    return find
