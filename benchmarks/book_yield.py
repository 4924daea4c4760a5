"""Yield and cost of a page: a book of 300 pages, estimated first and then read as the stage reads.

Run: python -m benchmarks.book_yield [--pages N] [--scans N] [--seed N] [--read N ...]

The book is typeset from real Turkmen paragraphs, in the styles of a schoolbook; some of its pages,
in blocks of five, are scans of what would stand there.
"""

import argparse
import random
import runpy
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pypdfium2

from benchmarks.broken_layers import page_pdf
from benchmarks.text_layers import STYLES, page_text, paragraphs
from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.settings import project_root
from pipeline.statistics import Interval, bootstrap
from pipeline.storage import Address, Fingerprint, Store
from pipeline.textbooks.estimate import Estimate, estimate_book, estimate_lines
from pipeline.textbooks.page_sampling import mean_of
from pipeline.textbooks.reader import DEFAULT_WORKER_COUNT, read_pages
from pipeline.textbooks.sentences import extract_sentences

SEED, BLOCK = 20, 5
CODE = "tuk_Latn"
T = TypeVar("T")


def main() -> None:
    """Build the book, estimate it, read it, print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--scans", type=int, default=30, help="pages that are scans")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--read", type=int, nargs="*", default=[24, 48], help="by the estimates")
    options = parser.parse_args()
    scans = scanned_pages(options.pages, options.scans)
    print(f"{options.pages} pages, {len(scans)} of them scans, {CODE}, seed {options.seed}, "
          f"{DEFAULT_WORKER_COUNT} workers, 95 % intervals")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.pdf"
        typeset(book, options.pages, scans, options.seed)
        print(f"file: {book.stat().st_size / 1e6:.1f} MB")
        estimates = [timed(partial(estimate_book, book, CODE, most)) for most in options.read]
        truth = read_whole(book, scans, Path(folder))
    for told, seconds in estimates:
        print(f"\nestimate, made in {seconds:.0f} s")
        print("\n".join(estimate_lines("book.pdf", told)))
        print("\n".join(compared(told, truth)))


def scanned_pages(page_count: int, count: int) -> set[int]:
    """Page numbers in blocks, evenly spread."""
    blocks = max(1, count // BLOCK)
    starts = [(2 * n + 1) * page_count // (2 * blocks) for n in range(blocks if count else 0)]
    return {start + n for start in starts for n in range(BLOCK) if start + n <= page_count}


def typeset(path: Path, page_count: int, scans: set[int], seed: int) -> None:
    """Write the book."""
    scan: Callable[[bytes, str], bytes] = runpy.run_path(
        str(project_root() / "examples" / "school_reader" / "scan.py")
    )["scan"]
    texts, draw = paragraphs(1), random.Random(seed)  # noqa: S311 - a draw of pages
    with pypdfium2.PdfDocument.new() as book:
        for number in range(1, page_count + 1):
            style = STYLES[number % len(STYLES)]
            page = page_pdf(page_text(texts, CODE, style, draw), CODE, number=number)
            with pypdfium2.PdfDocument(scan(page, "a scan") if number in scans else page) as one:
                book.import_pages(one)
        book.save(path)


def read_whole(book: Path, scans: set[int], folder: Path) -> dict[str, float]:
    """Read every page as the stage does, print yield and cost, and return what was estimated."""
    params, ticks = TextbookParams(), list[tuple[int, float]]()
    pages, seconds = timed(
        lambda: read_pages(
            book,
            CODE,
            "textbooks/book",
            params,
            progress=lambda done, _, __: ticks.append((done, time.monotonic())),
        )
    )
    born = [number for number in pages["page_number"].to_pylist() if number not in scans]
    alone = params.model_copy(update={"compared_page_count": 0})
    _, layer_seconds = timed(lambda: read_pages(book, CODE, "a", alone, page_numbers=born))
    sentences, sentence_seconds = timed(lambda: extract_sentences(pages, CODE, SentenceParams()))
    methods = Counter(pages["method"].to_pylist())
    ocr = mean_of([now - last for (_, last), (done, now) in pairwise(ticks) if done > 1])
    stored = [stored_bytes(folder, table) for table in (pages, sentences)]
    print(f"\nread whole in {seconds:.0f} s: {dict(methods)}")
    for kind, found in rows_by_page(sentences, pages.num_rows).items():
        shown = bootstrap(found, seed=SEED)
        print(f"sentences a page, {kind:14} {figure(shown, 2)}, {sum(found):,} in all")
    print(f"text layer: {layer_seconds / len(born):.3f} s a page; ", end="")
    print(f"OCR: {figure(ocr, 1) if ocr else 'none'} s a page; sentences: "
          f"{sentence_seconds / pages.num_rows:.3f} s a page")  # fmt: skip
    print(f"stored: {sum(stored) / pages.num_rows:,.0f} bytes a page "
          f"({stored[0]:,} of pages, {stored[1]:,} of sentences)")  # fmt: skip
    return {
        **{f"pages by {method}": float(methods[method]) for method in ("text_layer", "ocr")},
        "sentences kept": float(sentences["reject_reason"].null_count),
        "OCR seconds a page": ocr.value if ocr else 0.0,
        "OCR minutes": (methods["ocr"] + params.compared_page_count) * ocr.value / 60 if ocr else 0,
        "stored bytes": float(sum(stored)),
    }


def rows_by_page(sentences: pa.Table, page_count: int) -> dict[str, list[int]]:
    """How many rows begin on each page: kept ones, and rejected ones by reason."""
    found: dict[str, Counter[int]] = {}
    for row in sentences.select(["reject_reason", "page_number"]).to_pylist():
        kind = (row["reject_reason"] or "kept").partition(":")[0]
        found.setdefault(kind, Counter())[row["page_number"]] += 1
    return {
        kind: [counts[number] for number in range(1, page_count + 1)]
        for kind, counts in found.items()
    }


def compared(told: Estimate, truth: dict[str, float]) -> Iterator[str]:
    """What was told beside what came."""
    intervals = {f"pages by {method}": pages for method, pages in told.methods.items()}
    intervals["sentences kept"] = told.sentences["kept"]
    if told.ocr_seconds and told.ocr_minutes:
        intervals["OCR seconds a page"] = told.ocr_seconds
        intervals["OCR minutes"] = told.ocr_minutes
    for name, interval in intervals.items():
        is_inside = interval.ci_low <= truth[name] <= interval.ci_high
        yield (
            f"  {name}: told {figure(interval, 1)}, came {truth[name]:,.1f} "
            f"({interval.value / truth[name] - 1:+.0%}), {'inside' if is_inside else 'OUTSIDE'}"
        )
    came = truth["stored bytes"]
    ratio = told.stored_bytes / came - 1
    yield f"  stored bytes: told {told.stored_bytes:,}, came {came:,.0f} ({ratio:+.0%})"


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What some work gives, and its seconds by the clock."""
    start = time.monotonic()
    return work(), time.monotonic() - start


def stored_bytes(folder: Path, table: pa.Table) -> int:
    """Size of a table in a store."""
    store, address = Store(str(folder / "store")), Address("book", "table")
    artefact = store.publish(address, table, fingerprint=Fingerprint("1"))
    return sum(file.bytes for file in artefact.manifest.files)


def figure(interval: Interval, digits: int) -> str:
    """A figure with its interval."""
    ends = f"[{interval.ci_low:,.{digits}f}, {interval.ci_high:,.{digits}f}]"
    return f"{interval.value:,.{digits}f} {ends}"


if __name__ == "__main__":
    main()
