"""The news site's source: one YAML file per story, read into beads, titles and paragraphs.

A bead lists what says the same thing in the languages of its story: a sentence, or a list of two.
`mined_key` marks sentences that a story without a twin shares with another story.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

ARTICLES = Path(__file__).parent / "articles"
LANGUAGES = {"tk": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"}
CATEGORIES = ("culture", "sport", "science", "economy", "health", "nature")


@dataclass(frozen=True)
class Bead:
    """Sentences by language that say the same thing.

    Attributes:
        sides: one or two sentences per language.
        mined_key: names the same content in another story, if any.
    """

    sides: Mapping[str, tuple[str, ...]]
    mined_key: str | None = None


@dataclass(frozen=True)
class Story:
    """A story in the languages it was written in.

    Attributes:
        slug: the last part of its addresses.
        title: by language; its keys are the languages of the story.
        has_language_links: whether its pages name one another with hreflang.
        fallback: languages whose page shows another language's text, e.g. {"tk": "ru"}.
    """

    id: int
    slug: str
    published_on: date
    category: str
    image: str
    title: Mapping[str, str]
    paragraphs: tuple[tuple[Bead, ...], ...]
    has_language_links: bool = True
    fallback: Mapping[str, str] = field(default_factory=dict)

    @property
    def page_languages(self) -> tuple[str, ...]:
        """Languages that have a page, in the site's order."""
        return tuple(code for code in LANGUAGES if code in {*self.title, *self.fallback})

    def title_on(self, language: str) -> str:
        """The title on the page of a language."""
        return self.title[self.fallback.get(language, language)]

    def text_on(self, language: str) -> list[str]:
        """The paragraphs on the page of a language."""
        written = self.fallback.get(language, language)
        return [
            " ".join(sentence for bead in paragraph for sentence in bead.sides[written])
            for paragraph in self.paragraphs
        ]


def load_stories(folder: Path = ARTICLES) -> list[Story]:
    """Read the stories, newest first; on one day the higher id comes first.

    Raises:
        ValueError: a story has an unknown category or language, a bead lacks a language of its
            story, or two stories share an id.
    """
    stories = [_story(path) for path in sorted(folder.glob("*.yaml"))]
    if len({story.id for story in stories}) < len(stories):
        raise ValueError(f"{folder}: two stories share an id")
    return sorted(stories, key=lambda story: (story.published_on, story.id), reverse=True)


def edited(stories: Sequence[Story], edits: Path) -> list[Story]:
    """Replace paragraphs as a file of edits says: id, 1-based paragraph, its new beads.

    Raises:
        ValueError: the file names a story or a paragraph that does not exist, or a bead lacks a
            language of its story.
    """
    wanted = yaml.safe_load(edits.read_text(encoding="utf-8"))
    known = {story.id: story for story in stories}
    for story_id, changes in wanted.items():
        count = len(known[story_id].paragraphs) if story_id in known else 0
        for number, beads in changes.items():
            if not 1 <= number <= count:
                raise ValueError(f"{edits.name}: story {story_id} has no paragraph {number}")
            known[story_id] = _with_paragraph(known[story_id], number, beads, edits.name)
    return [known[story.id] for story in stories]


def _with_paragraph(story: Story, number: int, beads: list[dict[str, Any]], file: str) -> Story:
    paragraphs = list(story.paragraphs)
    paragraphs[number - 1] = tuple(_bead(entry, story.title, file) for entry in beads)
    return replace(story, paragraphs=tuple(paragraphs))


def _story(path: Path) -> Story:
    entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    title = entry["title"]
    if entry["category"] not in CATEGORIES or not title.keys() <= LANGUAGES.keys():
        raise ValueError(f"{path.name}: categories are {CATEGORIES}, languages {[*LANGUAGES]}")
    paragraphs = tuple(
        tuple(_bead(bead, title, path.name) for bead in paragraph)
        for paragraph in entry.pop("paragraphs")
    )
    slug = path.stem.partition("_")[2].replace("_", "-")
    return Story(slug=slug, paragraphs=paragraphs, **entry)


def _bead(entry: dict[str, Any], title: Mapping[str, str], file: str) -> Bead:
    sides = {
        language: (text,) if isinstance(text, str) else tuple(text)
        for language, text in entry.items()
        if language != "mined_key"
    }
    if sides.keys() != title.keys() or not all(map(all, sides.values())):
        raise ValueError(f"{file}: a bead must have text in {[*title]}, this has {[*sides]}")
    return Bead(sides, entry.get("mined_key"))
