"""The catalogue of documents: what there is to align, whatever it was read from. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.alignment.documents.imprint import grade_in, normalised_isbn
from pipeline.tables import DOCUMENTS, as_table, identify

_NOT_ON_THE_WEB: Mapping[str, Any] = {
    "article_id": "",
    "shared_path": "",
    "url": "",
    "alternate_urls": [],
}


@dataclass(frozen=True)
class DocumentEntry:
    """What is known of an edition's sentences without reading them.

    Attributes:
        source_kind: e.g. `textbooks`.
        partition: within its kind.
        facts: `title`, `book`, `language` and `licence`, perhaps `isbn`, `grade` and `subject`,
            and others that are left out.
        sentence_count: rows, rejected ones included.
        content_hash: of the sentences.
    """

    source_kind: str
    partition: str
    facts: Mapping[str, Any]
    sentence_count: int
    content_hash: str


def catalogue(
    editions: Iterable[DocumentEntry],
    articles: Iterable[pa.Table] = (),
    sentences_by_document: Mapping[str, pa.Table] | None = None,
) -> pa.Table:
    """List every edition and every article.

    An article's newest version stands for it: one that is rejected takes the article from the
    catalogue, whatever older versions were. So does a version without sentences.

    Args:
        editions: in any order.
        articles: tables of schema `NEWS_ARTICLES`, the oldest day first.
        sentences_by_document: tables of schema `NEWS_SENTENCES` of the newest versions, see
            `newest_by_document`; others are not looked at.

    Returns:
        A table of schema `DOCUMENTS`, ordered by document key. An article's content hash is taken
        over the texts of its sentences, rejected ones included, and so is its sentence count.
    """
    rows = [_edition_row(entry) for entry in editions]
    rows += _article_rows(articles, sentences_by_document or {})
    return as_table(sorted(rows, key=lambda row: str(row["document_key"])), DOCUMENTS)


def without(documents: pa.Table, retracted: Collection[str]) -> pa.Table:
    """The catalogue less the documents with these keys; a key that is not there is no matter."""
    keys = pa.array(sorted(retracted), pa.string())
    return documents.filter(pc.invert(pc.is_in(documents["document_key"], keys)))


def _edition_row(entry: DocumentEntry) -> dict[str, object]:
    return {
        **_NOT_ON_THE_WEB,
        "document_key": f"{entry.source_kind}/{entry.partition}",
        "source_kind": entry.source_kind,
        "partition": entry.partition,
        **{name: entry.facts[name] for name in ("book", "language", "title", "licence")},
        **_imprint(entry.facts),
        "sentence_count": entry.sentence_count,
        "content_hash": entry.content_hash,
    }


def _imprint(facts: Mapping[str, Any]) -> dict[str, str | None]:
    """What the edition's manifest says, and the grade as its title does."""
    return {
        "isbn": normalised_isbn(str(facts.get("isbn", ""))) or None,
        "grade": str(facts.get("grade", "")) or grade_in(str(facts["title"])) or None,
        "subject": str(facts.get("subject", "")) or None,
    }


def _article_rows(
    articles: Iterable[pa.Table], sentences_by_document: Mapping[str, pa.Table]
) -> Iterator[dict[str, object]]:
    tables = (table.drop_columns(["paragraphs"]) for table in articles)
    newest = {row["document_key"]: row for table in tables for row in table.to_pylist()}
    for key, row in newest.items():
        if row["reject_reason"] is None and key in sentences_by_document:
            sentences = sentences_by_document[key].sort_by("sentence_number")
            yield {
                "document_key": key,
                "source_kind": "news",
                "partition": "",
                "book": "",
                **{name: _within_its_site(row, name) for name in ("article_id", "shared_path")},
                "url": row["url"],
                "alternate_urls": row["alternate_urls"] or [],
                **{name: row[name] for name in ("language", "title", "published_on", "licence")},
                "lead_image": row.get("lead_image"),  # tables of earlier days may lack it
                "sentence_count": len(sentences),
                "content_hash": identify(*sentences["text"].to_pylist()),
            }


def _within_its_site(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)  # tables of earlier days may lack it
    return f"{row['site']}/{value.lstrip('/')}" if value else ""
