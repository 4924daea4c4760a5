"""From a page image to words with boxes and confidences, by Tesseract."""

import csv
import unicodedata
from statistics import median
from typing import Any

import regex
from PIL import Image

from pipeline.textbooks.engines import ENGINES, EngineFailure, EngineName
from pipeline.textbooks.rendering import POINTS_PER_INCH

TRY_COUNT = 2

# Proportions of common text faces, in parts of the font size.
X_HEIGHT_EMS, ASCENT_EMS, DESCENT_EMS = 0.52, 0.21, 0.22
TALL = regex.compile(r"[\p{Lu}\p{Nd}bdfhijklt\u0300-\u0315бф'\"“”«»!?()]")
DEEP = regex.compile(r"[gjpqy\u0323-\u0328руфцщд,;()]")

Word = dict[str, Any]


def recognise(
    image: Image.Image,
    dpi: float,
    model: str,
    timeout_seconds: float,
    engine: EngineName = "pytesseract",
) -> list[Word]:
    """Read a page image; a failed try is repeated once.

    Returns:
        Rows of `tables.WORD` in reading order, boxes in points from the image's top left.

    Raises:
        EngineFailure: both tries failed, together they took longer than the time-out, or there is
            no time at all.
    """
    if timeout_seconds <= 0:
        raise EngineFailure("the page's time was up before the OCR engine was asked")
    for attempt in range(1, TRY_COUNT + 1):
        try:
            return _words(ENGINES[engine].tsv(image, dpi, model, timeout_seconds / TRY_COUNT), dpi)
        except EngineFailure:
            if attempt == TRY_COUNT:
                raise
    raise AssertionError


def _words(answer: str, dpi: float) -> list[Word]:
    rows = csv.DictReader(answer.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if not {"level", "conf", "text"} <= set(rows.fieldnames or ()):
        raise EngineFailure("the OCR engine's answer is not a table of words")
    lines: dict[tuple[str, str, str], list[Word]] = {}
    try:
        for row in rows:
            if row["level"] == "5" and row["text"].strip():
                line = (row["block_num"], row["par_num"], row["line_num"])
                lines.setdefault(line, []).append(_word(row, POINTS_PER_INCH / dpi))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EngineFailure(f"the OCR engine's answer has a broken row: {error}") from error
    for number, words in enumerate(lines.values()):
        size = median(_font_size(word) for word in words)
        for word in words:
            word |= {"line_number": number, "font_size": size}
    return [word for words in lines.values() for word in words]


def _word(row: dict[str, str], points_per_pixel: float) -> Word:
    left, top, width, height = (
        float(row[side]) * points_per_pixel for side in ("left", "top", "width", "height")
    )
    return {
        "text": row["text"].strip(),
        "box": {"x0": left, "top": top, "x1": left + width, "bottom": top + height},
        "confidence_fraction": min(1.0, max(0.0, float(row["conf"]) / 100)),
    }


def _font_size(word: Word) -> float:
    """Estimate a word's font size from its height and from how tall its letters are."""
    letters = unicodedata.normalize("NFD", word["text"])
    ems = X_HEIGHT_EMS
    ems += ASCENT_EMS * (TALL.search(letters) is not None)
    ems += DESCENT_EMS * (DEEP.search(letters) is not None)
    return float(word["box"]["bottom"] - word["box"]["top"]) / ems
