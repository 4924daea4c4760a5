"""Pages with a sound text layer, read again by OCR: truth that nobody had to type.

The text layer of a born-digital page says what stands on it, so reading its picture measures the
engine on the very books, fonts and languages that scans will come in.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.sandbox import Failure, map_capped
from pipeline.tables import kept
from pipeline.textbooks.engines import EngineFailure
from pipeline.textbooks.inbox import scan_inbox
from pipeline.textbooks.judgement import text_of
from pipeline.textbooks.models import OcrPlan, plans_to_compare
from pipeline.textbooks.ocr import recognise
from pipeline.textbooks.repair import keep_to_alphabet
from pipeline.textbooks.scanned import read_scanned_page
from pipeline.textbooks.specimens import Specimen, fonts_of

WORKER_COUNT = 2
PAGES_OF_AN_EDITION = 3


@dataclass(frozen=True)
class Rereading:
    """One page, as printed and as OCR read it (empty where it failed).

    `model` names engine and model, such as `tesserocr rus`. `font` is the one that the page's text
    was set in anew; empty for the page as it is.
    """

    page_number: int
    model: str
    printed: str
    read: str
    font: str = ""


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
    """Read evenly spread text-layer pages of an edition by every engine and model there is.

    Pages as they are, by all models of the language's script; and their text set anew in the fonts
    of this machine, by the language's own model. An engine that holds the same Tesseract as
    another reads the same and is asked once.

    Args:
        pdf: the edition's file.
        code: its language.
        pages: table of schema `TEXTBOOK_PAGES`.
        params: engine, resolution, and the caps of a child process.
        most_pages: pages read at most; fewer when fewer have a sound text layer.

    Raises:
        InputError: Tesseract or the language's model is missing.
    """
    sound = [row for row in kept(pages).to_pylist() if row["method"] == "text_layer"]
    count = min(most_pages, len(sound))
    chosen = [sound[(2 * number + 1) * len(sound) // (2 * count)] for number in range(count)]
    if not chosen:
        return []
    own, *others = plans_to_compare(language(code), params)
    trials: list[tuple[dict[str, Any], OcrPlan, Path | None]] = [
        (row, plan, None) for plan in (own, *others) for row in chosen
    ]
    trials += [(row, own, font) for font in fonts_of(code) for row in chosen]
    items = [(pdf, row["page_number"], row["text"], plan, font) for row, plan, font in trials]
    read = map_capped(
        reread,
        items,
        worker_count=WORKER_COUNT,
        memory_bytes=params.memory_limit_megabytes * 1024 * 1024,
        wall_seconds=params.page_timeout_seconds,
    )
    alphabet = language(code).alphabet
    return [
        Rereading(
            row["page_number"],
            f"{plan.engine} {plan.own.name}",
            row["text"],
            "" if isinstance(text, Failure) else keep_to_alphabet(text, alphabet),
            font.stem if font else "",
        )
        for (row, plan, font), text in zip(trials, read, strict=True)
    ]


def reread(pdf: Path, page_number: int, text: str, plan: OcrPlan, font: Path | None) -> str:
    """In the child: what OCR reads of a page, or of its text in a font; empty where it fails."""
    if font is None:
        return text_of(read_scanned_page(pdf, page_number, plan).words)
    os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251 - set for the engine, in the child alone
    picture = Specimen(text, font, plan.resolution_dpi).picture()
    try:
        words = recognise(
            picture, plan.resolution_dpi, plan.own.name, plan.timeout_seconds, plan.engine
        )
    except EngineFailure:
        return ""
    return text_of(words)
