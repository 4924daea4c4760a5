"""Set apart what is no text: what OCR makes of pictures, and dot leaders (pure).

A stamp, an emblem or a signature is read as words that the engine doubts and whose boxes are too
tall, too flat or too wide for their letters; short words between and beside them belong to them.
Where such marks stand on a line of text, they alone are taken out of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

import numpy as np
import regex

from pipeline.textbooks.layout import Furniture, Line, Word, part_of

SURE_CONFIDENCE = 0.8  # words that tell what is usual on the page
STRAY_CONFIDENCE, HOPELESS_CONFIDENCE = 0.7, 0.1
UNSURE_LINE_CONFIDENCE = 0.5
TALL, FLAT, WIDE = 1.6, 0.3, 2.5  # of the usual height of words, and width of a letter
MIN_USUAL_WORDS = 8
SHORT_LETTERS = 3
PLAUSIBLE_CONFIDENCE, SYMBOL_CONFIDENCE = 0.3, 0.9

WORD_LIKE = regex.compile(r"[\p{L}\p{M}]{2}|\d{2}")
LETTER, SAID = regex.compile(r"\p{L}"), regex.compile(r"[\p{L}\p{N}]")
LEADER = regex.compile(r"[.·…‥]{5,}|…{2,}|_+")
CONTENTS = regex.compile(r"(?:[.·…‥]\s?){5,}\s*\p{N}{1,4}$")


class Usual(NamedTuple):
    """What is usual on a page, in points: height of a word, and width of a letter."""

    height: float
    letter_width: float


def set_apart(lines: Sequence[Line]) -> tuple[list[Line], list[Furniture]]:
    """Divide lines into those that are left of them and what is no text, in order.

    Args:
        lines: of all pages.

    Returns:
        Lines of text; and stray marks, lines to fill in, and lines of a table of contents. Parts of
        one line may be in both.
    """
    usual = _usual_by_page(lines)
    text: list[Line] = []
    apart: list[Furniture] = []
    for line in lines:
        if name := _name(line):
            apart.append(Furniture(line, name))
            continue
        names = _names(line.words, usual.get(line.page_number))
        for name, run in groupby(zip(names, line.words, strict=True), key=lambda pair: pair[0]):
            if name is not None:
                apart.append(Furniture(part_of(line, [word for _, word in run]), name))
        if kept := [word for name, word in zip(names, line.words, strict=True) if name is None]:
            text.append(part_of(line, kept))
    return text, apart


def _usual_by_page(lines: Iterable[Line]) -> dict[int, Usual]:
    """Of the pages with enough sure words to tell."""
    sure: dict[int, list[Word]] = defaultdict(list)
    for line in lines:
        sure[line.page_number] += [
            word for word in line.words if word["confidence_fraction"] >= SURE_CONFIDENCE
        ]
    return {
        page: Usual(
            float(np.quantile([_height(word) for word in words], 0.75)),
            float(np.median([_width(word) / len(word["text"]) for word in words])),
        )
        for page, words in sure.items()
        if len(words) >= MIN_USUAL_WORDS
    }


def _height(word: Word) -> float:
    return float(word["box"]["bottom"] - word["box"]["top"])


def _width(word: Word) -> float:
    return float(word["box"]["x1"] - word["box"]["x0"])


def _name(line: Line) -> str | None:
    """What a whole line is, if it is no text."""
    if CONTENTS.search(line.text):
        return "table of contents"
    return "stray marks" if _is_drawing(line) else None


def _is_drawing(line: Line) -> bool:
    """Whether a line is what OCR makes of a drawing: unsure, without a plausible word."""
    mean = sum(word["confidence_fraction"] for word in line.words) / len(line.words)
    if WORD_LIKE.search(line.text) is None:
        return bool(mean < STRAY_CONFIDENCE)
    return mean < UNSURE_LINE_CONFIDENCE and not any(
        len(LETTER.findall(word["text"])) > SHORT_LETTERS
        and word["confidence_fraction"] >= HOPELESS_CONFIDENCE
        for word in line.words
    )


def _names(words: Sequence[Word], usual: Usual | None) -> list[str | None]:
    """What each word of a line is, if it is no text."""
    is_stray = [usual is not None and _is_mark(word, usual) for word in words]
    for first, last in pairwise([place for place, stray in enumerate(is_stray) if stray]):
        if all(map(_is_short, words[first + 1 : last])):
            is_stray[first:last] = [True] * (last - first)
    onwards, backwards = range(len(words)), range(len(words) - 1, -1, -1)
    for one, other in (*pairwise(onwards), *pairwise(backwards)):
        is_stray[other] |= is_stray[one] and _may_join(words[other])
    names: list[str | None] = ["stray marks" if stray else None for stray in is_stray]
    for places in (onwards, backwards):
        for place in takewhile(lambda place: LEADER.fullmatch(words[place]["text"]), places):
            names[place] = "line to fill in"
    return names


def _is_short(word: Word) -> bool:
    return len(LETTER.findall(word["text"])) <= SHORT_LETTERS


def _may_join(word: Word) -> bool:
    return bool(word["confidence_fraction"] < SURE_CONFIDENCE) and _is_short(word)


def _is_mark(word: Word, usual: Usual) -> bool:
    """Whether the engine doubts a word, and its box has no shape of a word.

    Symbols are judged by their height alone: a dash is flat and wide.
    """
    confidence, height = word["confidence_fraction"], _height(word)
    is_tall = height > TALL * usual.height
    if SAID.search(word["text"]) is None:
        return bool(confidence < SYMBOL_CONFIDENCE and is_tall)
    limit = STRAY_CONFIDENCE if _is_short(word) else PLAUSIBLE_CONFIDENCE
    is_flat = height < FLAT * usual.height
    is_wide = _width(word) > WIDE * usual.letter_width * len(word["text"])
    return bool(confidence < limit and (is_tall or is_flat or is_wide))
