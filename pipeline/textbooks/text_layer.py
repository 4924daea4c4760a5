"""The text layer of PDF pages: read with pdfium, and with pdfplumber where pdfium cannot.

Everything here touches the file, and so belongs into a capped child process.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2
from pdfplumber.page import Page as PdfPage

from pipeline.textbooks.pdfium_words import PlacedWord, TurnedTextError, page_words
from pipeline.textbooks.rendering import count_pages

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

    pdfplumber takes the pages that pdfium cannot load, and those with turned text.

    Args:
        path: the PDF.
        page_numbers: 1-based, ascending.

    Returns:
        A page for each number. Broken files make pdfminer raise errors of every kind, so any
        exception counts as the page's problem.
    """
    pages = read_with_pdfium(path, page_numbers)
    left_over = tuple(number for number in page_numbers if number not in pages)
    if left_over:
        pages |= read_with_pdfplumber(path, left_over)
    return [pages[number] for number in page_numbers]


def read_with_pdfium(path: Path, page_numbers: tuple[int, ...]) -> dict[int, LayerPage]:
    """Those of the pages (1-based) that pdfium can read, by number."""
    pages: dict[int, LayerPage] = {}
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return pages
    for number in page_numbers:
        try:
            page = pdf[number - 1]
            width, height = page.get_size()
            pages[number] = _layer_page(number, width, height, page_words(page))
            page.close()
        except (pypdfium2.PdfiumError, IndexError, TurnedTextError):
            continue
    pdf.close()
    return pages


def read_with_pdfplumber(path: Path, page_numbers: tuple[int, ...]) -> dict[int, LayerPage]:
    """The pages (1-based) by number, one that cannot be read with its problem."""
    pages: dict[int, LayerPage] = {}
    problem = "pdfplumber does not find the page"
    try:
        with pdfplumber.open(path) as pdf:
            if len(pdf.pages) != count_pages(path):
                raise ValueError("pdfplumber counts other pages than pdfium")  # noqa: TRY301
            for page in pdf.pages:
                if page.page_number in page_numbers:
                    pages[page.page_number] = _plumbed_page_or_problem(page)
    except Exception as error:  # noqa: BLE001 - see `read_text_layer`
        problem = _told(error)
    return {
        number: pages.get(number, LayerPage(number, problem=problem)) for number in page_numbers
    }


def _plumbed_page_or_problem(page: PdfPage) -> LayerPage:
    try:
        return _plumbed_page(page)
    except Exception as error:  # noqa: BLE001 - as in read_text_layer
        return LayerPage(page.page_number, problem=_told(error))
    finally:
        page.close()


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())[:200]


def _plumbed_page(page: PdfPage) -> LayerPage:
    left, top, right, bottom = page.cropbox
    source = page.dedupe_chars() if _is_printed_twice(page.chars) else page
    words = [
        PlacedWord(
            word["text"],
            word["x0"] - left,
            word["top"] - top,
            word["x1"] - left,
            word["bottom"] - top,
        )
        for word in source.extract_words()
    ]
    return _layer_page(page.page_number, right - left, bottom - top, words)


def _layer_page(
    page_number: int, width: float, height: float, found: list[PlacedWord]
) -> LayerPage:
    """Number the lines of words given from the top, and leave out those beside the page."""
    words = [word for word in found if word.x1 > 0 and word.x0 < width]
    rows: list[Word] = [
        {
            "text": word.text,
            "box": {"x0": word.x0, "top": word.top, "x1": word.x1, "bottom": word.bottom},
            "confidence_fraction": 1.0,
            "line_number": line_number,
            "font_size": word.bottom - word.top,
        }
        for word, line_number in zip(words, _number_lines(words), strict=True)
    ]
    rows.sort(key=lambda row: (row["line_number"], row["box"]["x0"]))
    return LayerPage(page_number, width, height, rows)


def _is_printed_twice(chars: list[dict[str, Any]]) -> bool:
    """Whether letters lie upon their likes, which is how some programs make bold type."""
    places = {(char["text"], round(char["x0"]), round(char["top"])) for char in chars}
    return len(places) < len(chars)


def _number_lines(words: list[PlacedWord]) -> Iterator[int]:
    """Words follow one another on a line while they overlap it vertically by half their height."""
    number, top, bottom = 0, None, None
    for word in words:
        if top is None or bottom is None:
            top, bottom = word.top, word.bottom
        overlap = min(bottom, word.bottom) - max(top, word.top)
        if overlap < 0.5 * min(bottom - top, word.bottom - word.top):
            number, top, bottom = number + 1, word.top, word.bottom
        yield number
