"""Words with boxes: the reader's path through pdfium beside pdfplumber's `extract_words`.

Run: python -m benchmarks.page_words [--pages N]

Born-digital pages: books typeset from the shared texts, and the standards service's PDFs with a
text layer. Both open the file and read all pages, in turn, in one process; processor time.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pdfplumber
import pypdfium2

from benchmarks.broken_layers import page_pdf
from benchmarks.text_layers import LANGUAGES, page_text, paragraphs
from pipeline.settings import test_data
from pipeline.textbooks.text_layer import read_with_pdfium

SEED, ROUNDS, RESAMPLES = 20, 3, 2000


def main() -> None:
    """Print the ratio and the share of equal words for every file and over all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=10, help="in a typeset book")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [typeset(Path(folder), code, options.pages) for code in LANGUAGES]
        files += sorted((test_data() / "tds_gov_tm" / "pdf").glob("*text*.pdf"))
        rows = np.array([compared(file) for file in files])
    ratios = bootstrap_ratios(rows[:, 0], rows[:, 1])
    low, high = np.quantile(ratios, [0.025, 0.975])
    mine, other, equal, count = rows.sum(axis=0)
    print(f"over all {len(rows)} files: {other / mine:.1f} times as fast [{low:.1f}, {high:.1f}], "
          f"{equal:.0f} of {count:.0f} words equal")  # fmt: skip


def typeset(folder: Path, code: str, page_count: int) -> Path:
    """A book of prose in one language."""
    texts, draw = paragraphs(1), random.Random(f"{SEED} {code}")  # noqa: S311 - a draw of pages
    with pypdfium2.PdfDocument.new() as book:
        for number in range(page_count):
            page = page_pdf(page_text(texts, code, "prose", draw), code, number=number)
            book.import_pages(pypdfium2.PdfDocument(page))
        book.save(folder / f"{code}.pdf")
    return folder / f"{code}.pdf"


def compared(file: Path) -> tuple[float, float, int, int]:
    """Seconds of pdfium and of pdfplumber (best of the rounds), equal words, all words."""
    with pypdfium2.PdfDocument(file) as pdf:
        numbers = tuple(range(1, len(pdf) + 1))

    def ours() -> list[list[str]]:
        pages = read_with_pdfium(file, numbers)
        return [[word["text"] for word in pages[n].words] if n in pages else [] for n in numbers]

    def theirs() -> list[list[str]]:
        found = []
        with pdfplumber.open(file) as pdf:
            for page in pdf.pages:
                found.append([word["text"] for word in page.extract_words()])
                page.close()
        return found

    (mine, read), (other, expected) = fastest(ours), fastest(theirs)
    equal = sum(
        sum(one == two for one, two in zip(a, b, strict=False))
        for a, b in zip(read, expected, strict=True)
    )
    count = sum(map(len, expected))
    print(f"{file.name:<50} {len(numbers):>3} pages {other / mine:5.1f} times as fast, "
          f"{len(numbers) / mine:5.0f} and {len(numbers) / other:5.1f} pages/s, "
          f"{equal} of {count} words equal")  # fmt: skip
    return mine, other, equal, count


def fastest(read: Callable[[], list[list[str]]]) -> tuple[float, list[list[str]]]:
    """Least processor time of the rounds, and what was read."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        found = read()
        seconds.append(time.process_time() - start)
    return min(seconds), found


def bootstrap_ratios(mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Ratios of total times over resampled files."""
    drawn = np.random.default_rng(SEED).integers(len(mine), size=(RESAMPLES, len(mine)))
    return np.asarray(other[drawn].sum(1) / mine[drawn].sum(1))


if __name__ == "__main__":
    main()
