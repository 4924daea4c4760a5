"""Books of pictures: pages of known text, printed, worn and scanned badly.

A page is typeset, drawn by pdfium, made coarser, turned a little, blurred and strewn with noise,
each by an amount that the page's own draw decides, and set into a PDF without a text layer.
"""

import io
import random
from collections.abc import Sequence

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.broken_layers import page_pdf

SCAN_DPI, POINTS_PER_INCH = 300, 72
PAPER = 255
COARSENESS = (0.4, 0.6)  # of the resolution that is left
TURN_DEGREES = (-0.7, 0.7)
BLUR_PIXELS = (0.8, 1.2)
NOISE = (14.0, 24.0)  # standard deviation, of 255 levels of grey
JPEG_QUALITY = 70


def worn_book(
    pages: Sequence[Sequence[str]], code: str, draw: random.Random
) -> tuple[bytes, list[str]]:
    """A PDF of worn pages, and what is printed on each (its number left out).

    Args:
        pages: paragraphs of each; those that do not fit are cut off.
        code: of the language, which chooses the font.
        draw: decides how much each page is worn.
    """
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A5, invariant=1)
    printed = []
    for paragraphs in pages:
        with pypdfium2.PdfDocument(page_pdf(paragraphs, code, number=None)) as pdf:
            page = pdf[0]
            printed.append(page.get_textpage().get_text_bounded())
            image = page.render(scale=SCAN_DPI / POINTS_PER_INCH, grayscale=True).to_pil()
        stream = io.BytesIO()
        worn(image, draw).save(stream, format="JPEG", quality=JPEG_QUALITY)
        canvas.drawImage(ImageReader(stream), 0, 0, *A5)
        canvas.showPage()
    canvas.save()
    return target.getvalue(), printed


def worn(image: Image.Image, draw: random.Random) -> Image.Image:
    """A grey picture of a page as a bad scanner would see it, of the same size."""
    width, height = image.size
    left = draw.uniform(*COARSENESS)
    coarse = image.resize((int(width * left), int(height * left)), Image.Resampling.BILINEAR)
    turned = coarse.rotate(
        draw.uniform(*TURN_DEGREES), Image.Resampling.BICUBIC, fillcolor=PAPER
    ).filter(ImageFilter.GaussianBlur(draw.uniform(*BLUR_PIXELS)))
    noise = np.random.default_rng(draw.getrandbits(64)).normal(0, draw.uniform(*NOISE), turned.size)
    grey = np.clip(np.asarray(turned, dtype=float) + noise.T, 0, PAPER).astype(np.uint8)
    return Image.fromarray(grey).resize((width, height), Image.Resampling.BILINEAR)
