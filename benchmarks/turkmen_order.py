"""An order of 13 pages, partly scanned: whether it comes out whole, and how well it is read.

Run: python -m benchmarks.turkmen_order [--raw]

The real reader reads the PDF. Character errors are counted against transcriptions in the lines that
are left when pictures are set apart, after the normalisation of sentences with dashes folded; they
belong to the printed line where they lie, and lines are resampled. What the shared data's own
transcription of page 2 leaves out, above and below, is left out here. Lines with handwriting are
not scored. `--raw` scores the engine's own reading, with nothing repaired or set apart.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from rapidfuzz.distance import Levenshtein

from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.settings import test_data
from pipeline.statistics import bootstrap, ratio
from pipeline.tables import kept
from pipeline.text import normalise
from pipeline.textbooks.layout import read_lines
from pipeline.textbooks.quality import count_repaired
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.sentences import extract_sentences
from pipeline.textbooks.strays import set_apart

LANGUAGE, SEED, RESAMPLES = "tuk_Latn", 20, 10_000
ORDER = "tds_gov_tm/pdf/tertip-253-is_mixed_scan_text.pdf"
GIVEN = "tds_gov_tm/pdf/ocr_gt/tertip-253-is.page2_body.txt"
OWN = Path(__file__).with_name("transcriptions")
BAR_PAGES, ALL_PAGES = (2, 3, 12), (1, 2, 3, 12, 13)
NOT_SCORED = "~"
DASHES = str.maketrans("–—", "--")
BEGINNINGS = (  # of what stands on the pages, one after the other
    "Programma önümini sertifikatlaşdyrmagyň", "2020-nji ýylyň 14-nji martynda",
    "1. Programma önümini", "2. Türkmen standartlar", "3. Şu buýrugyň", "I bap.", "II bap.",
    "4. Türkmenistanda", "b) ýuridik şahsy döretmezden", "8. Sertifikatlaşdyrmak boýunça",
    "12. Laýyklyk sertifikaty", "IV bap. Jemleýji düzgünler", "23. Sertifikatlaşdyrmak",
    "24. Arza beriji", "1.Programmanyň ady:", "10.Öň nahili", "14.Programmanyň wersiýasy",
)  # fmt: skip


class Line(NamedTuple):
    """A printed line, its number of characters and of errors in its reading."""

    page_number: int
    text: str
    length: int
    errors: int


def main() -> None:
    """Read the order, print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raw", action="store_true")
    options = parser.parse_args()
    pages = read_pages(test_data() / ORDER, LANGUAGE, "order", TextbookParams())
    texts = raw_texts(pages) if options.raw else read_texts(pages)
    print_wholeness(pages, texts)
    lines = [line for number in ALL_PAGES for line in scored_lines(number, texts[number])]
    for name, numbers in (
        ("pages 2 (as the shared data have it), 3 and 12", BAR_PAGES),
        ("all scanned pages", ALL_PAGES),
        *((f"page {number}", (number,)) for number in ALL_PAGES),
    ):
        chosen = [line for line in lines if line.page_number in numbers]
        errors, lengths = [line.errors for line in chosen], [line.length for line in chosen]
        rate = bootstrap(errors, lengths, statistic=ratio, count=RESAMPLES, seed=SEED)
        told = f"CER {rate.value:.2%} [{rate.ci_low:.2%}, {rate.ci_high:.2%}]"
        counts = f"{sum(errors)} errors in {sum(lengths)} characters of {len(chosen)} lines"
        print(f"{name}: {told}, {counts}")
    for line in lines:
        if line.errors:
            print(f"    page {line.page_number}, {line.errors} errors: {line.text}")


def read_texts(pages: pa.Table) -> dict[int, str]:
    """The text of each page without what is set apart."""
    lines, _ = set_apart(read_lines(pages))
    texts: dict[int, str] = {}
    for line in lines:
        texts[line.page_number] = f"{texts.get(line.page_number, '')} {line.text}"
    return {number: tidy(text) for number, text in texts.items()}


def raw_texts(pages: pa.Table) -> dict[int, str]:
    """The text of each page as the engine read it."""
    texts = {}
    for row in pages.to_pylist():
        words = [word["raw_text"] or word["text"] for word in row["words"]]
        texts[row["page_number"]] = tidy(" ".join(words))
    return texts


def tidy(text: str) -> str:
    """On one line, normalised, with one kind of dash."""
    return normalise(" ".join(text.split()), LANGUAGE).translate(DASHES)


def print_wholeness(pages: pa.Table, texts: dict[int, str]) -> None:
    """Pages, sentences, and whether known beginnings follow one another."""
    sentences = extract_sentences(pages, LANGUAGE, SentenceParams())
    whole, place, found = " ".join(texts[number] for number in sorted(texts)), 0, 0
    for beginning in BEGINNINGS:
        at = whole.find(tidy(beginning), place)
        found, place = (found + 1, at) if at >= 0 else (found, place)
        if at < 0:
            print(f"    not found in its place: {beginning}")
    methods = pages["method"].to_pylist()
    reasons = [reason for reason in sentences["reject_reason"].to_pylist() if reason]
    print(f"{kept(pages).num_rows} of {pages.num_rows} pages usable, {methods.count('ocr')} of "
          f"them by OCR, {count_repaired(pages)} words repaired; {found} of {len(BEGINNINGS)} "
          f"beginnings in their order; {kept(sentences).num_rows} sentences kept, {len(reasons)} "
          "rows set aside")  # fmt: skip
    for reason in sorted({reason.split(" that it gives")[0] for reason in reasons}):
        print(f"    {sum(other.startswith(reason) for other in reasons):>3} {reason}")


def scored_lines(page_number: int, read: str) -> list[Line]:
    """The printed lines of a page that are scored, with the errors in each."""
    is_given = page_number == 2  # noqa: PLR2004 - the page that the shared data have
    path = test_data() / GIVEN if is_given else OWN / f"tertip-253.page{page_number}.txt"
    raw_lines = path.read_text(encoding="utf-8").splitlines()
    lines = [tidy(line.removeprefix(NOT_SCORED)) for line in raw_lines]
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
    errors = np.zeros(len(lines), dtype=int)
    printed = " ".join(lines)
    for edit in Levenshtein.editops(printed, read):
        is_outside = edit.tag == "insert" and edit.src_pos in {0, len(printed)}
        if not (is_given and is_outside):
            errors[np.searchsorted(starts, edit.src_pos, side="right") - 1] += 1
    return [
        Line(page_number, line, len(line) + 1, int(count))
        for line, raw, count in zip(lines, raw_lines, errors, strict=True)
        if not raw.startswith(NOT_SCORED)
    ]


if __name__ == "__main__":
    main()
