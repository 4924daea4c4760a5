"""Which sentences of the focus language a model is asked about. Pure but for reading files."""

import glob
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.hub_data import hub_rows, hub_version
from pipeline.parameters import AnchorParams
from pipeline.synthesis_sections import MonolingualSource
from pipeline.tables import ANCHOR_SENTENCES, as_table, identify, kept
from pipeline.text.identify import language_score
from pipeline.text.normalise import comparison_key, normalise
from pipeline.text.split import split_sentences

DUPLICATE = "duplicate"
CONTAMINATION = "contamination"
BEYOND_COUNT = "left out by lot: more than anchor_count"

Row = dict[str, Any]


def read_monolingual(sources: Mapping[str, MonolingualSource], focus: str) -> Iterator[Row]:
    """Sentences of every source, in its order, as open rows of `ANCHOR_SENTENCES`.

    Args:
        sources: by name.
        focus: the language of a source that names none.

    Raises:
        InputError: a pattern matches no file, or a data set lacks the column.
        SourceUnavailable: the hub cannot be reached.
    """
    for name, source in sources.items():
        code = source.language or focus
        for place, paragraph in _paragraphs(source):
            for text in split_sentences(normalise(paragraph, code), code):
                yield {
                    "language": code,
                    "text": text,
                    "document_key": f"monolingual/{name}",
                    "locator": json.dumps(place),
                    "licence": source.licence,
                }


def sentence_rows(tables: Iterable[pa.Table], focus: str) -> list[Row]:
    """Kept sentences of books and news in the focus language, as open rows of `ANCHOR_SENTENCES`.

    Args:
        tables: of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES`.
        focus: code of the language.
    """
    return [
        {
            "language": focus,
            "text": row["text"],
            "document_key": row["document_key"],
            "locator": json.dumps({"sentence": row["sentence_number"]}),
            "licence": "unknown",  # of the document: its catalogue tells
        }
        for table in tables
        for row in kept(table).to_pylist()
        if row["language"] == focus
    ]


def monolingual_version(source: MonolingualSource) -> str:
    """What the source's sentences depend on outside the recipe."""
    if source.hub is not None:
        return hub_version(source.hub)
    return identify(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(source)))


def choose_anchors(
    sentences: Iterable[Row], focus: str, params: AnchorParams, evaluated: Sequence[str | None]
) -> pa.Table:
    """Judge every sentence of the focus language; none is dropped, each has its reason.

    Args:
        sentences: rows with language, text, document_key, locator and licence.
        focus: rows of other languages are passed over.
        params: of anchors.
        evaluated: for each such row the evaluation set that its text gives away, or None.

    Returns:
        Table of schema `ANCHOR_SENTENCES`, in the sentences' order.
    """
    rows = [dict(row) for row in sentences if row["language"] == focus]
    seen: set[str] = set()
    for row, suite in zip(rows, evaluated, strict=True):
        row["anchor_id"] = identify(focus, row["text"])
        key = comparison_key(row["text"], focus)
        row["reject_reason"] = _fault(row["text"], focus, params) or (
            DUPLICATE if key in seen else f"{CONTAMINATION}: {suite}" if suite else None
        )
        seen.add(key)
    fit = [row for row in rows if row["reject_reason"] is None]
    for row in sorted(fit, key=lambda row: _lot(row, params.seed))[params.anchor_count :]:
        row["reject_reason"] = BEYOND_COUNT
    return as_table(rows, ANCHOR_SENTENCES)


def _fault(text: str, code: str, params: AnchorParams) -> str | None:
    count = len(text.split())
    if count < params.min_words:
        return f"shorter than {params.min_words} words"
    if count > params.max_words:
        return f"longer than {params.max_words} words"
    if language_score(text, code) < params.min_language_score:
        return f"language score below {params.min_language_score:g}"
    return None


def _lot(row: Row, seed: int) -> str:
    return identify(str(seed), row["anchor_id"])


def _paragraphs(source: MonolingualSource) -> Iterator[tuple[dict[str, object], str]]:
    if source.hub is not None:
        for number, row in enumerate(hub_rows(source.hub)):
            if source.column not in row:
                raise InputError(f"{source.hub.dataset} has no column {source.column!r}")
            yield {"row": number}, str(row[source.column])
        return
    for path in _files(source):
        lines = path.read_text(encoding="utf-8").splitlines()
        yield from (
            ({"file": path.name, "line": number}, line)
            for number, line in enumerate(lines, start=1)
            if line.strip()
        )


def _files(source: MonolingualSource) -> list[Path]:
    found = sorted(map(Path, glob.glob(str(source.files))))  # noqa: PTH207 - the pattern is whole
    if not found:
        raise InputError(f"no file matches {source.files}")
    return found
