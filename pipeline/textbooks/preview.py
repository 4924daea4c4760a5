"""Pictures of where a sentence stands: from a row's page and box to a PNG."""

from pathlib import Path

from pipeline.errors import InputError
from pipeline.sandbox import Failure, run_capped
from pipeline.textbooks.rendering import POINTS_PER_INCH, png_bytes, render_page

MARGIN_POINTS = 12.0
MEMORY_BYTES = 2 * 1024**3
TIMEOUT_SECONDS = 60.0


def page_crop(pdf: Path, page_number: int, box: dict[str, float] | None, dpi: int = 150) -> bytes:
    """Cut a box out of a page, with a margin around it.

    Args:
        pdf: the file, opened in a capped child process.
        page_number: 1-based.
        box: `x0`, `top`, `x1`, `bottom` in points from the page's top left; None for the page.
        dpi: resolution; a large page gets less.

    Returns:
        A grey PNG.

    Raises:
        InputError: the page cannot be rendered.
    """
    picture = run_capped(
        render_crop,
        (pdf, page_number, box, dpi),
        memory_bytes=MEMORY_BYTES,
        wall_seconds=TIMEOUT_SECONDS,
    )
    if isinstance(picture, Failure):
        raise InputError(f"page {page_number} of {pdf.name} has no picture: {picture.reason}")
    return bytes(picture)


def render_crop(pdf: Path, page_number: int, box: dict[str, float] | None, dpi: int) -> bytes:
    """What `page_crop` runs in the child process; its errors are pdfium's."""
    image, actual_dpi = render_page(pdf, page_number, dpi)
    if box is None:
        return png_bytes(image)
    scale = actual_dpi / POINTS_PER_INCH
    left, top = (max(0, round((box[side] - MARGIN_POINTS) * scale)) for side in ("x0", "top"))
    right = min(image.width, round((box["x1"] + MARGIN_POINTS) * scale))
    bottom = min(image.height, round((box["bottom"] + MARGIN_POINTS) * scale))
    return png_bytes(image.crop((left, top, max(right, left + 1), max(bottom, top + 1))))
