"""Sentences of one language alone, from books, news, files and data sets."""

import glob
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.hub_data import hub_rows, hub_version
from pipeline.synthesis_sections import MonolingualSource
from pipeline.tables import identify, kept
from pipeline.text.normalise import normalise
from pipeline.text.split import split_sentences

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


def sentence_rows(tables: Iterable[pa.Table], code: str) -> list[Row]:
    """Kept sentences of books and news in a language, as open rows of `ANCHOR_SENTENCES`.

    Args:
        tables: of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES`.
        code: of the language.
    """
    return [
        {
            "language": code,
            "text": row["text"],
            "document_key": row["document_key"],
            "locator": json.dumps({"sentence": row["sentence_number"]}),
            "licence": "unknown",  # of the document: its catalogue tells
        }
        for table in tables
        for row in kept(table).to_pylist()
        if row["language"] == code
    ]


def monolingual_version(source: MonolingualSource) -> str:
    """What the source's sentences depend on outside the recipe."""
    if source.hub is not None:
        return hub_version(source.hub)
    return identify(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(source)))


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
