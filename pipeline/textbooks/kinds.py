"""What kind of block a line begins, by its size, its place and how it begins (pure)."""

import dataclasses
from collections import Counter, defaultdict
from itertools import pairwise
from statistics import median
from typing import Literal

import regex

from pipeline.textbooks.formulas import is_formula
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
BULLET = regex.compile(r"^(?:[•‣▪●○◦■□▸►➢✓∗*·]|\p{L}\))$")
DASH = regex.compile(r"^[-–—−]$")
LIST_LEAD = regex.compile(r"[:;]$")
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

Kind = Literal["heading", "paragraph", "exercise", "list", "formula", "caption", "table"]
Frame = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Measures:
    """What is usual in a document, in points; margins by page and column."""

    size: float
    pitch: float
    left: dict[Frame, float]
    right: dict[Frame, float]


def measure(lines: list[Line]) -> Measures:
    """What is usual among the lines of a document; at least one."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    size = _weighted_median(weights)
    frames: dict[Frame, list[Line]] = defaultdict(list)
    for line in lines:
        frames[line.frame].append(line)
    gaps = [
        below.top - above.top
        for above, below in pairwise(lines)
        if above.frame == below.frame and 0 < below.top - above.top < 3 * size
    ]
    return Measures(
        size=size,
        pitch=median(gaps) if gaps else 1.2 * size,
        left={frame: min(line.x0 for line in inside) for frame, inside in frames.items()},
        right={frame: max(line.x1 for line in inside) for frame, inside in frames.items()},
    )


def _weighted_median(weights: Counter[float]) -> float:
    half = sum(weights.values()) / 2
    for value in sorted(weights):
        half -= weights[value]
        if half <= 0:
            break
    return value


def kind_of(above: Line | None, line: Line, below: Line | None, measures: Measures) -> Kind:
    """How a line begins a block, if it begins one."""
    if CAPTION.match(line.text):
        return "caption"
    if len(line.words) > 1 and NUMBERED.match(line.words[0]["text"]):
        return "heading" if _is_large(line, measures) else "exercise"
    if _is_list_item(above, line):
        return "list"
    if is_formula(line.text) and _stands_apart(above, line, measures):
        return "formula"
    return "heading" if _is_heading(above, line, below, measures) else "paragraph"


def _is_list_item(above: Line | None, line: Line) -> bool:
    """A dash opens speech as well, so it counts below a colon or another item alone."""
    if len(line.words) == 1:
        return False
    first = line.words[0]["text"]
    is_led = above is not None and LIST_LEAD.search(above.text) is not None
    return BULLET.match(first) is not None or (is_led and DASH.match(first) is not None)


def _stands_apart(above: Line | None, line: Line, measures: Measures) -> bool:
    is_indented = line.x0 - measures.left[line.frame] > INDENT_EMS * line.size
    return above is None or is_indented or may_end(above, measures)


def _is_heading(above: Line | None, line: Line, below: Line | None, measures: Measures) -> bool:
    if len(line.words) > MAX_HEADING_WORDS:
        return False
    if DIVISION.match(line.text):
        return True
    return LETTER.search(line.text) is not None and (
        _is_large(line, measures) or _stands_alone(above, line, below, measures)
    )


def _is_large(line: Line, measures: Measures) -> bool:
    return line.size > HEADING_SIZE_RATIO * measures.size


def _stands_alone(above: Line | None, line: Line, below: Line | None, measures: Measures) -> bool:
    """A short line in slightly larger type, without a full stop, with space around it."""
    return (
        line.size > ALONE_SIZE_RATIO * measures.size
        and ends_short(line, measures)
        and not line.text[0].islower()
        and STOP.search(line.text) is None
        and gap(above, line) > GAP_RATIO * measures.pitch
        and gap(line, below) > ALONE_GAP_RATIO * measures.pitch
        and (above is None or BROKEN.search(above.text) is None)
    )


def gap(above: Line | None, below: Line | None) -> float:
    """Distance between two lines; endless at the edges of a page."""
    if above is None or below is None or above.frame != below.frame:
        return float("inf")
    return below.top - above.top


def may_end(line: Line, measures: Measures) -> bool:
    """Whether a block may end with a line."""
    return ENDING.search(line.text) is not None or ends_short(line, measures)


def ends_short(line: Line, measures: Measures) -> bool:
    """Whether a line leaves some of its column's width empty."""
    left, right = measures.left[line.frame], measures.right[line.frame]
    return right - line.x1 > 0.15 * (right - left)
