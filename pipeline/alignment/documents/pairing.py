"""Which documents translate one another: by what they say of themselves, then by what they say.

Pure and deterministic. Metadata comes first; a pair that its texts contradict is rejected with a
reason. Among documents that are left, lesson numbers and shared facts propose twins, then
order-aware document vectors do, and a comparison sentence by sentence decides. Every document is
compared with a bounded number of others, whatever its length.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from pipeline.alignment.documents.profiles import read_profiles
from pipeline.alignment.documents.twin_search import Pair, Side, find_twins
from pipeline.encoders.embeddings import Vectors
from pipeline.parameters import PairingParams
from pipeline.tables import DOCUMENT_PAIRS, as_table, kept

MOST_NAMED = 10  # documents without a twin, in the facts of the table


class Contents(NamedTuple):
    """What the documents say.

    Attributes:
        sentences_by_document: tables of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES`; a document
            that is not here has no sentences.
        vectors: of all kept sentences.
    """

    sentences_by_document: Mapping[str, pa.Table]
    vectors: Vectors


def pair_documents(
    documents: pa.Table,
    focus: str,
    pivots: Sequence[str],
    contents: Contents | None = None,
    params: PairingParams | None = None,
) -> pa.Table:
    """Pair documents in the focus language with those in every pivot.

    Rules, the first that finds a pair names it:

    - "same book", "same ISBN": editions of one book, all with all.
    - "hreflang": one article's `alternate_urls` hold the other's `url`. Articles that name each
      other go before those of which only one does.
    - "same id": articles have the same `article_id`.
    - "same path": articles have the same `shared_path`.
    - "same day and image": no other article of either language shows that picture on that day.
    - "same grade and subject": books whose lessons are numbered alike.
    - "shared facts": articles of about one day with the same rare numbers and names.
    - "document vectors": of the nearest documents, those whose sentences resemble one another most.

    Only books are in several pairs of a language. Where a rule leaves a choice, the lower document
    keys are taken.

    Args:
        documents: table of schema `DOCUMENTS`.
        focus: language code of the source side.
        pivots: language codes of the target sides.
        contents: what the documents say; without it, only what they say of themselves is looked
            at, and nothing is rejected.
        params: of document pairing; its defaults when left out.

    Returns:
        A table of schema `DOCUMENT_PAIRS`, ordered by source and target document. Rejected are
        pairs that their texts contradict, and the best candidate of a document without a twin.

    Raises:
        InputError: a sentence has no vector.
    """
    params = params or PairingParams()
    rows = sorted(documents.to_pylist(), key=lambda row: str(row["document_key"]))

    def side(code: str) -> Side:
        own = [row for row in rows if row["language"] == code]
        return Side(own, read_profiles(own, *contents, params) if contents else [], params)

    sources = side(focus)
    found = [
        _row(pair, focus, pivot)
        for pivot in pivots
        for pair in find_twins(sources, side(pivot), params)
    ]
    found.sort(key=lambda row: (str(row["source_document"]), str(row["target_document"])))
    return as_table(found, DOCUMENT_PAIRS)


def lone_documents(
    documents: pa.Table, pairs: pa.Table, focus: str, pivots: Sequence[str]
) -> dict[str, dict[str, object]]:
    """How many documents have no twin in a language, and the first of them by key.

    Args:
        documents: table of schema `DOCUMENTS`.
        pairs: table of schema `DOCUMENT_PAIRS`.
        focus: language code of the source side.
        pivots: language codes of the target sides.

    Returns:
        `count` and `first` under `<language>-<the language without a twin>`, for either side.
    """
    keys: dict[str, set[str]] = {code: set() for code in (focus, *pivots)}
    for row in documents.to_pylist():
        keys.setdefault(row["language"], set()).add(row["document_key"])
    twins = kept(pairs).to_pylist()
    lone: dict[str, dict[str, object]] = {}
    for pivot in pivots:
        own = [row for row in twins if row["target_language"] == pivot]
        for side, code, other in (("source", focus, pivot), ("target", pivot, focus)):
            left = sorted(keys[code] - {row[f"{side}_document"] for row in own})
            lone[f"{code}-{other}"] = {"count": len(left), "first": left[:MOST_NAMED]}
    return lone


def _row(pair: Pair, focus: str, pivot: str) -> dict[str, object]:
    return {
        "source_document": pair.keys[0],
        "target_document": pair.keys[1],
        "source_language": focus,
        "target_language": pivot,
        "rule": pair.rule,
        "score": pair.score,
        "reject_reason": pair.reject_reason,
    }
