"""What the repair of OCR by dictionaries is worth: worn pages of known text, read and repaired.

Run: python -m benchmarks.ocr_repair [--tuning] [--seed N] [--pages N] [LANGUAGE ...]

The real reader reads a book of pictures; the engine's own reading is what each word keeps as
`raw_text`. Slips and limits were listed and set on the pages of `--tuning`, which are drawn from
other paragraphs and by another seed than those reported. Quotation marks and dashes are folded, as
sentences have them. Azerbaijani has UNILEX's list of words for a dictionary, for want of another.
"""

import argparse
import lzma
import os
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pyarrow as pa
from rapidfuzz.distance import Levenshtein

from benchmarks.text_layers import PARAGRAPH_LETTERS, flores, paragraphs
from benchmarks.worn_pages import worn_book
from pipeline.evaluation.measures.ocr_scores import character_error_rate, word_error_rate
from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.settings import dictionary_folders, test_data
from pipeline.tables import kept
from pipeline.text import normalise
from pipeline.text.dictionaries import missing_dictionary
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.repair import keep_to_alphabet

SEED, TUNING_SEED, RESAMPLES = 20, 7, 2000
LANGUAGES = ("tuk_Latn", "rus_Cyrl", "azj_Latn", "kaz_Cyrl", "tur_Latn")
PARAGRAPHS_A_PAGE = 14
PARAMS = TextbookParams()


@dataclass(frozen=True)
class Reading:
    """A page as printed, as the engine read it, and as repaired."""

    printed: str
    raw: str
    repaired: str


def main() -> None:
    """Read a book a language, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--pages", type=int, default=12, help="of each language")
    parser.add_argument("--verbose", action="store_true", help="print what was repaired wrongly")
    parser.add_argument("languages", nargs="*", default=LANGUAGES)
    options = parser.parse_args()
    seed = options.seed or (TUNING_SEED if options.tuning else SEED)
    print(f"OCR of worn pages and its repair, seed {seed}, 95 % intervals over pages (bootstrap)")
    with tempfile.TemporaryDirectory() as folder:
        offer_word_lists(Path(folder))
        for code in options.languages:
            draw = random.Random(f"{seed} {code}")  # noqa: S311 - a draw of pages
            texts = texts_of(code, 0 if options.tuning else 1)
            chosen = [draw.sample(texts, PARAGRAPHS_A_PAGE) for _ in range(options.pages)]
            pdf, printed = worn_book(chosen, code, draw)
            (book := Path(folder) / f"{code}.pdf").write_bytes(pdf)
            print_row(
                code, read_pages(book, code, code, PARAMS), printed, is_verbose=options.verbose
            )


def offer_word_lists(folder: Path) -> None:
    """Put lists of words where dictionaries are looked for, behind those of the machine."""
    packed = test_data() / "unilex_freq" / "az.txt.xz"
    (folder / "az_AZ.txt").write_bytes(lzma.decompress(packed.read_bytes()))
    folders = [*dictionary_folders(), test_data() / "hunspell_tk", folder]
    os.environ["DUTAR_DICTIONARIES"] = os.pathsep.join(map(str, folders))  # noqa: TID251 - for the reader


def texts_of(code: str, half: int) -> list[str]:
    """Every other paragraph of a language."""
    known = paragraphs(half)
    if code in known:
        return known[code]
    return [text for text in flores(code) if len(text) >= PARAGRAPH_LETTERS][half::2]


def print_row(code: str, pages: pa.Table, printed: Sequence[str], *, is_verbose: bool) -> None:
    """Error rates before and after, and what became of the words."""
    readable = {row["page_number"]: row for row in kept(pages).to_pylist()}
    readings = [
        Reading(tidy(text, code), tidy(raw_text(row["words"]), code), tidy(row["text"], code))
        for number, text in enumerate(printed, 1)
        if (row := readable.get(number))
    ]
    words = [word for row in readable.values() for word in row["words"]]
    limit = PARAMS.max_repaired_confidence_fraction
    sure = [word for word in words if word["confidence_fraction"] >= limit]
    fates = Counter(
        fate for reading in readings for fate in fates_of(reading, is_verbose=is_verbose)
    )
    print(f"{code}: {len(readings)} of {len(printed)} pages readable, {len(words)} words; "
          f"{missing_dictionary(language(code)) or 'with a dictionary'}")  # fmt: skip
    truth = [reading.printed for reading in readings]
    for name, guess in (
        ("as read", [reading.raw for reading in readings]),
        ("repaired", [reading.repaired for reading in readings]),
    ):
        rates = [
            rate(truth, guess, count=RESAMPLES, seed=SEED)
            for rate in (character_error_rate, word_error_rate)
        ]
        told = [
            f"{metric} {rate.interval.value:6.2%} [{rate.interval.ci_low:.2%}, "
            f"{rate.interval.ci_high:.2%}] of {rate.unit_count}"
            for metric, rate in zip(("CER", "WER"), rates, strict=True)
        ]
        print(f"    {name:<9} {'   '.join(told)}")
    alphabet = language(code).alphabet
    touched = sum(
        word["text"] != keep_to_alphabet(word["raw_text"] or word["text"], alphabet)
        for word in sure
    )
    print(f"    words repaired: nearer to the print {fates['better']}, as far {fates['as far']}, "
          f"farther {fates['worse']}; repaired at confidence {limit:g} and above: {touched} "
          f"of {len(sure)}")  # fmt: skip


def raw_text(words: Sequence[dict[str, str]]) -> str:
    """The words as the engine read them."""
    return " ".join(word["raw_text"] or word["text"] for word in words)


def tidy(text: str, code: str) -> str:
    """A text on one line, as sentences are normalised."""
    return normalise(" ".join(text.split()), code)


def fates_of(reading: Reading, *, is_verbose: bool) -> list[str]:
    """Whether each changed word came nearer to the printed one."""
    printed, raw, repaired = (
        text.split() for text in (reading.printed, reading.raw, reading.repaired)
    )
    fates = []
    if len(raw) != len(repaired):
        return ["a page whose words cannot be told apart"]
    blocks = SequenceMatcher(None, printed, raw, autojunk=False).get_opcodes()
    for _, start, end, first, last in blocks:
        if end - start != last - first:
            continue
        triples = zip(printed[start:end], raw[first:last], repaired[first:last], strict=True)
        for truth, before, after in triples:
            if before != after:
                gain = Levenshtein.distance(truth, before) - Levenshtein.distance(truth, after)
                fates.append("better" if gain > 0 else "worse" if gain < 0 else "as far")
                if is_verbose and gain <= 0:
                    print(f"        {truth}: read as {before}, repaired to {after}")
    return fates


if __name__ == "__main__":
    main()
