"""Sets chapters into pages of justified, hyphenated lines; pure apart from reading font metrics.

Lines are filled greedily: a word is divided only where its line would otherwise be stretched beyond
`LOOSEST_SPACE` (first fit, as in Knuth & Plass 1981, section 1). All lengths are points; a mark's
position counts from the left edge of the text block and from the top of its line.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile

import pyphen
from book import Block
from reportlab.pdfbase.pdfmetrics import stringWidth

WIDTH_PT, HEIGHT_PT = 322.0, 488.0  # of the text block
BODY, BOLD, ITALIC = "Reader", "Reader-Bold", "Reader-Italic"
BODY_PT, LEADING_PT = 10.3, 14.0
INDENT_PT, EXERCISE_INDENT_PT = 14.0, 20.0
LOOSEST_SPACE = 1.7  # of a natural space
CIRCLE_CORNERS = 24
LEAST_PART = 2  # letters on either side of a division

Hyphenator = Callable[[str], Sequence[int]]
_WORD = re.compile(r"([\W\d_]*)([^\W\d_]{5,})([\W\d_]*)")
_SYLLABLE = re.compile(r"[^aäeioöuüy]?[aäeioöuüy]")
# Spaces that must not end a line: after an initial, before a dash, between a number and its unit.
_GLUED = re.compile(r"(?<=\b[^\W\d_]\.) | (?=[—–])|(?<=\d) (?=[^\W\d_]{1,2}\b)")
_GLUE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Mark:
    """A run of text at a place of a line."""

    x: float
    text: str
    font: str = BODY
    size: float = BODY_PT


@dataclass(frozen=True)
class Line:
    """What is set at one height.

    Attributes:
        marks: runs of text, left to right.
        height: distance to the next line; points.
        keep: whether it must share a page with the next line.
        strokes: polylines drawn from the line's upper left corner, y downwards.
    """

    marks: tuple[Mark, ...]
    height: float = LEADING_PT
    keep: bool = False
    strokes: tuple[tuple[float, ...], ...] = ()

    @property
    def baseline(self) -> float:
        """Distance of the baseline from the line's top."""
        return self.height * 0.72 if self.height > LEADING_PT else LEADING_PT * 0.78

    @property
    def text(self) -> str:
        """The line as read, a hyphen at its end where a word was divided."""
        return " ".join(mark.text.strip() for mark in self.marks)


def hyphenator(language: str) -> Hyphenator:
    """Return the places where a word may be divided; two letters stay on either side."""
    if language == "rus":
        russian = pyphen.Pyphen(lang="ru_RU")
        return lambda word: [int(place) for place in russian.positions(word)]
    return turkmen_breaks


def turkmen_breaks(word: str) -> list[int]:
    """Divide before the last consonant in front of a vowel, the rule of Turkmen syllables."""
    starts = [syllable.start() for syllable in _SYLLABLE.finditer(word.lower())]
    return [start for start in starts if LEAST_PART <= start <= len(word) - LEAST_PART]


@dataclass(frozen=True)
class Style:
    """How a block is set: font, size, indents of its first and other lines, and alignment."""

    font: str = BODY
    size: float = BODY_PT
    first: float = 0.0
    rest: float = 0.0
    centred: bool = False
    leading: float = LEADING_PT


STYLES = {
    "title": Style(BOLD, 16.0, centred=True, leading=30.0),
    "heading": Style(BOLD, 11.0, leading=21.0),
    "paragraph": Style(first=INDENT_PT),
    "caption": Style(ITALIC, 9.4, centred=True, leading=13.4),
    "exercise": Style(first=EXERCISE_INDENT_PT, rest=EXERCISE_INDENT_PT),
}


def paginate(chapters: Sequence[Sequence[Block]], language: str) -> list[tuple[str, list[Line]]]:
    """Set one edition's chapters; each begins a page and is left out where it has no sentence.

    Returns:
        Per page the title of its chapter and its lines, in reading order.
    """
    pages = []
    for chapter in chapters:
        if any(bead[language] for block in chapter for bead in block.beads):
            title = chapter[0].beads[0][language][0]
            pages += [(title, page) for page in _pages(set_chapter(chapter, language))]
    return pages


def set_chapter(chapter: Sequence[Block], language: str) -> list[Line]:
    """Set a chapter's blocks one under another; what belongs together is marked to be kept."""
    divide, lines = hyphenator(language), list[Line]()
    for block, following in zip(chapter, [*chapter[1:], None], strict=True):
        new = list(_set_block(block, language, divide))
        tied = block.kind in {"title", "heading", "figure"} or (
            block.kind == "caption" and following is not None and following.kind == "table"
        )
        lines += [replace(line, keep=True) for line in new] if tied else new
    return lines


