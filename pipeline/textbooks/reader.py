"""From a PDF to a table of its pages, whatever is wrong with the file.

Every page is tried by its text layer first and, where that is not to be trusted, by OCR. The file
is only ever opened in child processes under a cap on memory and time: a page that crashes one of
them becomes a rejected row, and the rest goes on.
"""

import dataclasses
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.progress import Progress, silent
from pipeline.sandbox import Failure
from pipeline.tables import TEXTBOOK_PAGES, as_table
from pipeline.textbooks.judgement import (
    BEYOND,
    agreement_fraction,
    distrust,
    mean_confidence,
    reject_reason,
    text_of,
)
from pipeline.textbooks.models import plan_ocr
from pipeline.textbooks.reading_job import ReadingJob, Row, page_row
from pipeline.textbooks.rendering import count_pages
from pipeline.textbooks.repair import reread_in_alphabet
from pipeline.textbooks.scanned import ScannedPage, read_scanned_page
from pipeline.textbooks.spelling import repair_pages
from pipeline.textbooks.text_layer import LayerPage, read_text_layer
from pipeline.textbooks.time_budget import Clock, TimeBudget

LAYER_CHUNK_PAGES = 32  # in one child process, which takes a moment to start
MAX_PAGES = 20_000
DEFAULT_WORKER_COUNT = 2
MIN_SURE_CONFIDENCE = 0.7  # of a page that may speak against its text layer


def read_pages(  # noqa: PLR0913 - what is read and how, and who listens
    pdf: Path,
    code: str,
    document_key: str,
    params: TextbookParams,
    *,
    progress: Progress = silent,
    worker_count: int = DEFAULT_WORKER_COUNT,
    page_numbers: Sequence[int] | None = None,
    clock: Clock = time.monotonic,
) -> pa.Table:
    """Read the pages of a PDF, from the first on.

    Args:
        pdf: the file; it may be missing or hostile.
        code: the language it should be in.
        document_key: put into every row.
        params: resolution, thresholds, and the caps of a child process.
        progress: told after each page that went through OCR, and of pages compared with it.
        worker_count: pages read at once; the result does not depend on it.
        page_numbers: of the pages to read, 1-based and ascending (default: all).
        clock: tells when the book has had its time; pages not read by then are rejected.

    Returns:
        TEXTBOOK_PAGES in page order, a row for each page up to `most_pages`, and a rejected one
        that counts those behind. A file that cannot be opened is one row with page number 0,
        method `none`, and the reason.

    Raises:
        InputError: the language is unknown, or a page needs OCR and Tesseract or its model is
            missing.
    """
    unlimited = TimeBudget(math.inf, clock)
    job = ReadingJob(pdf, language(code), document_key, params, worker_count, progress, unlimited)
    opened = _open(job)
    if isinstance(opened, str):
        reason = "the file cannot be opened"
        row = page_row(job, 0, [], method="none", method_reason=reason, reject_reason=opened)
        return as_table([row], TEXTBOOK_PAGES)
    every = range(1, min(opened, params.most_pages) + 1)
    numbers = every if page_numbers is None else page_numbers
    seconds = params.page_timeout_seconds + params.mean_page_seconds * len(numbers)
    job = dataclasses.replace(job, budget=TimeBudget(seconds, clock))
    layers = _read_layers(job, numbers)
    doubts = {page.page_number: _doubt(job, page) for page in layers}
    trusted = [page for page in layers if doubts[page.page_number] is None]
    doubts |= dict.fromkeys((page.page_number for page in trusted), _disagreement(job, trusted))
    rows = {page.page_number: _layer_row(job, page) for page in layers}
    rows |= _read_scans(job, {number: doubt for number, doubt in doubts.items() if doubt})
    if page_numbers is None and opened > params.most_pages:
        rows[params.most_pages + 1] = _beyond_row(job, opened)
    pages = [rows[number] for number in sorted(rows)]
    return as_table(repair_pages(pages, job.language, job.params), TEXTBOOK_PAGES)


def _open(job: ReadingJob) -> int | str:
    """Number of pages, or one sentence on why the file cannot be opened."""
    if not job.pdf.is_file():
        return f"{job.pdf.name} is missing: put it back, or remove its sidecar"
    if job.pdf.stat().st_size == 0:
        return f"{job.pdf.name} is empty (0 bytes): copy it again"
    count = job.call(count_pages, job.pdf)
    if isinstance(count, Failure):
        if "password" in count.reason.lower():
            return f"{job.pdf.name} is encrypted: save it without a password"
        return f"{job.pdf.name} is not a PDF, or broken beyond opening: {count.reason}"
    if not 0 < count <= MAX_PAGES:
        return f"{job.pdf.name} has {count} pages: between 1 and {MAX_PAGES} can be read"
    return int(count)


