"""What `dutar ocr` prints: the text of a PDF, or its words with boxes and confidences."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.parameters import TextbookParams
from pipeline.progress import Progress, silent
from pipeline.tables import kept
from pipeline.textbooks.reader import read_pages

PAGE_BREAK = "\f"


def ocr_report(
    pdf: Path, code: str, params: TextbookParams, progress: Progress = silent
) -> list[dict[str, Any]]:
    """Read a PDF as a list of pages ready for JSON.

    Returns:
        For each page `page` (1-based; 0 when the file cannot be opened), `method`, `reason`,
        `confidence` (mean over words, null without words), `reject_reason`, `text`, and `words`
        with `text`, `raw` (as the engine read it; null where nothing was repaired), `box` (points
        from the top left: x0, top, x1, bottom) and `confidence`.

    Raises:
        InputError: there is no such file, the language is unknown, or Tesseract or its model is
            missing.
    """
    pages = _read(pdf, code, params, progress)
    return [
        {
            "page": page["page_number"],
            "method": page["method"],
            "reason": page["method_reason"],
            "confidence": _rounded(page["confidence_fraction"]),
            "reject_reason": page["reject_reason"],
            "text": page["text"],
            "words": [
                {
                    "text": word["text"],
                    "raw": word["raw_text"],
                    "box": [_rounded(word["box"][side]) for side in ("x0", "top", "x1", "bottom")],
                    "confidence": _rounded(word["confidence_fraction"]),
                }
                for word in page["words"]
            ],
        }
        for page in pages.to_pylist()
    ]


def ocr_text(pdf: Path, code: str, params: TextbookParams, progress: Progress = silent) -> str:
    """Read a PDF as text, a form feed between pages; rejected pages are empty.

    Raises:
        InputError: nothing could be read, with the first page's reason; or as in `ocr_report`.
    """
    pages = _read(pdf, code, params, progress)
    if kept(pages).num_rows == 0:
        raise InputError(f"{pdf.name} has no readable page: {pages['reject_reason'][0]}")
    return PAGE_BREAK.join(
        "" if page["reject_reason"] else page["text"] for page in pages.to_pylist()
    )


def _read(pdf: Path, code: str, params: TextbookParams, progress: Progress) -> pa.Table:
    if not pdf.is_file():
        raise InputError(f"{pdf} is missing, or no file")
    return read_pages(pdf, code, pdf.stem, params, progress=progress)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
