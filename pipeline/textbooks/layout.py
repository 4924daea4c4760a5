"""From the words of pages to lines, and lines apart from running headers and page numbers (pure).

A line's words have boxes on the page given the quarter turns that OCR gave it, and beside them
`box_on_page`, as it lies; the line's own position is levelled too, so that a scan put slightly
askew still has straight margins.
"""

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from statistics import median
from typing import Any

import pyarrow as pa
import regex
from rapidfuzz import fuzz

from pipeline.textbooks.righting import upright

MIN_RUN_POINTS, MIN_SLOPES = 100.0, 3  # to tell how far a page is askew
EDGE_LINES = 2  # furniture is among the first or last so many lines of its page
SAME_HEIGHT_POINTS = 14.0
SAME_LINE_POINTS = 7.0
SIMILAR_PERCENT = 80.0  # rapidfuzz ratio at which two running headers are one, misread
MIN_REPEAT_FRACTION = 0.25  # of the pages: left and right pages may differ, chapters too
PAGE_NUMBER = regex.compile(r"[\W_]*(?:\d{1,4}|[ivxlc]{1,6})[\W_]*", regex.IGNORECASE)
DIGITS = regex.compile(r"\d+")

Word = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Line:
    """One printed line; `x0`, `top`, `x1`, `bottom` in points on the levelled page.

    `column_number` is 0 until `columns.in_reading_order` has told the columns of the page.
    """

    page_number: int
    words: tuple[Word, ...]
    x0: float
    top: float
    x1: float
    bottom: float
    column_number: int = 0

    @property
    def frame(self) -> tuple[int, int]:
        """What the line has its margins from: its page, and its column there."""
        return self.page_number, self.column_number

    @cached_property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(word["text"] for word in self.words)

    @cached_property
    def size(self) -> float:
        """Font size in points, the median over words."""
        return float(median(word["font_size"] for word in self.words))


@dataclasses.dataclass(frozen=True)
class Furniture:
    """A line, or a part of one, that belongs to the page, not to the text."""

    line: Line
    name: str  # page number | running header | stray marks | ...


def read_lines(pages: pa.Table) -> list[Line]:
    """Lines of all pages that were not rejected, in reading order."""
    lines: list[Line] = []
    for page in pages.to_pylist():
        if page["reject_reason"] is None:
            lines += _page_lines(page["page_number"], _upright_words(page))
    return lines


def _upright_words(page: Mapping[str, Any]) -> list[Word]:
    """Words with boxes on the page as it is read, and `box_on_page` as it lies."""
    quarters = round((page["turned_degrees"] or 0) / 90) % 4
    size = (page["width_points"], page["height_points"])
    return [
        word | {"box": upright(word["box"], quarters, size), "box_on_page": word["box"]}
        for word in page["words"] or []
    ]


def _page_lines(page_number: int, words: list[Word]) -> list[Line]:
    grouped: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        grouped[word["line_number"]].append(word)
    slope = _slope(grouped.values())
    return [_line(page_number, grouped[number], slope) for number in sorted(grouped)]


def _slope(lines: Iterable[list[Word]]) -> float:
    """How far lines fall per point to the right: the median over lines of some length."""
    slopes = []
    for words in lines:
        first, last = words[0]["box"], words[-1]["box"]
        if (run := last["x0"] - first["x0"]) > MIN_RUN_POINTS:
            slopes.append((last["bottom"] - first["bottom"]) / run)
    return median(slopes) if len(slopes) >= MIN_SLOPES else 0.0


def _line(page_number: int, words: list[Word], slope: float) -> Line:
    """Level a line by turning the page about its top left corner."""
    cosine = 1 / math.hypot(1, slope)
    boxes = [word["box"] for word in words]
    return Line(
        page_number=page_number,
        words=tuple(words),
        x0=min((box["x0"] + box["top"] * slope) * cosine for box in boxes),
        top=median((box["top"] - box["x0"] * slope) * cosine for box in boxes),
        x1=max((box["x1"] + box["top"] * slope) * cosine for box in boxes),
        bottom=median((box["bottom"] - box["x0"] * slope) * cosine for box in boxes),
    )


def part_of(line: Line, words: Sequence[Word]) -> Line:
    """The line that some neighbouring words of a line make."""
    first, last = line.words[0]["box"], line.words[-1]["box"]
    return dataclasses.replace(
        line,
        words=tuple(words),
        x0=line.x0 + words[0]["box"]["x0"] - first["x0"],
        x1=line.x1 + words[-1]["box"]["x1"] - last["x1"],
    )


def split_furniture(lines: list[Line]) -> tuple[list[Line], list[Furniture]]:
    """Set running headers and footers and page numbers apart from the text.

    From the edge of its page inwards, a line is furniture if it is a bare number, if a similar
    line stands at the same height on a quarter of the pages, and on two at least (digits count as
    equal), or if it stands where such a header or footer stands on other pages.
    """
    pages: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.top):
        pages[line.page_number].append(line)
    edges = [line for on_page in pages.values() for line in (*_head(on_page), *_foot(on_page))]
    needed = max(2.0, MIN_REPEAT_FRACTION * len(pages))
    repeated = {id(line): line for line in edges if _repeat_count(line, edges) >= needed}
    heights = [line.top for line in repeated.values()]

    def is_furniture(line: Line) -> bool:
        is_in_place = any(abs(line.top - height) < SAME_LINE_POINTS for height in heights)
        return id(line) in repeated or is_in_place or PAGE_NUMBER.fullmatch(line.text) is not None

    names: dict[int, str] = {}
    for on_page in pages.values():
        if len(on_page) > 1:
            names |= _named(takewhile(is_furniture, _head(on_page)), "running header")
            names |= _named(takewhile(is_furniture, _foot(on_page)), "running footer")
    furniture = [Furniture(line, names[id(line)]) for line in lines if id(line) in names]
    return [line for line in lines if id(line) not in names], furniture


def _head(on_page: list[Line]) -> list[Line]:
    """The lines at the top of a page, from its edge inwards."""
    return on_page[: min(EDGE_LINES, len(on_page) // 2)]


def _foot(on_page: list[Line]) -> list[Line]:
    """The lines at the bottom of a page, from its edge inwards."""
    return on_page[: -min(EDGE_LINES, len(on_page) // 2) - 1 : -1]


def _named(lines: Iterable[Line], name: str) -> dict[int, str]:
    return {id(line): "page number" if PAGE_NUMBER.fullmatch(line.text) else name for line in lines}


def _repeat_count(line: Line, edges: list[Line]) -> int:
    """On how many pages a line like this one stands at its height."""
    return len(
        {
            other.page_number
            for other in edges
            if abs(other.top - line.top) < SAME_HEIGHT_POINTS
            and fuzz.ratio(DIGITS.sub("0", line.text), DIGITS.sub("0", other.text))
            >= SIMILAR_PERCENT
        }
    )