def _beyond_row(job: ReadingJob, page_count: int) -> Row:
    most = job.params.most_pages
    reason = f"{BEYOND} {page_count - most} pages behind page {most} are not read"
    return page_row(
        job, most + 1, [], method="none", method_reason="`most_pages`", reject_reason=reason
    )


def _read_layers(job: ReadingJob, numbers: Sequence[int]) -> list[LayerPage]:
    """Text layers of the pages; a chunk that brings its process down is read page by page."""
    chunks = [
        tuple(numbers[start : start + LAYER_CHUNK_PAGES])
        for start in range(0, len(numbers), LAYER_CHUNK_PAGES)
    ]
    pages: list[LayerPage] = []
    for chunk, read in zip(chunks, _read_chunks(job, chunks), strict=True):
        if not isinstance(read, Failure):
            pages += read
            continue
        singles: list[tuple[int, ...]] = [(number,) for number in chunk]
        for number, single in zip(chunk, _read_chunks(job, singles), strict=True):
            if isinstance(single, Failure):
                pages.append(LayerPage(number, problem=single.reason))
            else:
                pages += single
    return pages


def _read_chunks(
    job: ReadingJob, chunks: list[tuple[int, ...]]
) -> Iterator[list[LayerPage] | Failure]:
    return job.map(read_text_layer, [(job.pdf, chunk) for chunk in chunks])


def _doubt(job: ReadingJob, page: LayerPage) -> str | None:
    if page.problem is not None:
        return f"the text layer cannot be read: {page.problem}"
    return distrust(text_of(page.words), job.language.code, job.params)


def _disagreement(job: ReadingJob, trusted: list[LayerPage]) -> str | None:
    """Why the text layers of a document are not to be trusted after all: OCR reads other words.

    A font's character map is wrong on all pages or on none, so a few pages speak for all.
    """
    count = min(job.params.compared_page_count, len(trusted))
    if count == 0:
        return None
    sample = [trusted[(2 * number + 1) * len(trusted) // (2 * count)] for number in range(count)]
    scans = _scan(job, [page.page_number for page in sample])
    for done, (page, scan) in enumerate(zip(sample, scans, strict=True), 1):
        job.progress(done, count, f"{job.document_key}: page {page.page_number} compared with OCR")
        if isinstance(scan, Failure) or mean_confidence(scan.words) < MIN_SURE_CONFIDENCE:
            continue
        read = text_of(scan.words)
        agreement = agreement_fraction(text_of(page.words), read, job.language.code)
        if agreement is not None and agreement < job.params.min_agreement_fraction:
            return f"OCR confirms only {agreement:.2f} of the text layer on page {page.page_number}"
    return None


def _layer_row(job: ReadingJob, page: LayerPage) -> Row:
    return page_row(
        job,
        page.page_number,
        page.words,
        method="text_layer",
        method_reason="the text layer reads like its language",
        width_points=page.width_points,
        height_points=page.height_points,
    )


def _read_scans(job: ReadingJob, doubts: dict[int, str]) -> Iterator[tuple[int, Row]]:
    """Rows of the pages whose text layer is not used, with the reason why, by page number."""
    if not doubts:
        return
    scans = _scan(job, list(doubts))
    for done, ((number, doubt), scan) in enumerate(zip(doubts.items(), scans, strict=True), 1):
        job.progress(done, len(doubts), f"{job.document_key}: page {number} read by OCR")
        yield number, _scan_row(job, number, doubt, scan)


def _scan(job: ReadingJob, page_numbers: list[int]) -> Iterator[ScannedPage | Failure]:
    plan = plan_ocr(job.language, job.params)
    return job.map(read_scanned_page, [(job.pdf, number, plan) for number in page_numbers])


def _scan_row(job: ReadingJob, number: int, doubt: str, scan: ScannedPage | Failure) -> Row:
    if isinstance(scan, Failure):
        problem: str | None = f"unreadable: {scan.reason}"
        return page_row(job, number, [], method="ocr", method_reason=doubt, reject_reason=problem)
    if scan.dpi < job.params.resolution_dpi:
        doubt += f"; rendered at {scan.dpi:.0f} dpi, for the page is large"
    if scan.turn.quarters:
        doubt += f"; turned by {90 * scan.turn.quarters} degrees to be read"
    words = [reread_in_alphabet(word, job.language.alphabet) for word in scan.words]
    problem = reject_reason(words, text_of(words), job.language.code, job.params)
    if scan.problem:
        problem = f"unreadable: {scan.problem}"
    return page_row(
        job,
        number,
        words,
        method="ocr",
        method_reason=doubt,
        width_points=scan.width_points,
        height_points=scan.height_points,
        turned_degrees=scan.turn.total_degrees,
        reject_reason=problem,
    )
