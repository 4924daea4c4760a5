"""Pages with a sound text layer, read again by OCR: truth that nobody had to type.

The text layer of a born-digital page says what stands on it, so reading its picture measures the
engine on the very books, fonts and languages that scans will come in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.sandbox import Failure, map_capped
from pipeline.tables import kept
from pipeline.textbooks.inbox import scan_inbox
from pipeline.textbooks.judgement import text_of
from pipeline.textbooks.models import OcrPlan, plan_ocr
from pipeline.textbooks.repair import keep_to_alphabet
from pipeline.textbooks.scanned import read_scanned_page

WORKER_COUNT = 2
PAGES_OF_AN_EDITION = 3


@dataclass(frozen=True)
class Rereading:
    """One page, as printed and as OCR read it (empty where it failed)."""

    page_number: int
    model: str
    printed: str
    read: str


def reread_editions(
    inbox: str | Path,
    pages_by_document: Mapping[str, pa.Table],
    params: TextbookParams,
    most_pages: int = PAGES_OF_AN_EDITION,
) -> dict[tuple[str, str], list[Rereading]]:
    """`read_again` for every edition of an inbox, by document key and language code."""
    editions = [one for one in scan_inbox(inbox) if one.document_key in pages_by_document]
    return {
        (one.document_key, one.language): read_again(
            one.pdf, one.language, pages_by_document[one.document_key], params, most_pages
        )
        for one in editions
    }


def read_again(
    pdf: Path, code: str, pages: pa.Table, params: TextbookParams, most_pages: int
) -> list[Rereading]:
    """Read evenly spread text-layer pages of an edition by the OCR model of its language.

    Args:
        pdf: the edition's file.
        code: its language.
        pages: table of schema `TEXTBOOK_PAGES`.
        params: resolution, and the caps of a child process.
        most_pages: pages read at most; fewer when fewer have a sound text layer.

    Raises:
        InputError: Tesseract or the language's model is missing.
    """
    sound = [row for row in kept(pages).to_pylist() if row["method"] == "text_layer"]
    count = min(most_pages, len(sound))
    chosen = [sound[(2 * number + 1) * len(sound) // (2 * count)] for number in range(count)]
    if not chosen:
        return []
    plan, alphabet = plan_ocr(language(code), params), language(code).alphabet
    numbers = [row["page_number"] for row in chosen]
    return [
        Rereading(row["page_number"], plan.own.name, row["text"], keep_to_alphabet(read, alphabet))
        for row, read in zip(chosen, _texts(pdf, numbers, plan, params), strict=True)
    ]


def _texts(
    pdf: Path, page_numbers: list[int], plan: OcrPlan, params: TextbookParams
) -> Iterator[str]:
    scans = map_capped(
        read_scanned_page,
        [(pdf, number, plan) for number in page_numbers],
        worker_count=WORKER_COUNT,
        memory_bytes=params.memory_limit_megabytes * 1024 * 1024,
        wall_seconds=params.page_timeout_seconds,
    )
    for scan in scans:
        yield "" if isinstance(scan, Failure) or scan.problem else text_of(scan.words)
