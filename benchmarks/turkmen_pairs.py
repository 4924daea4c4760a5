"""Turkmen beside Russian and English: the pairs of every benchmark that trains a student.

From test data that may be trained on: interface strings, names and keywords of CLDR, a phrasebook,
the standards service's titles, and its laws and pages, which are cut into sentences and aligned by
an encoder. Its Labour Code (20) is for retrieval tests, 14 is Turkmen in all three fields, 61
repeats 60: they stay out. Never read are FLORES, Tatoeba, STS-B and SIB-200.
"""

import csv
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.alignment.commands.align import align_texts
from pipeline.encoders import Encoder
from pipeline.parameters import AlignmentParams
from pipeline.settings import test_data
from pipeline.tables import NEIGHBOUR_TEXTS, PARALLEL_CORPUS, as_table, identify
from pipeline.text.lines import read_lines
from pipeline.text.split import split_sentences

FOCUS = "tuk_Latn"
PIVOTS = {"ru": "rus_Cyrl", "en": "eng_Latn"}
NEIGHBOURS = {"az": "azj_Latn", "uz": "uzn_Latn", "kk": "kaz_Cyrl", "tr": "tur_Latn"}
STANDARDS = "standards"
"""Beginning of the document keys whose pairs stand in reading order."""
DEV_EVERY = 40  # of the pairs, one is kept from training, to see what the student retains

_DOCUMENTS_LEFT_OUT = frozenset({"14", "19", "20", "61"})
_TABLES = {
    "interface/django": "ui_strings/django_5.1.4.tsv",
    "interface/laravel": "ui_strings/laravel_lang.tsv",
    "names/languages": "cldr_lexicon/languages.tsv",
    "names/territories": "cldr_lexicon/territories.tsv",
    "names/scripts": "cldr_lexicon/scripts.tsv",
    "emoji/names": "cldr_lexicon/emoji_short_names.tsv",
    "emoji/keywords": "cldr_lexicon/emoji_keywords.tsv",
}
_PLACEHOLDERS = re.compile(r"%\((\w+)\)[sd]|:(\w+)|%[sd]|[{}<>]|&\w+;")
_LEAST_WORDS = 3  # of a neighbour's text
_LEAST_SCORE = 0.1  # of a bead

Row = dict[str, Any]


def turkmen_corpus(encoder: Encoder) -> pa.Table:
    """All pairs, as a corpus whose splits are training and development.

    Args:
        encoder: aligns the laws and pages.

    Returns:
        Table of schema `PARALLEL_CORPUS`; one of `DEV_EVERY` is in the development split.
    """
    distinct = {row["pair_id"]: row for row in (*_aligned(encoder), *short_rows())}
    return as_table(list(distinct.values()), PARALLEL_CORPUS)


def short_rows() -> Iterator[Row]:
    """All pairs but those of laws and pages: what needs no aligner. Some come more than once."""
    for pair in title_pairs():
        yield _row("titles/standards", *pair)
    yield from _phrases()
    yield from _table_pairs()


def neighbour_texts() -> pa.Table:
    """Interface strings and emoji names in languages that training must leave alone.

    Returns:
        Table of schema `NEIGHBOUR_TEXTS`.
    """
    found = {
        (language, text): key
        for key in ("interface/django", "interface/laravel", "emoji/names")
        for row in _read_table(_TABLES[key])
        for name, language in NEIGHBOURS.items()
        if len((text := _plain(row.get(name) or row.get(f"{name}_Latn"))).split()) >= _LEAST_WORDS
    }
    rows: list[Row] = [
        {"language": language, "text": text, "document_key": key, "reject_reason": None}
        for (language, text), key in found.items()
    ]
    return as_table(rows, NEIGHBOUR_TEXTS)


def _aligned(encoder: Encoder) -> Iterator[Row]:
    folder = test_data() / "tds_gov_tm"
    for entry in _read_table("tds_gov_tm/manifest.tsv"):
        document = entry["doc"]
        if document in _DOCUMENTS_LEFT_OUT or entry["status"] != "ok":
            continue
        sentences = {
            name: _sentences(folder / "text" / f"{document}.{name}.txt", language)
            for name, language in (("tm", FOCUS), *PIVOTS.items())
        }
        for name, language in PIVOTS.items():
            sides = (FOCUS, sentences["tm"]), (language, sentences[name])
            for bead in align_texts(*sides, encoder, AlignmentParams()):
                if bead.source and bead.target and bead.score > _LEAST_SCORE:
                    texts = (
                        " ".join(side[1][place] for place in places)
                        for side, places in zip(sides, (bead.source, bead.target), strict=True)
                    )
                    yield _row(f"{STANDARDS}/pages/{document}", language, *texts)


def title_pairs() -> Iterator[tuple[str, str, str]]:
    """Titles of standards: a pivot's code, the Turkmen title, and its counterpart."""
    for entry in _read_table("tds_gov_tm/standards_titles.tsv"):
        for name, language in PIVOTS.items():
            if entry["tm"] and entry[name] and entry["tm"] != entry[name]:
                yield language, entry["tm"], entry[name]


def _phrases() -> Iterator[Row]:
    for entry in _read_table("turkmen_phrasebook/tuk-rus.tsv"):
        yield _row("phrases/everyday", PIVOTS["ru"], entry["tuk"], entry["rus"])


def _table_pairs() -> Iterator[Row]:
    for key, path in _TABLES.items():
        for entry in _read_table(path):
            for name, language in PIVOTS.items():
                source, target = _plain(entry.get("tk")), _plain(entry.get(name))
                if source and target and source != target:
                    yield _row(key, language, source, target)


def _row(document: str, language: str, source: str, target: str) -> Row:
    pair_id = identify(FOCUS, language, source, target)
    # both pivots of a text go one way, or its other translation would teach what is held out
    is_dev = int(identify(source)[:8], 16) % DEV_EVERY == 0
    return dict.fromkeys(PARALLEL_CORPUS.names) | {
        "pair_id": pair_id,
        "origin": "bitexts",
        "source_document": document,
        "target_document": document,
        "group_key": document,
        "source_language": FOCUS,
        "target_language": language,
        "source_text": source,
        "target_text": target,
        "is_reviewed": False,
        "split": "dev" if is_dev else "train",
    }


def _read_table(path: str) -> list[dict[str, str]]:
    with (test_data() / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _sentences(path: Path, language: str) -> list[str]:
    paragraphs = (line.strip() for line in read_lines(path))
    found = (one for text in paragraphs if text for one in split_sentences(text, language))
    return [text for text, _ in groupby(found)]


def _plain(text: str | None) -> str:
    """Without placeholders, whose names stay as words; keywords joined by commas."""
    named = _PLACEHOLDERS.sub(lambda match: match[1] or match[2] or " ", text or "")
    return re.sub(r"\s+", " ", named.replace(" |", ",")).strip()
