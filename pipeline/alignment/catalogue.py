"""The catalogue of documents: what there is to align, whatever it was read from. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.tables import DOCUMENTS, as_table


@dataclass(frozen=True)
class DocumentEntry:
    """What is known of one document's sentences without reading them.

    Attributes:
        source_kind: e.g. `textbooks`.
        partition: within its kind.
        facts: `title`, `book`, `language` and `licence`, and others that are left out.
        sentence_count: rows, rejected ones included.
        content_hash: of the sentences.
    """

    source_kind: str
    partition: str
    facts: Mapping[str, Any]
    sentence_count: int
    content_hash: str


def catalogue(entries: Iterable[DocumentEntry]) -> pa.Table:
    """A table of schema `DOCUMENTS`, ordered by document key."""
    rows: list[dict[str, object]] = [
        {
            "document_key": f"{entry.source_kind}/{entry.partition}",
            "source_kind": entry.source_kind,
            "partition": entry.partition,
            **{name: entry.facts[name] for name in ("book", "language", "title", "licence")},
            "sentence_count": entry.sentence_count,
            "content_hash": entry.content_hash,
        }
        for entry in entries
    ]
    return as_table(sorted(rows, key=lambda row: str(row["document_key"])), DOCUMENTS)