def _pages(lines: Sequence[Line]) -> Iterator[list[Line]]:
    page, chunk, used = list[Line](), list[Line](), 0.0
    for line in lines:
        chunk.append(line)
        if line.keep:
            continue
        height = sum(part.height for part in chunk)
        if page and used + height > HEIGHT_PT:
            yield page
            page = []
        # A gap has no place at the head of a page.
        page += chunk if page else dropwhile(lambda part: not (part.marks or part.strokes), chunk)
        used, chunk = sum(part.height for part in page), []
    if page:
        yield page


def _set_block(block: Block, language: str, divide: Hyphenator) -> Iterator[Line]:
    if block.kind == "figure":
        yield Line((), block.height_pt + 6, keep=True, strokes=_figure(block))
    elif block.rows:
        yield from _table(block.rows[language])
    elif block.kind == "exercise":
        yield Line((), 10.0, keep=True)
        items = [" ".join(bead[language]) for bead in block.beads if bead[language]]
        for number, item in enumerate(items, start=1):
            yield from _set_text(item, STYLES["exercise"], divide, f"{number}.")
    else:
        text = " ".join(sentence for bead in block.beads for sentence in bead[language])
        yield from _set_text(text, STYLES[block.kind], divide)
        if block.kind in {"paragraph", "caption"}:
            yield Line((), 5.0)


def _figure(block: Block) -> tuple[tuple[float, ...], ...]:
    turns = [2 * math.pi * corner / CIRCLE_CORNERS for corner in range(CIRCLE_CORNERS + 1)]
    rounds = [
        tuple(place for turn in turns for place in (x + r * math.cos(turn), y + r * math.sin(turn)))
        for x, y, r in block.circles
    ]
    return (*block.strokes, *rounds)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    column = WIDTH_PT / len(rows[0])
    for place, row in enumerate(rows):
        font = BODY if place else BOLD
        marks = tuple(Mark(column * i + 6, cell, font, 9.6) for i, cell in enumerate(row))
        rules = {0: (2.0, 19.0), len(rows) - 1: (19.0,)}.get(place, ())
        strokes = tuple((0.0, y, WIDTH_PT, y) for y in rules)
        yield Line(marks, 17.0, keep=True, strokes=strokes)
    yield Line((), 10.0)


def _set_text(text: str, style: Style, divide: Hyphenator, label: str = "") -> Iterator[Line]:
    rows = _fill(_GLUED.sub(_GLUE, text).split(" "), style, divide)
    for place, row in enumerate(rows):
        last = place == len(rows) - 1
        marks = _justify(row, style, first=place == 0, loose=last)
        if label and place == 0:
            marks = (Mark(4.0, label), *marks)
        # Neither the first nor the last line of a paragraph stands alone on a page.
        yield Line(marks, style.leading, keep=not last and place in {0, len(rows) - 2})


def _justify(row: Sequence[str], style: Style, *, first: bool, loose: bool) -> tuple[Mark, ...]:
    widths = [stringWidth(word, style.font, style.size) for word in row]
    left, space = style.first if first else style.rest, stringWidth(" ", style.font, style.size)
    if style.centred:
        left = (WIDTH_PT - sum(widths) - space * (len(row) - 1)) / 2
    elif not loose and len(row) > 1:
        space = (WIDTH_PT - left - sum(widths)) / (len(row) - 1)
    marks = []
    for word, width in zip(row, widths, strict=True):
        marks.append(Mark(left, word.replace(_GLUE, " "), style.font, style.size))
        left += width + space
    return tuple(marks)


def _fill(words: Sequence[str], style: Style, divide: Hyphenator) -> list[list[str]]:
    rows, row, waiting = list[list[str]](), list[str](), deque(words)
    space = stringWidth(" ", style.font, style.size)
    while waiting:
        word = waiting.popleft()
        room = WIDTH_PT - (style.rest if rows else style.first)
        left = room - sum(stringWidth(part, style.font, style.size) + space for part in row)
        if stringWidth(word, style.font, style.size) <= left:
            row.append(word)
            continue
        head, tail = word, ""
        too_loose = not style.centred and left + space > (LOOSEST_SPACE - 1) * space * len(row)
        if too_loose and waiting:  # a paragraph's last word stays whole
            head, tail = _divided(word, left, style, divide)
        if tail:
            row.append(head)
        waiting.appendleft(tail or word)
        rows, row = [*rows, row], []
    return [*rows, row] if row else rows


def _divided(word: str, room: float, style: Style, divide: Hyphenator) -> tuple[str, str]:
    """Return the longest beginning of `word` that fits, with its hyphen, and the rest."""
    match = _WORD.fullmatch(word)
    places = divide(match[2]) if match else ()
    for place in sorted(places, reverse=True):
        cut = len(match[1]) + place if match else 0
        head = word[:cut] + "-"
        if stringWidth(head, style.font, style.size) <= room:
            return head, word[cut:]
    return word, ""
