"""Tells whoever makes training text which of it would give an evaluation suite away."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pipeline.evaluation.contamination.findings import Text
from pipeline.evaluation.suites.trained import units_of
from pipeline.near_duplicates import near_duplicates
from pipeline.text.normalise import comparison_key

_LEAST_SIMILARITY = 0.7  # Jaccard of character 5-grams


def evaluated_in(tasks: Iterable[Any]) -> Callable[[Sequence[Text]], list[str | None]]:
    """A predicate over (language, text): the name of a suite that has it, or nearly; else None.

    Texts are compared within a language, without case, punctuation and the value of numbers.

    Args:
        tasks: of suites; kinds without texts of their own are passed over.
    """
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for task in tasks:
        for suite, language, text in units_of(task):
            known[language].setdefault(comparison_key(text, language), suite)

    def find(texts: Sequence[Text]) -> list[str | None]:
        found: list[str | None] = [None] * len(texts)
        for language, suites in known.items():
            places = [place for place, (code, _) in enumerate(texts) if code == language]
            keys = [comparison_key(texts[place][1], language) for place in places]
            names = list(suites.values())
            for match in near_duplicates(keys, list(suites), _LEAST_SIMILARITY):
                found[places[match.query]] = names[match.base]
        return found

    return find
