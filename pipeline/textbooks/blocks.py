"""From lines to blocks: headings, paragraphs, exercises, captions and table cells (pure).

Blocks are told apart by font size, by the gaps above them, by indentation, and by how they begin.
A paragraph that a page break cuts in two is one block.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Literal

import regex

from pipeline.textbooks.cells import split_tables
from pipeline.textbooks.layout import Line

HEADING_SIZE_RATIO = 1.12
ALONE_SIZE_RATIO = 1.02  # of a heading that other signs betray, such as bold type
ALONE_GAP_RATIO = 1.12
MAX_HEADING_WORDS = 18
GAP_RATIO = 1.45  # of the usual distance between lines
INDENT_EMS = 0.7

LETTER = regex.compile(r"\p{L}")
STOP = regex.compile(r"[.…:;,]['\"»”’)\]]*$")
ENDING = regex.compile(r"[.!?…:;]['\"»”’)\]]*$")
BROKEN = regex.compile(r"\p{L}[-\u2010\u00AD¬]$")
NUMBERED = regex.compile(r"^\d{1,3}[.)]$")
DIVISION_NAMES = (
    "глава|раздел|часть|урок|тема|chapter|section|part|unit|lesson|bap|bölüm|sapak|fəsil|dərs|"
    "ünite|bob|dars|bo[ʻ']lim|бөлім|тарау|сабақ|бөлүм|сабак|боб|дарс|бүлек|дәрес|অধ্যায়|পাঠ"
)
DIVISION = regex.compile(
    rf"^(?:§\s*\d+|(?:{DIVISION_NAMES})\s+[\p{{Nd}}ivxlc]+\s*(?:$|[.:—–-])"
    rf"|(?:\p{{Nd}}+\s*-?\s*\p{{L}}{{0,4}}|[ivxlc]+)\s+(?:{DIVISION_NAMES})\b)",
    regex.IGNORECASE,
)
PICTURE_NAMES = (
    "surat|рис|рисунок|таблица|табл|tablisa|figure|fig|table|şəkil|cədvəl|rasm|jadval|сурет|кесте"
)
CAPTION = regex.compile(
    rf"^(?:(?:{PICTURE_NAMES})\.?\s*\p{{Nd}}+|\p{{Nd}}+\s*-\s*\p{{L}}{{1,4}}\s+(?:{PICTURE_NAMES}))\b",
    regex.IGNORECASE,
)

Kind = Literal["heading", "paragraph", "exercise", "caption", "table"]


@dataclasses.dataclass(frozen=True)
class Block:
    """Lines that are one heading, one paragraph, one exercise, one caption, or one table cell."""

    kind: Kind
    section_number: int
    lines: tuple[Line, ...]


@dataclasses.dataclass(frozen=True)
class _Measures:
    """What is usual in a document, in points; margins by page."""

    size: float
    pitch: float
    left: dict[int, float]
    right: dict[int, float]


def find_blocks(lines: list[Line]) -> list[Block]:
    """Group lines, given in reading order, into blocks in reading order.

    A heading opens a new section; what comes before the first one is in section 0.
    """
    if not lines:
        return []
    measures = _measure(lines)
    section_number = 0
    blocks: list[Block] = []
    for kind, group in _typed_groups(lines, measures):
        section_number += kind == "heading"
        blocks.append(Block(kind, section_number, tuple(group)))
    return blocks


def _measure(lines: list[Line]) -> _Measures:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    size = _weighted_median(weights)
    pages: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        pages[line.page_number].append(line)
    gaps = [
        below.top - above.top
        for above, below in pairwise(lines)
        if above.page_number == below.page_number and 0 < below.top - above.top < 3 * size
    ]
    return _Measures(
        size=size,
        pitch=median(gaps) if gaps else 1.2 * size,
        left={number: min(line.x0 for line in page) for number, page in pages.items()},
        right={number: max(line.x1 for line in page) for number, page in pages.items()},
    )


def _weighted_median(weights: Counter[float]) -> float:
    half = sum(weights.values()) / 2
    for value in sorted(weights):
        half -= weights[value]
        if half <= 0:
            break
    return value


def _typed_groups(lines: list[Line], measures: _Measures) -> Iterator[tuple[Kind, list[Line]]]:
    for is_table, run in split_tables(lines):
        if is_table:
            yield from (("table", [cell]) for cell in run)
        else:
            yield from _text_groups(run, measures)


def _text_groups(lines: list[Line], measures: _Measures) -> Iterator[tuple[Kind, list[Line]]]:
    kinds = [
        _kind(above, line, below, measures)
        for above, line, below in zip([None, *lines[:-1]], lines, [*lines[1:], None], strict=True)
    ]
    kind, group = kinds[0], lines[:1]
    for line, line_kind in zip(lines[1:], kinds[1:], strict=True):
        if _continues(kind, group, line_kind, line, measures):
            group.append(line)
        else:
            yield kind, group
            kind, group = line_kind, [line]
    yield kind, group


def _kind(above: Line | None, line: Line, below: Line | None, measures: _Measures) -> Kind:
    """How a line begins a block, if it begins one."""
    if CAPTION.match(line.text):
        return "caption"
    if len(line.words) > 1 and NUMBERED.match(line.words[0]["text"]):
        return "heading" if _is_large(line, measures) else "exercise"
    return "heading" if _is_heading(above, line, below, measures) else "paragraph"


def _is_heading(above: Line | None, line: Line, below: Line | None, measures: _Measures) -> bool:
    if len(line.words) > MAX_HEADING_WORDS:
        return False
    if DIVISION.match(line.text):
        return True
    return LETTER.search(line.text) is not None and (
        _is_large(line, measures) or _stands_alone(above, line, below, measures)
    )


def _is_large(line: Line, measures: _Measures) -> bool:
    return line.size > HEADING_SIZE_RATIO * measures.size


def _stands_alone(above: Line | None, line: Line, below: Line | None, measures: _Measures) -> bool:
    """A short line in slightly larger type, without a full stop, with space around it."""
    return (
        line.size > ALONE_SIZE_RATIO * measures.size
        and _ends_short(line, measures)
        and not line.text[0].islower()
        and STOP.search(line.text) is None
        and _gap(above, line) > GAP_RATIO * measures.pitch
        and _gap(line, below) > ALONE_GAP_RATIO * measures.pitch
        and (above is None or BROKEN.search(above.text) is None)
    )


def _gap(above: Line | None, below: Line | None) -> float:
    """Distance between two lines; endless at the edges of a page."""
    if above is None or below is None or above.page_number != below.page_number:
        return float("inf")
    return below.top - above.top


def _continues(
    kind: Kind, group: list[Line], line_kind: Kind, line: Line, measures: _Measures
) -> bool:
    """Whether a line belongs to the block that the lines before it form."""
    previous = group[-1]
    if kind == "heading" or line_kind == "heading":
        is_alike = line_kind == "heading" or line.text[0].islower()
        return kind == "heading" and is_alike and _continues_heading(group, line, measures)
    if line_kind != "paragraph" and _may_end(previous, measures):
        return False
    if previous.page_number != line.page_number:
        return kind != "caption" and _continues_over_page(previous, line, measures)
    if not 0 < _gap(previous, line) < GAP_RATIO * measures.pitch:
        return False
    if kind == "caption":  # its lines are centred
        return ENDING.search(previous.text) is None
    is_indented = line.x0 - previous.x0 > INDENT_EMS * line.size
    is_hanging = kind == "exercise" and len(group) == 1 and not _ends_short(previous, measures)
    is_sibling = len(group) == 1 and _is_sibling(previous, line, measures)
    return is_hanging if is_indented else not is_sibling


def _is_sibling(previous: Line, line: Line, measures: _Measures) -> bool:
    """Whether two lines are each the first of a paragraph: both indented, the upper one ended."""
    indent = INDENT_EMS * line.size
    return (
        abs(line.x0 - previous.x0) < 1
        and line.x0 - measures.left[line.page_number] > indent
        and _ends_short(previous, measures)
        and (STOP.search(previous.text) is not None or not line.text[0].islower())
    )


def _continues_heading(group: list[Line], line: Line, measures: _Measures) -> bool:
    ratio = line.size / group[-1].size
    usual_gap = max(measures.pitch, measures.pitch * line.size / measures.size)
    return (
        1 / HEADING_SIZE_RATIO < ratio < HEADING_SIZE_RATIO
        and 0 < _gap(group[-1], line) < GAP_RATIO * usual_gap
        and STOP.search(group[-1].text) is None
        and sum(len(each.words) for each in (*group, line)) <= MAX_HEADING_WORDS
    )


def _continues_over_page(previous: Line, line: Line, measures: _Measures) -> bool:
    """A sentence goes on over the page unless it has ended or a new paragraph begins."""
    if ENDING.search(previous.text):
        return False
    is_indented = line.x0 - measures.left[line.page_number] > INDENT_EMS * line.size
    return not is_indented or line.text[0].islower()


def _may_end(line: Line, measures: _Measures) -> bool:
    return ENDING.search(line.text) is not None or _ends_short(line, measures)


def _ends_short(line: Line, measures: _Measures) -> bool:
    left, right = measures.left[line.page_number], measures.right[line.page_number]
    return right - line.x1 > 0.15 * (right - left)
