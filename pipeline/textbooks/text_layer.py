"""The text layer of PDF pages, read with pdfplumber.

Everything here touches the file, and so belongs into a capped child process.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber
from pdfplumber.page import Page as PdfPage

Word = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class LayerPage:
    """One page as its text layer tells it; words are rows of `tables.WORD` in reading order.

    A page that cannot be read has a `problem` and nothing else.
    """

    page_number: int
    width_points: float = 0.0
    height_points: float = 0.0
    words: list[Word] = dataclasses.field(default_factory=list)
    problem: str | None = None


def read_text_layer(path: Path, page_numbers: tuple[int, ...]) -> list[LayerPage]:
    """Read some pages, each closed before the next is opened, so that memory stays flat.

    Args:
        path: the PDF.
        page_numbers: 1-based, ascending.

    Returns:
        A page for each number. Broken files make pdfminer raise errors of every kind, so any
        exception counts as the page's problem.
    """
    pages: dict[int, LayerPage] = {}
    problem = "pdfplumber does not find the page"
    try:
        with pdfplumber.open(path, pages=page_numbers) as pdf:
            for page in pdf.pages:
                pages[page.page_number] = _layer_page_or_problem(page)
    except Exception as error:  # noqa: BLE001 - see Returns
        problem = _told(error)
    return [pages.get(number, LayerPage(number, problem=problem)) for number in page_numbers]


def _layer_page_or_problem(page: PdfPage) -> LayerPage:
    try:
        return _layer_page(page)
    except Exception as error:  # noqa: BLE001 - as in read_text_layer
        return LayerPage(page.page_number, problem=_told(error))
    finally:
        page.close()


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())[:200]


def _layer_page(page: PdfPage) -> LayerPage:
    left, top, right, bottom = page.cropbox
    source = page.dedupe_chars() if _is_printed_twice(page.chars) else page
    found = source.extract_words()
    words = [word for word in found if word["x1"] > left and word["x0"] < right]
    lines = _number_lines(words)
    rows: list[Word] = [
        {
            "text": word["text"],
            "box": {
                "x0": word["x0"] - left,
                "top": word["top"] - top,
                "x1": word["x1"] - left,
                "bottom": word["bottom"] - top,
            },
            "confidence_fraction": 1.0,
            "line_number": line_number,
            "font_size": word["bottom"] - word["top"],
        }
        for word, line_number in zip(words, lines, strict=True)
    ]
    rows.sort(key=lambda row: (row["line_number"], row["box"]["x0"]))
    return LayerPage(page.page_number, right - left, bottom - top, rows)


def _is_printed_twice(chars: list[dict[str, Any]]) -> bool:
    """Whether letters lie upon their likes, which is how some programs make bold type."""
    places = {(char["text"], round(char["x0"]), round(char["top"])) for char in chars}
    return len(places) < len(chars)


def _number_lines(words: list[Word]) -> Iterator[int]:
    """Words follow one another on a line while they overlap it vertically by half their height."""
    number, top, bottom = 0, None, None
    for word in words:
        if top is None or bottom is None:
            top, bottom = word["top"], word["bottom"]
        overlap = min(bottom, word["bottom"]) - max(top, word["top"])
        if overlap < 0.5 * min(bottom - top, word["bottom"] - word["top"]):
            number, top, bottom = number + 1, word["top"], word["bottom"]
        yield number
