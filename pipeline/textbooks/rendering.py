"""PDF pages as grey pixels, with a cap on their number; runs in a capped child process.

pdfium renders a page some sixty times faster than going through PNG files does.
"""

import io
import math
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

POINTS_PER_INCH = 72
MAX_PIXELS = 40_000_000  # A4 at 600 dpi has 35 million
INK = 160  # grey values below are ink
MAX_BLANK_INK_FRACTION = 1e-5
MAX_SIDE_PIXELS = 30_000  # Tesseract takes no more than 32,767


def capped_resolution_dpi(width_points: float, height_points: float, wanted_dpi: float) -> float:
    """The wanted resolution, or the highest that keeps the page within the pixel caps."""
    width_inches = max(width_points, 1) / POINTS_PER_INCH
    height_inches = max(height_points, 1) / POINTS_PER_INCH
    return min(
        wanted_dpi,
        math.sqrt(MAX_PIXELS / (width_inches * height_inches)),
        MAX_SIDE_PIXELS / max(width_inches, height_inches),
    )


def count_pages(path: Path) -> int:
    """Number of pages; pypdfium2's error when the file cannot be opened."""
    pdf = pypdfium2.PdfDocument(path)
    try:
        return len(pdf)
    finally:
        pdf.close()


def page_size(path: Path, page_number: int) -> tuple[float, float]:
    """Width and height of a page (1-based) in points; errors as `render_page`."""
    pdf = pypdfium2.PdfDocument(path)
    try:
        width, height = pdf[page_number - 1].get_size()
        return float(width), float(height)
    finally:
        pdf.close()


def render_page(path: Path, page_number: int, wanted_dpi: float) -> tuple[Image.Image, float]:
    """Render one page (1-based) in grey.

    Returns:
        The image (mode L), and the resolution in dpi that the caps allowed.

    Raises:
        pypdfium2.PdfiumError: the file or the page cannot be opened.
    """
    pdf = pypdfium2.PdfDocument(path)
    try:
        page = pdf[page_number - 1]
        width, height = page.get_size()
        dpi = capped_resolution_dpi(width, height, wanted_dpi)
        bitmap = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True)
        image = bitmap.to_pil().convert("L")
        page.close()
        return image, dpi
    finally:
        pdf.close()


def is_blank(image: Image.Image) -> bool:
    """Whether hardly a pixel is ink."""
    return bool((np.asarray(image) < INK).mean() < MAX_BLANK_INK_FRACTION)


def png_bytes(image: Image.Image) -> bytes:
    """The image as a PNG file."""
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()
