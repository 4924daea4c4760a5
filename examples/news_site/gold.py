"""What is known to be parallel on the news site; used only to score, never to train.

`python examples/news_site/gold.py` writes `gold_mined.tsv` from the marks in the stories.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stories import Story, load_stories

MINED_FILE = Path(__file__).parent / "gold_mined.tsv"


class GoldPair(NamedTuple):
    """Sentences of one story that translate one another.

    Attributes:
        place: 0 for the title, else the 1-based paragraph.
    """

    story_id: int
    place: int
    source: tuple[str, ...]
    target: tuple[str, ...]


class MinedPair(NamedTuple):
    """One sentence from each of two stories without a twin."""

    mined_key: str
    source_id: int
    target_id: int
    source: str
    target: str


def gold_pairs(
    stories: Sequence[Story], source: str = "tk", target: str = "ru"
) -> Iterator[GoldPair]:
    """Yield the pairs of stories written in both languages, in reading order, titles included."""
    for story in stories:
        if not {source, target} <= story.title.keys():
            continue
        yield GoldPair(story.id, 0, (story.title[source],), (story.title[target],))
        for place, paragraph in enumerate(story.paragraphs, start=1):
            for bead in paragraph:
                yield GoldPair(story.id, place, bead.sides[source], bead.sides[target])


def mined_pairs(
    stories: Sequence[Story], source: str = "tk", target: str = "ru"
) -> list[MinedPair]:
    """Join the marked sentences of two languages on their key, ordered by key.

    Raises:
        ValueError: a key is used twice in a language.
    """
    sources, targets = _marked(stories, source), _marked(stories, target)
    return [
        MinedPair(key, sources[key][0], targets[key][0], sources[key][1], targets[key][1])
        for key in sorted(sources.keys() & targets.keys())
    ]


def mined_tsv(pairs: Sequence[MinedPair]) -> str:
    """Pairs as tab-separated lines under a head line."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows([MinedPair._fields, *pairs])
    return text.getvalue()


def _marked(stories: Sequence[Story], language: str) -> dict[str, tuple[int, str]]:
    marked: dict[str, tuple[int, str]] = {}
    beads = ((story.id, bead) for story in stories for part in story.paragraphs for bead in part)
    for story_id, bead in beads:
        if bead.mined_key is None or language not in bead.sides:
            continue
        if bead.mined_key in marked:
            raise ValueError(f"story {story_id}: {bead.mined_key} is used twice in {language}")
        marked[bead.mined_key] = (story_id, " ".join(bead.sides[language]))
    return marked


if __name__ == "__main__":
    MINED_FILE.write_text(mined_tsv(mined_pairs(load_stories())), encoding="utf-8")
