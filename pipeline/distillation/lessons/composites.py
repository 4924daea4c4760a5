"""Composites: short strings of one source joined, so that they are as long as real sentences.

Strings of interfaces have two to six words and names one, sentences some twenty. Joined on both
sides they stay translations of one another, and teach to carry several meanings at once. Pure.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from pipeline.distillation.lessons.lesson_rows import source_of
from pipeline.distillation.lessons.paragraphs import running_text
from pipeline.parameters import LessonParams
from pipeline.tables import identify

Row = Mapping[str, Any]
_WORDS_OF_A_LIST = 2  # median words of texts that are names rather than strings


def composites(rows: Sequence[Row], params: LessonParams) -> list[list[Row]]:
    """Return groups of pairs of one source and pivot, drawn by lot.

    The same texts are joined in every pivot that has counterparts of them all. Sources of running
    text, and those whose texts are not short, give none.

    Args:
        rows: training pairs, of schema `PARALLEL_CORPUS`.
        params: how many composites, and of how many strings.

    Returns:
        By source, then as drawn, then by pivot.
    """
    beginnings = running_text(params)
    by_source: dict[str, dict[str, dict[str, Row]]] = defaultdict(dict)
    for row in rows:
        if not f"{row['source_document']}/".startswith(beginnings) and row["origin"] != "mined":
            pivots = by_source[source_of(row, params)].setdefault(row["source_text"], {})
            pivots.setdefault(row["target_language"], row)
    return [
        group
        for source, texts in sorted(by_source.items())
        for group in _joined(source, texts, params)
    ]


def _joined(
    source: str, texts: Mapping[str, Mapping[str, Row]], params: LessonParams
) -> Iterator[list[Row]]:
    words = median(len(text.split()) for text in texts)
    most = params.composite_strings + (words <= _WORDS_OF_A_LIST)
    if words > params.composite_words or len(texts) < most:
        return
    ordered = sorted(texts)
    generator = random.Random(identify(str(params.seed), source))  # noqa: S311 - not for secrets
    for _ in range(round(params.composite_fraction * len(ordered))):
        drawn = generator.sample(ordered, generator.choice((max(2, most - 1), most)))
        shared = set.intersection(*(set(texts[text]) for text in drawn))
        for pivot in sorted(shared):
            group = [texts[text][pivot] for text in drawn]
            if _is_short(group, params.paragraph_characters):
                yield group


def _is_short(group: Sequence[Row], most_characters: int) -> bool:
    return all(
        sum(len(row[f"{side}_text"]) + 1 for row in group) <= most_characters + 1
        for side in ("source", "target")
    )
