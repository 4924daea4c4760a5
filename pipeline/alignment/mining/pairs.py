"""Pairs from documents that have no twin: who is closest to whom across all of them.

Pure and deterministic. A margin depends on who else was searched, so thresholds of one pool are
rough guides for another.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.alignment.mining.margin import MinedPair, choose_pairs
from pipeline.alignment.mining.neighbours import find_neighbours
from pipeline.alignment.mining.shards import ALONE, Workshop
from pipeline.alignment.mining.texts import Member, counterparts, searched_texts
from pipeline.alignment.sentences.sides import FloatArray
from pipeline.encoders.embeddings import Vectors
from pipeline.parameters import MiningParams
from pipeline.tables import MINED_PAIRS, as_table, identify, kept

Sentence = Member[tuple[str, int]]
"""A text with its document and number there."""


class Mined(NamedTuple):
    """Pairs, and how they were found.

    Attributes:
        pairs: a table of schema `MINED_PAIRS`.
        facts: by pivot: the rows searched on either side, the pairs by direction, and what
            `find_neighbours` tells of the search.
    """

    pairs: pa.Table
    facts: Mapping[str, Mapping[str, Any]]


def mine_pairs(  # noqa: PLR0913, PLR0917 - three tables, vectors, and the recipe's languages
    documents: pa.Table,
    document_pairs: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    vectors: Vectors,
    focus: str,
    pivots: Sequence[str],
    params: MiningParams,
    workshop: Workshop = ALONE,
) -> Mined:
    """Mine the documents that have no twin, one pivot language after the other.

    Args:
        documents: table of schema `DOCUMENTS`.
        document_pairs: table of schema `DOCUMENT_PAIRS`: who has a twin in which language.
        sentences_by_document: tables of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES`; a
            document that is not here has no sentences.
        vectors: of all kept sentences.
        focus: language code of the source side.
        pivots: language codes of the target sides.
        params: of the search and the choice, and least length of a sentence.
        workshop: where the search is done.

    Returns:
        Pairs by pivot, from the best down, see `choose_pairs`. A text that occurs often is searched
        once and belongs to the first document, by key, that has it; so are texts that differ
        little, see `texts`, and cosine and margin are those of what was searched.

    Raises:
        InputError: a sentence has no vector.
        SourceUnavailable: as the workshop's executor.
    """
    rows: list[dict[str, object]] = []
    facts: dict[str, Mapping[str, Any]] = {}
    for pivot in pivots:
        twins = document_pairs.filter(pc.equal(document_pairs["target_language"], pivot))
        paired = {*twins["source_document"].to_pylist(), *twins["target_document"].to_pylist()}
        source, target = (
            _sentences(_lone_documents(documents, code, paired), sentences_by_document)
            for code in (focus, pivot)
        )
        codes = focus, pivot
        sides = searched_texts(source, target, codes, min_characters=params.min_characters)
        matrices = vectors.of(focus, list(sides[0])), vectors.of(pivot, list(sides[1]))
        pairs, facts[pivot] = search_pairs(matrices[0], matrices[1], params, workshop)
        groups = list(sides[0].values()), list(sides[1].values())
        for found in pairs:
            pair = counterparts(groups[0][found.source], groups[1][found.target])
            rows.append(_row(codes, *pair) | _scores(found))
    return Mined(as_table(rows, MINED_PAIRS), facts)


def search_pairs(
    source: FloatArray, target: FloatArray, params: MiningParams, workshop: Workshop
) -> tuple[list[MinedPair], Mapping[str, Any]]:
    """Find neighbours and let rows choose among them; the facts are of both.

    Raises:
        InputError: the sides are not matrices of one width.
        SourceUnavailable: as the workshop's executor.
    """
    searched = find_neighbours(source, target, params, workshop)
    pairs = choose_pairs(
        searched.onward, searched.back, params.margin, params.mode, params.min_margin
    )
    directions = Counter(pair.direction for pair in pairs)
    counts = {"source_rows": len(source), "target_rows": len(target)}
    return pairs, {**searched.facts, **counts, "pairs": dict(sorted(directions.items()))}


def _lone_documents(documents: pa.Table, language: str, paired: set[str]) -> list[str]:
    own = documents.filter(pc.equal(documents["language"], language))
    return sorted(set(own["document_key"].to_pylist()) - paired)


def _sentences(
    documents: Sequence[str], sentences_by_document: Mapping[str, pa.Table]
) -> Iterator[tuple[str, tuple[str, int]]]:
    """Kept sentences with their places, in reading order."""
    for document in documents:
        if document in sentences_by_document:
            ordered = kept(sentences_by_document[document]).sort_by("sentence_number")
            numbers = ordered["sentence_number"].to_pylist()
            for text, number in zip(ordered["text"].to_pylist(), numbers, strict=True):
                yield text, (document, number)


def _scores(found: MinedPair) -> dict[str, object]:
    return {"cosine": found.cosine, "margin": found.margin, "direction": found.direction}


def _row(languages: tuple[str, str], source: Sentence, target: Sentence) -> dict[str, object]:
    row: dict[str, object] = {"pair_id": identify(languages[0], source[0], languages[1], target[0])}
    sides = zip(("source", "target"), languages, (source, target), strict=True)
    for side, language, (text, (document, number)) in sides:
        row |= {
            f"{side}_document": document,
            f"{side}_language": language,
            f"{side}_sentence": number,
            f"{side}_text": text,
        }
    return row
