"""Tesseract through pytesseract: one page image in, words with boxes and confidences out.

The engine's LSTM (`--oem 1`) runs on one thread: its OpenMP threads slow a page down, pages in
several processes do not.
"""

import csv
import shutil
import subprocess
import tempfile
import unicodedata
from pathlib import Path
from statistics import median
from typing import Any

import pytesseract
import regex
from PIL import Image, UnidentifiedImageError

from pipeline.errors import InputError
from pipeline.languages import Language
from pipeline.textbooks.rendering import POINTS_PER_INCH

PAGE_SEGMENTATION = (
    6  # one block of text: of the modes 3, 4 and 6 the fewest errors on scanned books
)
TRY_COUNT = 2
LISTING_TIMEOUT_SECONDS = 20

# Proportions of common text faces, in parts of the font size.
X_HEIGHT_EMS, ASCENT_EMS, DESCENT_EMS = 0.52, 0.21, 0.22
TALL = regex.compile(r"[\p{Lu}\p{Nd}bdfhijklt\u0300-\u0315бф'\"“”«»!?()]")
DEEP = regex.compile(r"[gjpqy\u0323-\u0328руфцщд,;()]")

Word = dict[str, Any]


class EngineFailure(Exception):  # noqa: N818 - one try that failed, told to the caller
    """The engine crashed, hung, or answered with something that is not a TSV of words."""


def installed_model(wanted: Language) -> str:
    """Tesseract's name for a language's model on this machine, such as `rus` or `script/Latin`.

    A script's model lies in the folder `script` or, on Debian, beside the others. An engine that
    cannot even list its models is taken at its word: its pages will be rejected one by one.

    Raises:
        InputError: Tesseract or the model is missing; the message names the package to install.
    """
    command = shutil.which(pytesseract.pytesseract.tesseract_cmd)
    if command is None:
        raise InputError("Tesseract is not installed: apt-get install tesseract-ocr")
    try:
        listing = subprocess.run(
            [command, "--list-langs"],
            capture_output=True,
            timeout=LISTING_TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return wanted.tesseract
    installed = {line.strip() for line in listing.stdout.decode(errors="replace").splitlines()}
    parts = [
        next((name for name in (part, Path(part).name) if name in installed), None)
        for part in wanted.tesseract.split("+")
    ]
    if None in parts:
        raise InputError(
            f"Tesseract lacks the model {wanted.tesseract} that reads {wanted.name}: "
            f"apt-get install {' '.join(wanted.packages)}"
        )
    return "+".join(filter(None, parts))


def recognise(image: Image.Image, dpi: float, model: str, timeout_seconds: float) -> list[Word]:
    """Read a page image; a failed try is repeated once.

    Returns:
        Rows of `tables.WORD` in reading order, boxes in points from the image's top left.

    Raises:
        EngineFailure: both tries failed, or together they took longer than the time-out.
    """
    for attempt in range(1, TRY_COUNT + 1):
        try:
            return _words(_recognise_once(image, dpi, model, timeout_seconds / TRY_COUNT), dpi)
        except EngineFailure:
            if attempt == TRY_COUNT:
                raise
    raise AssertionError


def _recognise_once(image: Image.Image, dpi: float, model: str, timeout_seconds: float) -> str:
    config = f"-c tessedit_create_tsv=1 --oem 1 --psm {PAGE_SEGMENTATION} --dpi {round(dpi)}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pgm"
        image.save(path)
        try:
            answer: bytes = pytesseract.run_and_get_output(
                str(path), "tsv", model, config, timeout=timeout_seconds, return_bytes=True
            )
            return answer.decode("utf-8")
        except UnicodeDecodeError as error:
            raise EngineFailure("the OCR engine's answer is not UTF-8") from error
        except pytesseract.TesseractError as error:
            raise EngineFailure(f"the OCR engine ended with status {error.status}") from error
        except RuntimeError as error:
            seconds = f"{timeout_seconds:g} s"
            raise EngineFailure(f"the OCR engine did not answer within {seconds}") from error
        except (OSError, UnidentifiedImageError) as error:
            raise EngineFailure(f"the OCR engine left no answer: {error}") from error


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
