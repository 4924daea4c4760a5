"""One scanned page from the file to words: render, level, recognise; runs in a capped child.

The page is levelled for the engine alone; the words' boxes lie on the page as it is.
"""

import dataclasses
import math
import os
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.textbooks.ocr import EngineFailure, recognise
from pipeline.textbooks.rendering import POINTS_PER_INCH, is_blank, render_page, skew_degrees

MIN_SKEW_DEGREES = 0.1
ENGINE_TIME_FRACTION = 0.75  # of a page's time; the rest is for rendering

Word = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ScannedPage:
    """One page as the engine read it; words are rows of `tables.WORD` in reading order.

    A page on which the engine failed has a `problem` and no words.
    """

    page_number: int
    width_points: float
    height_points: float
    dpi: float
    words: list[Word]
    problem: str | None = None


def read_scanned_page(
    path: Path, page_number: int, model: str, resolution_dpi: int, timeout_seconds: float
) -> ScannedPage:
    """Read one page (1-based) with OCR; a blank one has no words.

    Raises:
        pypdfium2.PdfiumError: the file or the page cannot be opened.
    """
    os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251 - set for the engine, in the child alone
    image, dpi = render_page(path, page_number, resolution_dpi)
    scale = POINTS_PER_INCH / dpi
    width, height = image.width * scale, image.height * scale
    if is_blank(image):
        return ScannedPage(page_number, width, height, dpi, [])
    angle = skew_degrees(image)
    if abs(angle) < MIN_SKEW_DEGREES:
        angle = 0.0
    level = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255) if angle else image
    try:
        found = recognise(level, dpi, model, ENGINE_TIME_FRACTION * timeout_seconds)
    except EngineFailure as error:
        return ScannedPage(page_number, width, height, dpi, [], problem=str(error))
    words = [word | {"box": turned_back(word["box"], angle, width, height)} for word in found]
    return ScannedPage(page_number, width, height, dpi, words)


def turned_back(
    box: dict[str, float], angle_degrees: float, width: float, height: float
) -> dict[str, float]:
    """Where a box of the levelled page lies on the page itself: its centre is turned back."""
    sine, cosine = math.sin(math.radians(angle_degrees)), math.cos(math.radians(angle_degrees))
    x = (box["x0"] + box["x1"] - width) / 2
    y = (box["top"] + box["bottom"] - height) / 2
    shift_x = x * cosine - y * sine - x
    shift_y = x * sine + y * cosine - y
    return {
        "x0": box["x0"] + shift_x,
        "top": box["top"] + shift_y,
        "x1": box["x1"] + shift_x,
        "bottom": box["bottom"] + shift_y,
    }
