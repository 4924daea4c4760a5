"""Gold: what is known to be right about books, and how far reading and alignment come from it.

A gold folder has a folder per book, named so that the editions' keys are `<book>.<language>`. In
it, `sentences.<language>.txt` has one unit a line in reading order, `beads.<source>-<target>.txt`
lines such as `[0,1]:[0]`, and `pages.<language>.jsonl` has `page_number`, `text` as printed, and
`header` and `footer` where there are some. Gold scores; it never trains.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.evaluation.held_out.bead_mapping import UnitMap, map_units, project_beads
from pipeline.evaluation.measures.bead_scores import Bead
from pipeline.evaluation.measures.ocr_scores import character_error_rate, word_error_rate
from pipeline.evaluation.tasks.alignment_f1 import INTERVAL_NOTE, bead_rows
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table, kept
from pipeline.text.beads import parse_bead
from pipeline.text.lines import read_lines

Unit = Literal["sentence", "paragraph"]


@dataclass(frozen=True)
class GoldBook:
    """One book's gold.

    Attributes:
        book: what the editions' keys start with.
        units: in reading order, by language.
        beads: by (source, target) language; ids are positions in `units`.
        pages: printed text by page number, by language.
    """

    book: str
    units: Mapping[str, Sequence[str]]
    beads: Mapping[tuple[str, str], Sequence[Bead]]
    pages: Mapping[str, Mapping[int, str]]


def read_gold(folder: Path) -> list[GoldBook]:
    """Read every book of a gold folder, ordered by name.

    Raises:
        InputError: there is no such folder, no book in it, or a line that is no bead, no page, or
            names a unit that is not there.
    """
    books = [_read_book(path) for path in sorted(folder.glob("*")) if path.is_dir()]
    if not books:
        raise InputError(f"the gold folder {folder} has no book: make it, or correct `gold.folder`")
    return books


def hash_gold(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files of a gold folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def score_alignments(
    books: Sequence[GoldBook],
    alignments: Mapping[str, pa.Table],
    sentences_by_document: Mapping[str, pa.Table],
    unit: Unit,
    params: EvaluationParams,
) -> pa.Table:
    """Strict and lax F1 of every alignment of the same documents, book by book.

    Extracted sentences are mapped to gold units by character overlap; what is not mapped counts
    as missed, so that errors of OCR and splitting count too.

    Args:
        books: gold.
        alignments: tables of schema `ALIGNED_PAIRS`, by method.
        sentences_by_document: tables of schema `TEXTBOOK_SENTENCES`, by document key.
        unit: what the gold ids number.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`; its N counts gold beads.
    """
    rows: list[dict[str, object]] = []
    for book in books:
        for languages, gold in book.beads.items():
            documents = _twins(sentences_by_document, book, languages)
            if documents is None:
                continue
            maps = [
                map_units(_texts(sentences_by_document[key]), book.units[code], unit=unit)
                for key, code in zip(documents, languages, strict=True)
            ]
            for method, aligned in alignments.items():
                predicted = project_beads(_beads_of(aligned, documents), maps[0], maps[1])
                measured = _measurement(book, languages, method, params)
                rows += _bead_rows(measured, predicted, gold, maps, params)
    return as_table(rows, SCORES)


def score_reading(
    books: Sequence[GoldBook], pages_by_document: Mapping[str, pa.Table], params: EvaluationParams
) -> pa.Table:
    """Character and word error rates of every edition that has gold pages.

    Args:
        books: gold.
        pages_by_document: tables of schema `TEXTBOOK_PAGES`, by document key.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`; its N counts pages. White space is not told apart.
    """
    rows: list[dict[str, object]] = []
    for book in books:
        for code, printed in book.pages.items():
            document = f"textbooks/{book.book}.{code}"
            if document not in pages_by_document:
                continue
            pages = pages_by_document[document].to_pylist()
            read = {page["page_number"]: page["text"] or "" for page in pages}
            truth = [_squeezed(text) for text in printed.values()]
            guess = [_squeezed(read.get(number, "")) for number in printed]
            method = "+".join(sorted({page["method"] for page in pages}))
            measured = Measurement(book.book, code, hash_texts(truth), method, "", params.seed)
            for metric, rate in (("cer", character_error_rate), ("wer", word_error_rate)):
                error = rate(truth, guess, count=params.bootstrap_count, seed=params.seed)
                note = f"{error.edit_count} edits in {error.unit_count}; interval over pages"
                rows.append(measured.score(metric, error.interval, note))
    return as_table(rows, SCORES)


def _read_book(folder: Path) -> GoldBook:
    units = {
        path.name.split(".")[1]: read_lines(path) for path in sorted(folder.glob("sentences.*.txt"))
    }
    beads = {
        _pair_of(path): _read_beads(path, units) for path in sorted(folder.glob("beads.*.txt"))
    }
    pages = {
        path.name.split(".")[1]: dict(_page_lines(path))
        for path in sorted(folder.glob("pages.*.jsonl"))
    }
    return GoldBook(folder.name, units, beads, pages)


def _pair_of(path: Path) -> tuple[str, str]:
    source, _, target = path.name.split(".")[1].partition("-")
    return source, target


def _page_lines(path: Path) -> Iterator[tuple[int, str]]:
    for line in read_lines(path):
        try:
            page = json.loads(line)
            parts = [page.get("header"), page["text"], page.get("footer")]
            yield page["page_number"], "\n".join(part for part in parts if part)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}: {line[:60]!r} is no JSON object with `page_number` and `text`"
            ) from error


def _read_beads(path: Path, units: Mapping[str, Sequence[str]]) -> list[Bead]:
    lines, counts = read_lines(path), [len(units.get(code, ())) for code in _pair_of(path)]
    try:
        parsed = [parse_bead(line) for line in lines]
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    beads = [(bead.source, bead.target) for bead in parsed]
    for line, bead in zip(lines, beads, strict=True):
        if any(max(ids, default=-1) >= count for ids, count in zip(bead, counts, strict=True)):
            raise InputError(
                f"{path}: {line} counts from 0 among {counts[0]} and {counts[1]} gold units,"
                " the lines of the sentences files beside it"
            )
    return beads


def _twins(
    sentences: Mapping[str, pa.Table], book: GoldBook, languages: tuple[str, str]
) -> tuple[str, str] | None:
    """Document keys of the book's two editions, if both were read."""
    source, target = (f"textbooks/{book.book}.{code}" for code in languages)
    return (source, target) if source in sentences and target in sentences else None


def _texts(sentences: pa.Table) -> list[str]:
    texts: list[str] = kept(sentences).sort_by("sentence_number")["text"].to_pylist()
    return texts


def _beads_of(aligned: pa.Table, documents: tuple[str, str]) -> Iterator[Bead]:
    """Beads of one document pair; a kept sentence's number is its position."""
    for row in aligned.to_pylist():
        if (row["source_document"], row["target_document"]) == documents:
            yield tuple(row["source_sentences"]), tuple(row["target_sentences"])


def _measurement(
    book: GoldBook, languages: tuple[str, str], method: str, params: EvaluationParams
) -> Measurement:
    dataset = hash_texts(*(book.units[code] for code in languages), [str(book.beads[languages])])
    return Measurement(book.book, "-".join(languages), dataset, method, "", params.seed)


def _bead_rows(
    measured: Measurement,
    predicted: Sequence[Bead],
    gold: Sequence[Bead],
    maps: Sequence[UnitMap],
    params: EvaluationParams,
) -> Iterator[dict[str, object]]:
    unmapped = sum(unit is None for units in maps for unit in units)
    note = f"{INTERVAL_NOTE}; {unmapped} extracted sentences match no gold unit"
    yield from bead_rows(measured, predicted, gold, params, note)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
