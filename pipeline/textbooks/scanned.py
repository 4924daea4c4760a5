"""One scanned page from the file to words: render, right, recognise; runs in a capped child.

The page is turned for the engine alone; the words' boxes lie on the page as it is.
"""

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.textbooks.engines import EngineFailure
from pipeline.textbooks.judgement import mean_confidence
from pipeline.textbooks.mixed import may_quote, merge_readings
from pipeline.textbooks.models import OcrPlan
from pipeline.textbooks.ocr import recognise
from pipeline.textbooks.rendering import POINTS_PER_INCH, is_blank, render_page
from pipeline.textbooks.righting import UNTURNED, Turn, likely_turns

ENGINE_TIME_FRACTION = 0.75  # of a page's time; the rest is for rendering
UPRIGHT_CONFIDENCE = 0.5  # text on its side or head stays below .4, upright text is above .8

Word = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ScannedPage:
    """One page as the engine read it; words are rows of `tables.WORD` in reading order.

    A page on which the engine failed has a `problem`, and the words of what it read before, which
    may lie on their side or head. `turn` is what righted it.
    """

    page_number: int
    width_points: float
    height_points: float
    dpi: float
    words: list[Word]
    turn: Turn = UNTURNED
    problem: str | None = None


def read_scanned_page(
    path: Path, page_number: int, plan: OcrPlan, clock: Callable[[], float] = time.monotonic
) -> ScannedPage:
    """Read one page (1-based) with OCR; a blank one has no words.

    A page that does not read well as it lies is turned, and the surest reading counts.

    Raises:
        pypdfium2.PdfiumError: the file or the page cannot be opened.
    """
    os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251 - set for the engine, in the child alone
    image, dpi = render_page(path, page_number, plan.resolution_dpi)
    scale = POINTS_PER_INCH / dpi
    size = (image.width * scale, image.height * scale)
    best = ScannedPage(page_number, *size, dpi, [])
    if is_blank(image):
        return best
    end = clock() + ENGINE_TIME_FRACTION * plan.timeout_seconds
    for turn in likely_turns(image):
        righted = turn.righted(image)
        try:
            words = _read(righted, dpi, plan, lambda: end - clock())
        except EngineFailure as error:
            return dataclasses.replace(best, problem=str(error))
        if mean_confidence(words) > mean_confidence(best.words):
            own = (righted.width * scale, righted.height * scale)
            placed = [word | {"box": turn.on_page(word["box"], own, size)} for word in words]
            best = dataclasses.replace(best, words=placed, turn=turn)
        if mean_confidence(words) >= UPRIGHT_CONFIDENCE:
            break
    return best


def _read(
    image: Image.Image, dpi: float, plan: OcrPlan, seconds_left: Callable[[], float]
) -> list[Word]:
    """Words in the page's own language, and where they are not, in those that it quotes."""
    words = recognise(image, dpi, plan.own.name, seconds_left(), plan.engine)
    for quoted in plan.quoted:
        if not may_quote(words):
            break
        try:
            other = recognise(image, dpi, quoted.name, seconds_left(), plan.engine)
        except EngineFailure:
            break  # the own reading stands
        words = merge_readings(words, other, plan.own.language, quoted.language)
    return words
