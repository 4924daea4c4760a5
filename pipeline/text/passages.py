"""Long texts in passages that an encoder can take in whole, each with its place. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.text.split import split_sentences

PASSAGE_CHARACTERS = 400
"""A passage is closed once it is this long."""
MOST_PARAGRAPHS = 3
"""Of one passage."""
LONG_CHARACTERS = 1000
"""A longer paragraph is cut at its sentences: encoders do not read to the end of such a one."""


class Paragraph(NamedTuple):
    """A paragraph of a document.

    Attributes:
        place: where it stands, such as the number of its line; or article and number, `3:2`.
        text: not empty.
        begins_section: whether it is the first of a section: of an article in a law.
    """

    place: str
    text: str
    begins_section: bool = False


class Passage(NamedTuple):
    """Neighbouring paragraphs of one section, a line each, and their places in order."""

    text: str
    places: tuple[str, ...]


def line_paragraphs(lines: Iterable[tuple[str, str]], heading: str = "") -> list[Paragraph]:
    """Lines that are not blank, each a paragraph.

    Args:
        lines: place and text.
        heading: regular expression; a line that begins with it begins a section.

    Raises:
        re.error: the expression is none.
    """
    begins = re.compile(heading)
    return [
        Paragraph(place, text.strip(), bool(heading and begins.match(text.strip())))
        for place, text in lines
        if text.strip()
    ]


def cut_passages(paragraphs: Iterable[Paragraph]) -> list[Passage]:
    """Neighbours until there are 400 characters or three of them; no passage spans two sections."""
    passages: list[list[Paragraph]] = []
    for one in paragraphs:
        if one.begins_section or not passages or _is_full(passages[-1]):
            passages.append([])
        passages[-1].append(one)
    return [
        Passage("\n".join(one.text for one in passage), tuple(one.place for one in passage))
        for passage in passages
    ]


def split_passages(paragraphs: Sequence[str]) -> list[str]:
    """As `cut_passages`, of a text that is one section."""
    numbered = (Paragraph(str(number), text) for number, text in enumerate(paragraphs))
    return [passage.text for passage in cut_passages(numbered)]


def cut_long(paragraphs: Iterable[Paragraph], language: str) -> Iterator[Paragraph]:
    """Paragraphs; one of more than 1,000 characters in parts of whole sentences, of one place.

    A part is closed once it has 400 characters. A sentence is never cut, however long.

    Raises:
        InputError: the language is not known.
    """
    for one in paragraphs:
        if len(one.text) <= LONG_CHARACTERS:
            yield one
            continue
        for number, part in enumerate(_parts(split_sentences(one.text, language))):
            yield Paragraph(one.place, part, one.begins_section and number == 0)


def _is_full(passage: Sequence[Paragraph]) -> bool:
    characters = sum(len(one.text) for one in passage)
    return len(passage) == MOST_PARAGRAPHS or characters >= PASSAGE_CHARACTERS


def _parts(sentences: Iterable[str]) -> Iterator[str]:
    part = ""
    for sentence in sentences:
        part = f"{part} {sentence}" if part else sentence
        if len(part) >= PASSAGE_CHARACTERS:
            yield part
            part = ""
    if part:
        yield part
