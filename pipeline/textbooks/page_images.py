"""Pictures of whole pages of the inbox's editions, drawn in capped child processes."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pipeline.sandbox import Failure, map_capped
from pipeline.textbooks.crops import MEMORY_BYTES, TIMEOUT_SECONDS, page_image
from pipeline.textbooks.inbox import pdf_finder
from pipeline.textbooks.rendering import count_pages, page_size

PAGES_AT_ONCE = 32


class PagePicture(NamedTuple):
    """A JPEG of a page, and the page's size in points."""

    data: bytes
    width_points: float
    height_points: float


PagePictures = Callable[[str, int], PagePicture | None]


def inbox_pages(inbox: str | Path | None) -> PagePictures:
    """A function from document key and page number (1-based) to a picture.

    It draws pages of one document in batches and keeps the last batch, so ask for a document's
    pages in order. None for a document that is not in the inbox, and for a page that cannot be
    drawn.
    """
    pdf_of = pdf_finder(inbox) if inbox else None
    drawn: dict[tuple[str, int], PagePicture | None] = {}

    def picture(document_key: str, page_number: int) -> PagePicture | None:
        pdf = pdf_of(document_key) if pdf_of else None
        if pdf is None:
            return None
        if (document_key, page_number) not in drawn:
            drawn.clear()
            batch = range(page_number, page_number + PAGES_AT_ONCE)
            pictures = _draw(pdf, batch)
            drawn.update({(document_key, n): one for n, one in zip(batch, pictures, strict=True)})
        return drawn[document_key, page_number]

    return picture


def _draw(pdf: Path, page_numbers: range) -> list[PagePicture | None]:
    drawn = map_capped(
        draw_page,
        [(pdf, number) for number in page_numbers],
        worker_count=1,
        memory_bytes=MEMORY_BYTES,
        wall_seconds=TIMEOUT_SECONDS,
    )
    return [None if isinstance(one, Failure) else one for one in drawn]


def draw_page(pdf: Path, page_number: int) -> PagePicture | None:
    """One page; None behind the last one.

    Raises:
        InputError: the page cannot be drawn.
        pypdfium2.PdfiumError: the file cannot be opened.
    """
    if page_number > count_pages(pdf):
        return None
    return PagePicture(page_image(pdf, page_number), *page_size(pdf, page_number))
