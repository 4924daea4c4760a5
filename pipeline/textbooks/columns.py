"""Reading order on pages set in columns (pure).

A page is cut as in the recursive X-Y cut (Nagy and Seth 1984): where a white strip runs down
through enough lines of running text, what is left of it is read before what is right of it, and
each part is cut again. Rows of a table have such strips too, but their cells do not fill columns.
"""

import dataclasses
from collections.abc import Iterator
from itertools import count, groupby, pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pipeline.textbooks.kinds import GAP_RATIO
from pipeline.textbooks.layout import Line, Word, part_of

MIN_GUTTER_EMS = 1.0
MIN_COLUMN_LINES = 4
MIN_FILL_FRACTION = 0.7  # of a column's width that its median line takes
MIN_LINE_WORDS = 2.5  # of a column, the mean
STRIP_POINTS = 2.0  # apart are the places at which a strip is looked for


@dataclasses.dataclass(frozen=True)
class _Band:
    """Lines `start` to `end`, all of which leave a strip around `x` white."""

    start: int
    end: int
    x: float

    def cut(self, lines: list[Line]) -> tuple[list[Line], list[Line]]:
        """The lines left and right of the strip; a line that has words on both is cut."""
        sides: tuple[list[Line], list[Line]] = [], []
        for line in lines[self.start : self.end]:
            for side, words in zip(sides, _sides(line, self.x), strict=True):
                if words:
                    side.append(part_of(line, words))
        return sides


def in_reading_order(lines: list[Line]) -> list[Line]:
    """Lines of a document with columns read one after the other.

    Args:
        lines: page by page, from top to bottom; a line may run through several columns.

    Returns:
        All words of the lines, in lines that end with their column. `column_number` is 0 for what
        runs over the whole page, and counts the columns of a page from 1 on.
    """
    ordered: list[Line] = []
    for _, on_page in groupby(lines, key=lambda line: line.page_number):
        ordered += _ordered(list(on_page), 0, count(1))
    return ordered


def _ordered(lines: list[Line], column_number: int, unused: Iterator[int]) -> list[Line]:
    band = _find_band(lines)
    if band is None:
        return [dataclasses.replace(line, column_number=column_number) for line in lines]
    left, right = band.cut(lines)
    return [
        *_ordered(lines[: band.start], column_number, unused),
        *_ordered(left, next(unused), unused),
        *_ordered(right, next(unused), unused),
        *_ordered(lines[band.end :], column_number, unused),
    ]


def _find_band(lines: list[Line]) -> _Band | None:
    """The band with the most lines in its shorter column; the middle of its strip."""
    if len(lines) < MIN_COLUMN_LINES:
        return None
    places, is_white = _white_strips(lines)
    found: dict[tuple[int, int], list[float]] = {}
    for x, column in zip(places.tolist(), is_white.T, strict=True):
        for is_run, run in groupby(range(len(lines)), key=column.__getitem__):
            if is_run and len(rows := list(run)) >= MIN_COLUMN_LINES:
                found.setdefault((rows[0], rows[-1] + 1), []).append(x)
    bands = [_trimmed(_Band(*rows, median(xs)), lines) for rows, xs in found.items()]
    columns = [(band, band.cut(lines)) for band in bands]
    sizes = [(min(len(left), len(right)), band) for band, (left, right) in columns
             if _is_columns(left, right)]  # fmt: skip
    return max(sizes, key=lambda each: each[0])[1] if sizes else None


def _white_strips(lines: list[Line]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Places across the page, and by line whether a gutter's width around each is white."""
    half = MIN_GUTTER_EMS * median(line.size for line in lines) / 2
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    places = np.arange(left + half, right - half, STRIP_POINTS)
    is_white = np.ones((len(lines), len(places)), dtype=bool)
    for row, line in enumerate(lines):
        for x0, x1 in _levelled(line):
            is_white[row] &= (places + half <= x0) | (places - half >= x1)
    return places, is_white


def _levelled(line: Line) -> Iterator[tuple[float, float]]:
    """Left and right edge of each word on the levelled page."""
    shift = line.x0 - line.words[0]["box"]["x0"]
    for word in line.words:
        yield word["box"]["x0"] + shift, word["box"]["x1"] + shift


def _sides(line: Line, x: float) -> tuple[list[Word], list[Word]]:
    """The words of a line left and right of a place."""
    sides: tuple[list[Word], list[Word]] = [], []
    for word, (_, right) in zip(line.words, _levelled(line), strict=True):
        sides[right > x].append(word)
    return sides


def _trimmed(band: _Band, lines: list[Line]) -> _Band:
    """A band from its first line with words on the right, without a block set apart below it.

    A short line that stands over both columns, such as a heading, has words on the left alone.
    """
    rows = range(band.start, band.end)
    is_left = {row: lines[row].x1 <= band.x for row in rows}
    start = next((row for row in rows if not is_left[row]), band.end)
    pitch = median([below.top - above.top for above, below in _neighbours(lines, band)] or [0.0])
    both = [row for row in rows if lines[row].x0 < band.x < lines[row].x1]
    end = band.end
    for row in range(both[-1] + 1 if both else band.end, band.end):
        if is_left[row] and lines[row].top - lines[row - 1].top > GAP_RATIO * pitch:
            end = row
            break
    return dataclasses.replace(band, start=min(start, end), end=end)


def _neighbours(lines: list[Line], band: _Band) -> Iterator[tuple[Line, Line]]:
    inside = lines[band.start : band.end]
    yield from pairwise(inside)


def _is_columns(left: list[Line], right: list[Line]) -> bool:
    """Whether both sides are running text, and stand beside one another."""
    if min(len(left), len(right)) < MIN_COLUMN_LINES:
        return False
    top, bottom = max(left[0].top, right[0].top), min(left[-1].top, right[-1].top)
    shorter = min(side[-1].top - side[0].top for side in (left, right))
    return bottom - top > shorter / 2 and all(map(_is_running_text, (left, right)))


def _is_running_text(side: list[Line]) -> bool:
    width = max(line.x1 for line in side) - min(line.x0 for line in side)
    fill = median(line.x1 - line.x0 for line in side) / width
    words = sum(len(line.words) for line in side) / len(side)
    return fill >= MIN_FILL_FRACTION and words >= MIN_LINE_WORDS
