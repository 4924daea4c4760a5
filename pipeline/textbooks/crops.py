"""Pictures of places in pages for people who review from afar: small JPEGs with a frame.

`crop_page` and `page_image` open the PDF in this process, `inbox_crops` in a capped child.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

from pipeline.errors import InputError
from pipeline.progress import Progress, silent
from pipeline.sandbox import Failure, map_capped, run_capped
from pipeline.textbooks.inbox import pdf_finder
from pipeline.textbooks.rendering import POINTS_PER_INCH, count_pages, render_page

Box = Sequence[float]  # x0, top, x1, bottom in points from the page's top left
Place = tuple[str, int, Box]  # document key, page (1-based), box
Pictures = Callable[[Sequence[Place]], list[bytes | None]]

MAX_CROP_BYTES = 60_000
MAX_PAGE_BYTES = 250_000
MEMORY_BYTES = 2 * 1024**3
TIMEOUT_SECONDS = 60.0

_FRAME = 96  # grey: seen on white and on print alike
_QUALITIES = (80, 60, 40)
_SHRINK = 0.75


def crop_page(
    pdf: Path,
    page_number: int,
    box: Box,
    margin_points: float = 8,
    resolution_dpi: float = 110,
) -> bytes:
    """A strip of the page, as wide as the page, around a framed box.

    The full width shows whole lines, so that a sentence is seen among its neighbours.

    Args:
        pdf: the file.
        page_number: 1-based.
        box: inside the page, or cut off at its edges.
        margin_points: shown above and below the box.
        resolution_dpi: less for a very large page.

    Returns:
        A grey JPEG of at most `MAX_CROP_BYTES`; a large strip is made coarser until it fits.

    Raises:
        InputError: the file cannot be read or has no such page, or the box lies outside the page.
    """
    image, scale = _rendered(pdf, page_number, resolution_dpi)
    margin = margin_points * scale
    top = max(0, round(box[1] * scale - margin))
    bottom = min(image.height, round(box[3] * scale + margin))
    if bottom <= top:
        raise InputError(f"the box {[*box]} lies outside page {page_number} of {pdf.name}")
    _frame(image, box, scale)
    return _jpeg(image.crop((0, top, image.width, bottom)), MAX_CROP_BYTES)


def page_image(
    pdf: Path, page_number: int, boxes: Iterable[Box] = (), resolution_dpi: float = 110
) -> bytes:
    """The whole page with framed boxes.

    Returns:
        A grey JPEG of at most `MAX_PAGE_BYTES`.

    Raises:
        InputError: the file cannot be read or has no such page.
    """
    image, scale = _rendered(pdf, page_number, resolution_dpi)
    for box in boxes:
        _frame(image, box, scale)
    return _jpeg(image, MAX_PAGE_BYTES)


def inbox_crops(inbox: str | Path, progress: Progress = silent) -> Pictures:
    """A function that crops places of the inbox's editions, all in one capped child process.

    Args:
        inbox: of the editions; raises as `scan_inbox`, and so does what is returned.
        progress: told of each picture, and why there is none where pdfium fails.

    Returns:
        From (document key, page, box) to JPEGs, in order; None for a document that is not in the
        inbox, and where there is no picture.
    """
    pdf_of = pdf_finder(inbox)

    def crop(places: Sequence[Place]) -> list[bytes | None]:
        known = [(number, place) for number, place in enumerate(places) if pdf_of(place[0])]
        pictures = map_capped(
            crop_page,
            [(pdf_of(document), page, box) for _, (document, page, box) in known],
            worker_count=1,
            memory_bytes=MEMORY_BYTES,
            wall_seconds=TIMEOUT_SECONDS,
        )
        found: list[bytes | None] = [None] * len(places)
        for done, ((number, place), picture) in enumerate(zip(known, pictures, strict=True), 1):
            if isinstance(picture, Failure):
                progress(
                    done,
                    len(known),
                    f"no picture of page {place[1]} of {place[0]}: {picture.reason}",
                )
            else:
                progress(done, len(known), "cropped")
                found[number] = picture
        return found

    return crop


def inbox_page(
    inbox: str | Path, document_key: str, page_number: int, boxes: Sequence[Box]
) -> bytes | Failure | None:
    """A page of an edition with framed boxes, rendered in a capped child process.

    Returns:
        A JPEG as from `page_image`; None for a document that is not in the inbox.

    Raises:
        InputError: the inbox cannot be read.
        SourceUnavailable: its bucket does not answer.
    """
    pdf = pdf_finder(inbox)(document_key)
    if pdf is None:
        return None
    return run_capped(
        page_image,
        (pdf, page_number, [*boxes]),
        memory_bytes=MEMORY_BYTES,
        wall_seconds=TIMEOUT_SECONDS,
    )


def _rendered(pdf: Path, page_number: int, resolution_dpi: float) -> tuple[Image.Image, float]:
    """A copy of the page in grey, and pixels per point."""
    try:
        version = pdf.stat().st_mtime_ns
        image, dpi = _last_page(pdf, version, page_number, resolution_dpi)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise InputError(f"page {page_number} of {pdf.name} has no picture: {error}") from error
    return image.copy(), dpi / POINTS_PER_INCH


@lru_cache(maxsize=1)  # a page has many sentences, and a scan is slow to open
def _last_page(
    pdf: Path, version: int, page_number: int, resolution_dpi: float
) -> tuple[Image.Image, float]:
    del version  # of the file, so that another one under its name is opened
    page_count = count_pages(pdf)
    if not 1 <= page_number <= page_count:
        raise InputError(f"{pdf.name} has {page_count} pages and no page {page_number}")
    return render_page(pdf, page_number, resolution_dpi)


def _frame(image: Image.Image, box: Box, scale: float) -> None:
    """A thin frame, two pixels outside the box so that no letter is touched."""
    left, top, right, bottom = (round(side * scale) for side in box)
    outside = (left - 2, top - 2, max(right, left) + 2, max(bottom, top) + 2)
    ImageDraw.Draw(image).rectangle(outside, outline=_FRAME)


def _jpeg(image: Image.Image, max_bytes: int) -> bytes:
    """The best quality that fits; then the image is made smaller, until it does."""
    while True:
        for quality in _QUALITIES:
            stream = io.BytesIO()
            image.save(stream, format="JPEG", quality=quality, optimize=True)
            if stream.tell() <= max_bytes:
                return stream.getvalue()
        image = image.resize([max(1, round(side * _SHRINK)) for side in image.size])
