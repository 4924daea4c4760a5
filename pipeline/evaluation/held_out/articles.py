"""News articles as evaluation sees them: language versions together, and what was trained on. Pure.

A student has seen the sentences of articles in the training split; they may stand in a pool or
train a classifier, but they are never what is asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Article:
    """One language version of an article.

    Attributes:
        document_key: its key.
        story: the same for all its language versions, and for nothing else.
        language: code.
        title: may be empty.
        category: as the site names it in this language; empty when it does not.
        paragraphs: in order.
        is_trained: a version of the story is in the training split.
        is_tested: a version is in the test split and none in the training split.
    """

    document_key: str
    story: str
    language: str
    title: str
    category: str
    paragraphs: Sequence[str]
    is_trained: bool
    is_tested: bool


def read_articles(articles: pa.Table, corpus: pa.Table) -> list[Article]:
    """The kept articles in the order of their keys.

    Versions are told by the site's number for the article and by the addresses of its other
    languages.

    Args:
        articles: table of schema `NEWS_ARTICLES`, oldest first: of several rows of one document
            the last counts.
        corpus: table of schema `PARALLEL_CORPUS`.
    """
    newest = {row["document_key"]: row for row in articles.to_pylist()}
    rows = [row for _, row in sorted(newest.items()) if row["reject_reason"] is None]
    stories = _stories(rows)
    by_split = {split: _documents(corpus, split) for split in ("train", "test")}
    trained, tested = (
        {
            story
            for row, story in zip(rows, stories, strict=True)
            if row["document_key"] in documents
        }
        for documents in by_split.values()
    )
    return [
        Article(
            row["document_key"],
            story,
            row["language"],
            row["title"] or "",
            row["category"] or "",
            row["paragraphs"] or [],
            story in trained,
            story in tested - trained,
        )
        for row, story in zip(rows, stories, strict=True)
    ]


def _stories(rows: Sequence[dict[str, object]]) -> list[str]:
    """A name for each row: the first document key of all that hang together."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for row in rows:
        for link in _links(row):
            one, other = sorted((root(str(row["document_key"])), root(link)))
            parent[other] = one
    # links sort behind keys, so that the root of a story is the first of its documents
    return [root(str(row["document_key"])) for row in rows]


def _links(row: dict[str, object]) -> list[str]:
    """What a row shares with its other versions, marked so as to sort behind document keys."""
    alternate_urls = row["alternate_urls"]
    urls = [row["url"], *(alternate_urls if isinstance(alternate_urls, list) else [])]
    links = [f"~url {url}" for url in urls if url]
    return [*links, f"~article {row['site']} {row['article_id']}"] if row["article_id"] else links


def _documents(corpus: pa.Table, split: str) -> set[str]:
    part = corpus.filter(pc.equal(corpus["split"], split))
    return {key for side in ("source", "target") for key in part[f"{side}_document"].to_pylist()}
