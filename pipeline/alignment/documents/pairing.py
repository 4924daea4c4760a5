"""Which documents translate one another: by what they say of themselves. Pure.

No text is compared: editions of a book say which book, articles name their other languages in
their pages' heads (hreflang), and many sites give one number to all versions of an article.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipeline.tables import DOCUMENT_PAIRS, as_table

SAME_BOOK = "same book"
HREFLANG = "hreflang"
SAME_ID = "same id"

Row = dict[str, Any]
Keys = tuple[str, str]


def pair_documents(documents: pa.Table, focus: str, pivots: Sequence[str]) -> pa.Table:
    """Pair documents in the focus language with those in every pivot, in linear time.

    Rules, the first that finds a pair names it:

    - "same book": editions of one book, all with all.
    - "hreflang": one article's `alternate_urls` hold the other's `url`. Articles that name each
      other go before those of which only one does.
    - "same id": articles have the same `article_id`.

    An article is paired with at most one article of another language. Where a rule leaves a
    choice, the lower document keys are taken.

    Args:
        documents: table of schema `DOCUMENTS`.
        focus: language code of the source side.
        pivots: language codes of the target sides.

    Returns:
        A table of schema `DOCUMENT_PAIRS`, ordered by source and target document.
    """
    rows = sorted(documents.to_pylist(), key=lambda row: str(row["document_key"]))
    sources = [row for row in rows if row["language"] == focus]
    language_of = {row["document_key"]: row["language"] for row in rows}
    rules: dict[Keys, str] = {}
    for pivot in pivots:
        targets = [row for row in rows if row["language"] == pivot]
        books = dict.fromkeys(_with_equal("book", sources, targets), SAME_BOOK)
        rules |= _articles_once(sources, targets) | books
    pairs: list[dict[str, object]] = [
        {
            "source_document": source,
            "target_document": target,
            "source_language": focus,
            "target_language": language_of[target],
            "rule": rule,
        }
        for (source, target), rule in sorted(rules.items())
    ]
    return as_table(pairs, DOCUMENT_PAIRS)


def _with_equal(name: str, sources: Sequence[Row], targets: Sequence[Row]) -> Iterator[Keys]:
    """Documents of one language each that share a value that is not empty, by their keys."""
    by_value = defaultdict(list)
    for target in targets:
        by_value[target[name]].append(target["document_key"])
    for source in sources:
        if source[name]:
            yield from ((source["document_key"], key) for key in by_value.get(source[name], ()))


def _articles_once(sources: Sequence[Row], targets: Sequence[Row]) -> dict[Keys, str]:
    links = Counter(_linked(sources, targets))
    links.update((source, target) for target, source in _linked(targets, sources))
    ranked = [(HREFLANG, pair) for pair in sorted(links, key=lambda pair: (-links[pair], pair))]
    ranked += [(SAME_ID, pair) for pair in _with_equal("article_id", sources, targets)]
    taken: set[str] = set()
    chosen = {}
    for rule, pair in ranked:
        if taken.isdisjoint(pair):
            chosen[pair] = rule
            taken.update(pair)
    return chosen


def _linked(here: Sequence[Row], there: Sequence[Row]) -> set[Keys]:
    """Who of here names whom of there as the same page in another language."""
    by_url = {row["url"]: row["document_key"] for row in reversed(there) if row["url"]}
    return {
        (row["document_key"], by_url[url])
        for row in here
        for url in row["alternate_urls"] or ()
        if url in by_url
    }
