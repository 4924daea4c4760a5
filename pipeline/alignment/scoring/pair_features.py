"""Features of sentence pairs, whatever they come from; decisions are made later, on the scores.

Pure.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.encoders.embeddings import Vectors
from pipeline.tables import SCORED_PAIRS, as_table
from pipeline.text.numbers import digit_strings

Row = dict[str, Any]
Facts = Mapping[str, Row]
Sentences = Mapping[str, Mapping[int, Row]]

_SIDES = "source", "target"


def score_pairs(
    aligned: pa.Table,
    mined: pa.Table,
    documents: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    bitexts: pa.Table,
    vectors: Vectors,
) -> pa.Table:
    """Score aligned pairs, mined pairs and pairs of bitexts alike.

    The cosine of an aligned pair is that of the blocks' mean sentence vectors. Rejected pairs keep
    their row and reason, with null features.

    Args:
        aligned: table of schema `ALIGNED_PAIRS`.
        mined: table of schema `MINED_PAIRS`.
        documents: table of schema `DOCUMENTS` with every document of the aligned and mined pairs.
        sentences_by_document: table of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES` for each.
        bitexts: table of schema `BITEXT_PAIRS`.
        vectors: of every sentence and text that is not rejected.

    Returns:
        A table of schema `SCORED_PAIRS`: aligned pairs, mined ones, then bitexts, each in their
        order. The group is what a split may not tear apart: in a book a section of the target
        edition; an article with all its languages; of a mined pair the source document. The
        locator of what was read here is a JSON object with the place of every sentence on either
        side: page and box in a book, URL and paragraph (0 for the title) in an article, such as
        `{"source": [{"page": 3, "box": [72.0, 90.5, 310.2, 104.0]}], "target": []}`.

    Raises:
        InputError: a text has no vector.
    """
    facts = {row["document_key"]: row for row in documents.to_pylist()}
    sentences = {
        key: {row["sentence_number"]: row for row in table.to_pylist()}
        for key, table in sentences_by_document.items()
    }
    rows = [_aligned_row(row, facts, sentences, vectors) for row in aligned.to_pylist()]
    rows += [_mined_row(row, facts, sentences) for row in mined.to_pylist()]
    rows += [_bitext_row(row, vectors) for row in bitexts.to_pylist()]
    return as_table(rows, SCORED_PAIRS)


def number_agreement(source: str, target: str) -> float:
    """Jaccard index of the two multisets of numbers, in [0, 1]; 1 when neither has any."""
    left, right = Counter(digit_strings(source)), Counter(digit_strings(target))
    union = (left | right).total()
    return (left & right).total() / union if union else 1.0


def length_ratio(source: str, target: str) -> float:
    """Shorter over longer side in characters, (0, 1]; 0 when just one side is empty."""
    shorter, longer = sorted((len(source), len(target)))
    return shorter / longer if longer else 1.0


def _aligned_row(row: Row, facts: Facts, sentences: Sentences, vectors: Vectors) -> Row:
    blocks = [
        [sentences[row[f"{side}_document"]][number] for number in row[f"{side}_sentences"]]
        for side in _SIDES
    ]
    source = facts[row["source_document"]]
    is_news = source["source_kind"] == "news"
    found = _found_row(row, facts, blocks) | {
        "origin": source["source_kind"],
        "group_key": _article(source) if is_news else _section(*blocks),
    }
    if found["reject_reason"] is not None:
        return found
    texts = [[sentence["text"] for sentence in block] for block in blocks]
    return found | _features(row) | {"cosine": _cosine(found, texts[0], texts[1], vectors)}


def _mined_row(row: Row, facts: Facts, sentences: Sentences) -> Row:
    blocks = [[sentences[row[f"{side}_document"]][row[f"{side}_sentence"]]] for side in _SIDES]
    own = {"origin": "mined", "group_key": row["source_document"]}
    return _found_row(row, facts, blocks) | own | _features(row)


def _bitext_row(row: Row, vectors: Vectors) -> Row:
    found = _shared(row) | {
        "origin": "bitexts",
        "source_document": row["document_key"],
        "target_document": row["document_key"],
        "group_key": f"{row['document_key']}/{row['group_key']}",
        "confidence_fraction": 1.0,
    }
    if found["reject_reason"] is not None:
        return found
    texts = row["source_text"], row["target_text"]
    return found | _features(row) | {"cosine": _cosine(found, texts[:1], texts[1:], vectors)}


def _found_row(row: Row, facts: Facts, blocks: Sequence[Sequence[Row]]) -> Row:
    """What a pair of sentences that were read here inherits from them and their documents."""
    source, target = (facts[row[f"{side}_document"]] for side in _SIDES)
    places = [[_place(sentence) for sentence in block] for block in blocks]
    return _shared(row) | {
        "locator": json.dumps(dict(zip(_SIDES, places, strict=True))),
        "source_language": source["language"],
        "target_language": target["language"],
        "licence": "; ".join(dict.fromkeys((source["licence"], target["licence"]))),
        "confidence_fraction": min(each["confidence_fraction"] for side in blocks for each in side),
    }


def _shared(row: Row) -> Row:
    return {"reject_reason": None} | {n: row[n] for n in SCORED_PAIRS.names if n in row}


def _features(row: Row) -> Row:
    texts = row["source_text"], row["target_text"]
    return {
        "length_ratio": length_ratio(*texts),
        "number_agreement_fraction": number_agreement(*texts),
    }


def _cosine(row: Row, source: Sequence[str], target: Sequence[str], vectors: Vectors) -> float:
    """Cosine of the sums of two blocks' vectors."""
    left = vectors.of(row["source_language"], source).sum(axis=0)
    right = vectors.of(row["target_language"], target).sum(axis=0)
    norms = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / max(norms, 1e-12)


def _article(source: Row) -> str:
    """One name for an article in all its languages, which have their source in common."""
    return f"news/{source['article_id']}" if source["article_id"] else str(source["document_key"])


def _section(source: Sequence[Row], target: Sequence[Row]) -> str:
    home = (target or source)[0]
    return f"{home['document_key']}/section {home['section_number']}"


def _place(sentence: Row) -> Row:
    if "url" in sentence:
        return {"url": sentence["url"], "paragraph": sentence["section_number"]}
    box = sentence["box"]
    corners = box and [round(box[side], 2) for side in ("x0", "top", "x1", "bottom")]
    return {"page": sentence["page_number"], "box": corners}
