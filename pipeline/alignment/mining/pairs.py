"""Pairs from documents that have no twin: who is closest to whom across all of them.

Pure and deterministic. A margin depends on who else was searched, so thresholds of one pool are
rough guides for another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.alignment.mining.margin import mine
from pipeline.encoders.embeddings import Vectors
from pipeline.parameters import MiningParams
from pipeline.tables import MINED_PAIRS, as_table, identify, kept

Place = TypeVar("Place")
Sentence = tuple[str, tuple[str, int]]
"""A text with its document and number there."""


def mine_pairs(  # noqa: PLR0913, PLR0917 - three tables, vectors, and the recipe's languages
    documents: pa.Table,
    document_pairs: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    vectors: Vectors,
    focus: str,
    pivots: Sequence[str],
    params: MiningParams,
) -> pa.Table:
    """Mine the documents that have no twin, one pivot language after the other.

    Args:
        documents: table of schema `DOCUMENTS`.
        document_pairs: table of schema `DOCUMENT_PAIRS`: who has a twin in which language.
        sentences_by_document: tables of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES`; a
            document that is not here has no sentences.
        vectors: of all kept sentences.
        focus: language code of the source side.
        pivots: language codes of the target sides.
        params: neighbours, least margin, and least length of a sentence.

    Returns:
        A table of schema `MINED_PAIRS`, by pivot and descending margin. A text that occurs often
        is searched once and belongs to the first document, by key, that has it. Within a pivot no
        text is in two pairs.

    Raises:
        InputError: a sentence has no vector.
    """
    rows: list[dict[str, object]] = []
    for pivot in pivots:
        twins = document_pairs.filter(pc.equal(document_pairs["target_language"], pivot))
        paired = {*twins["source_document"].to_pylist(), *twins["target_document"].to_pylist()}
        all_sides = (
            _sentences(_lone_documents(documents, code, paired), sentences_by_document)
            for code in (focus, pivot)
        )
        source, target = searched_texts(*all_sides, min_characters=params.min_characters)
        matrices = vectors.of(focus, list(source)), vectors.of(pivot, list(target))
        sentences = list(source.items()), list(target.items())
        for found in mine(*matrices, params.neighbours, params.min_margin):
            pair = sentences[0][found.source], sentences[1][found.target]
            rows.append(
                _row((focus, pivot), *pair) | {"cosine": found.cosine, "margin": found.margin}
            )
    return as_table(rows, MINED_PAIRS)


def searched_texts(
    source: Iterable[tuple[str, Place]], target: Iterable[tuple[str, Place]], *, min_characters: int
) -> tuple[dict[str, Place], dict[str, Place]]:
    """The distinct texts of either side, each with the place where it comes first.

    Short ones are left out, and so are those that both sides have: what was never translated pairs
    with itself and teaches nothing.
    """
    left, right = (_first_places(side, min_characters) for side in (source, target))
    for text in left.keys() & right.keys():
        del left[text], right[text]
    return left, right


def _first_places(sentences: Iterable[tuple[str, Place]], min_characters: int) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for text, place in sentences:
        if len(text.strip()) >= min_characters:
            places.setdefault(text, place)
    return places


def _lone_documents(documents: pa.Table, language: str, paired: set[str]) -> list[str]:
    own = documents.filter(pc.equal(documents["language"], language))
    return sorted(set(own["document_key"].to_pylist()) - paired)


def _sentences(
    documents: Sequence[str], sentences_by_document: Mapping[str, pa.Table]
) -> Iterator[Sentence]:
    """Kept sentences, in reading order."""
    for document in documents:
        if document in sentences_by_document:
            ordered = kept(sentences_by_document[document]).sort_by("sentence_number")
            numbers = ordered["sentence_number"].to_pylist()
            for text, number in zip(ordered["text"].to_pylist(), numbers, strict=True):
                yield text, (document, number)


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
