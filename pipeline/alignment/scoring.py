"""Features of sentence pairs, whatever they come from; decisions are made later, on the scores.

Pure.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.alignment.numbers import digit_strings
from pipeline.encoders.embeddings import Vectors
from pipeline.tables import SCORED_PAIRS, as_table

Row = dict[str, Any]


def score_pairs(
    aligned: pa.Table,
    documents: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    bitexts: pa.Table,
    vectors: Vectors,
) -> pa.Table:
    """Score aligned pairs and pairs of bitexts alike.

    The cosine is that of the blocks' mean sentence vectors. Rejected pairs keep their row and
    reason, with null features.

    Args:
        aligned: table of schema `ALIGNED_PAIRS`.
        documents: table of schema `DOCUMENTS` with every document of the aligned pairs.
        sentences_by_document: table of schema `TEXTBOOK_SENTENCES` for each of them.
        bitexts: table of schema `BITEXT_PAIRS`.
        vectors: of every sentence and text that is not rejected.

    Returns:
        A table of schema `SCORED_PAIRS`: aligned pairs, then bitexts, each in their order. An
        aligned pair's group is its section in the target document. Its locator is a JSON object
        with the page and the box of every sentence on either side, such as
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


def _aligned_row(
    row: Row, facts: Mapping[str, Row], sentences: Mapping[str, Mapping[int, Row]], vectors: Vectors
) -> Row:
    source, target = facts[row["source_document"]], facts[row["target_document"]]
    blocks = [
        [sentences[row[f"{side}_document"]][number] for number in row[f"{side}_sentences"]]
        for side in ("source", "target")
    ]
    both = [*blocks[0], *blocks[1]]
    home = blocks[1][0] if blocks[1] else blocks[0][0]
    shared = {name: row[name] for name in SCORED_PAIRS.names if name in row}
    scored = shared | {
        "origin": source["source_kind"],
        "group_key": f"{home['document_key']}/section {home['section_number']}",
        "locator": _locator(*blocks),
        "source_language": source["language"],
        "target_language": target["language"],
        "licence": "; ".join(dict.fromkeys((source["licence"], target["licence"]))),
        "confidence_fraction": min(each["confidence_fraction"] for each in both),
    }
    texts = [[each["text"] for each in block] for block in blocks]
    return _with_features(scored, texts[0], texts[1], vectors)


def _bitext_row(row: Row, vectors: Vectors) -> Row:
    shared = {name: row[name] for name in SCORED_PAIRS.names if name in row}
    scored = shared | {
        "origin": "bitexts",
        "source_document": row["document_key"],
        "target_document": row["document_key"],
        "group_key": f"{row['document_key']}/{row['group_key']}",
        "confidence_fraction": 1.0,
    }
    return _with_features(scored, [row["source_text"]], [row["target_text"]], vectors)


def _with_features(row: Row, source: Sequence[str], target: Sequence[str], vectors: Vectors) -> Row:
    if row["reject_reason"] is not None:
        return row
    texts = row["source_text"], row["target_text"]
    left = vectors.of(row["source_language"], source).sum(axis=0)
    right = vectors.of(row["target_language"], target).sum(axis=0)
    norms = float(np.linalg.norm(left) * np.linalg.norm(right))
    return row | {
        "cosine": float(left @ right) / max(norms, 1e-12),
        "length_ratio": length_ratio(*texts),
        "number_agreement_fraction": number_agreement(*texts),
    }


def _locator(source: Sequence[Row], target: Sequence[Row]) -> str:
    places = {
        "source": [_place(each) for each in source],
        "target": [_place(each) for each in target],
    }
    return json.dumps(places)


def _place(sentence: Row) -> Row:
    box = sentence["box"]
    corners = box and [round(box[side], 2) for side in ("x0", "top", "x1", "bottom")]
    return {"page": sentence["page_number"], "box": corners}
