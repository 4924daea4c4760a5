"""What a book will yield and cost, judged by some of its pages, read as the real stage reads them.

Runs of neighbouring pages are read, evenly spread. Sentences that begin on a run's first page are
not counted, for one before may end there.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.progress import Progress, silent
from pipeline.sandbox import Failure, run_capped
from pipeline.statistics import Interval
from pipeline.storage import Address, Fingerprint, Store
from pipeline.textbooks.page_sampling import mean_of, scaled, share_of, spread_runs
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.rendering import count_pages
from pipeline.textbooks.sentences import extract_sentences


@dataclass(frozen=True)
class Estimate:
    """Figures for the whole book.

    Attributes:
        page_count: of the book.
        read_count: pages read for this.
        methods: pages by method, `text_layer` and `ocr`.
        rejected_pages: by the beginning of their reason, counted among those read.
        sentences: `kept`, and rejected rows by the beginning of their reason.
        ocr_seconds: by the clock for a page, pages being read as at once as in the real stage;
            None where too few needed OCR to tell.
        ocr_minutes: of the book, pages that are compared with OCR included; None likewise.
        stored_bytes: of the tables of pages and sentences.
    """

    page_count: int
    read_count: int
    methods: Mapping[str, Interval]
    rejected_pages: Mapping[str, int]
    sentences: Mapping[str, Interval]
    ocr_seconds: Interval | None
    ocr_minutes: Interval | None
    stored_bytes: int


def estimate_book(
    pdf: Path,
    code: str,
    most_pages: int,
    params: TextbookParams | None = None,
    *,
    progress: Progress = silent,
    clock: Callable[[], float] = time.monotonic,
) -> Estimate:
    """Read some pages of a PDF and scale what they give.

    Args:
        pdf: a file, with or without a sidecar.
        code: the language it should be in.
        most_pages: to be read, 6 at the least; a shorter book is read whole.
        params: of reading (default: the usual ones).
        progress: hears of every page that OCR read.
        clock: tells seconds.

    Raises:
        InputError: the file has no pages that can be counted, the language is unknown, or
            Tesseract or its model is missing.
    """
    reading, heard = params or TextbookParams(), list[tuple[int, float]]()
    page_count = _page_count(pdf, reading)
    runs = spread_runs(page_count, most_pages)
    numbers = [number for run in runs for number in run]

    def hear(done: int, total: int, message: str) -> None:
        heard.append((done, clock()))
        progress(done, total, message)

    pages = read_pages(pdf, code, pdf.stem, reading, progress=hear, page_numbers=numbers)
    sentences = extract_sentences(pages, code, SentenceParams())
    counted = runs if len(runs) == 1 else [run[1:] for run in runs]
    found = {
        kind: scaled(places, counted, page_count) for kind, places in _by_kind(sentences).items()
    }
    scan_count = pages["method"].to_pylist().count("ocr")
    scans = share_of(page_count, scan_count, pages.num_rows)
    layers = share_of(page_count, pages.num_rows - scan_count, pages.num_rows)
    seconds = mean_of([now - last for (_, last), (done, now) in pairwise(heard) if done > 1])
    compared = min(reading.compared_page_count, pages.num_rows - scan_count)
    return Estimate(
        page_count,
        pages.num_rows,
        {"text_layer": layers, "ocr": scans},
        Counter(_kind(reason) for reason in pages["reject_reason"].to_pylist() if reason),
        found,
        seconds,
        seconds and _product(scans, seconds, compared),
        round(page_count * (_stored(pages) + _stored(sentences)) / pages.num_rows),
    )


def estimate_lines(name: str, book: Estimate) -> Iterator[str]:
    """An estimate in words, intervals of 95 % in brackets."""
    yield f"{name}: {book.page_count} pages, of which {book.read_count} were read for this"
    for method, pages in book.methods.items():
        yield f"  pages by {method:10} {_figure(pages)}"
    for reason, pages_read in sorted(book.rejected_pages.items()):
        yield f"  rejected among those read: {pages_read}, {reason}"
    for kind, count in book.sentences.items():
        yield f"  sentences {kind:13} {_figure(count)}, {count.value / book.page_count:.1f} a page"
    if book.ocr_seconds and book.ocr_minutes:
        yield f"  OCR {_figure(book.ocr_seconds, 1)} s a page, {_figure(book.ocr_minutes, 1)} min"
    else:
        yield "  OCR: too few pages of it to tell its time"
    yield f"  stored {book.stored_bytes / 1e6:.1f} MB"


def _page_count(pdf: Path, params: TextbookParams) -> int:
    count = run_capped(
        count_pages,
        (pdf,),
        memory_bytes=params.memory_limit_megabytes * 1024 * 1024,
        wall_seconds=params.page_timeout_seconds,
    )
    if isinstance(count, Failure) or count < 1:
        reason = count.reason if isinstance(count, Failure) else "it has no pages"
        raise InputError(f"{pdf} cannot be estimated: {reason}")
    return min(count, params.most_pages)


def _by_kind(sentences: pa.Table) -> dict[str, list[int]]:
    """Pages of the rows that are kept, and of those rejected by their reason."""
    kinds: dict[str, list[int]] = {"kept": []}
    for row in sentences.select(["reject_reason", "page_number"]).to_pylist():
        kinds.setdefault(_kind(row["reject_reason"]), []).append(row["page_number"])
    return kinds


def _kind(reason: str | None) -> str:
    return "kept" if reason is None else reason.partition(":")[0]


def _product(pages: Interval, seconds: Interval, compared: int) -> Interval:
    """Minutes; the ends are those of both factors."""
    value, low, high = (
        (getattr(pages, end) + compared) * getattr(seconds, end) / 60
        for end in ("value", "ci_low", "ci_high")
    )
    return Interval(value, low, high, seconds.n)


def _stored(table: pa.Table) -> int:
    with tempfile.TemporaryDirectory() as folder:
        address, made = Address("estimate", "table"), Fingerprint("1")
        artefact = Store(folder).publish(address, table, fingerprint=made)
    return sum(file.bytes for file in artefact.manifest.files)


def _figure(interval: Interval, digits: int = 0) -> str:
    low, high = (f"{end:,.{digits}f}" for end in (interval.ci_low, interval.ci_high))
    return f"{interval.value:,.{digits}f} [{low}, {high}]"
