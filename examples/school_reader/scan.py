"""Turns a born-digital PDF into the image of a scan: no text layer, and the faults of a flatbed.

Each page is rasterised, greyed, turned a little, blurred, made grainy and stored as a JPEG page of
the same size. The result depends on the input's bytes and the constants alone.
"""

import io
from typing import cast

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageFilter

RESOLUTION_DPI = 300
SKEW_DEGREES = 0.6  # to the left on odd pages, to the right on even ones
BLUR_RADIUS_PX = 1.5
INK_LEVEL, PAPER_LEVEL = 62, 232  # of 255
NOISE_STD = 16.0  # of grey levels
NOISE_SEED = 20240
JPEG_QUALITY = 55
_POINTS_PER_INCH = 72


def scan(pdf: bytes, title: str) -> bytes:
    """Return the PDF of the scanned pages of `pdf`; same bytes for same input."""
    noise = np.random.default_rng(NOISE_SEED)
    with pdfium.PdfDocument(pdf) as document:
        pages = [_degrade(_raster(page), n, noise) for n, page in enumerate(document, start=1)]
    target = io.BytesIO()
    pages[0].save(
        target,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=RESOLUTION_DPI,
        quality=JPEG_QUALITY,
        title=title,
        creationDate=None,  # Pillow would take the clock's
        modDate=None,
    )
    return target.getvalue()


def _raster(page: pdfium.PdfPage) -> Image.Image:
    bitmap = page.render(scale=RESOLUTION_DPI / _POINTS_PER_INCH, grayscale=True)
    return cast("Image.Image", bitmap.to_pil().convert("L"))


def _degrade(page: Image.Image, number: int, noise: np.random.Generator) -> Image.Image:
    skew = SKEW_DEGREES if number % 2 else -SKEW_DEGREES
    turned = page.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(BLUR_RADIUS_PX))
    contrast = np.float32((PAPER_LEVEL - INK_LEVEL) / 255)
    grey = INK_LEVEL + np.asarray(blurred, dtype=np.float32) * contrast
    grey += np.float32(NOISE_STD) * noise.standard_normal(grey.shape, dtype=np.float32)
    return Image.fromarray(grey.round().clip(0, 255).astype(np.uint8))
