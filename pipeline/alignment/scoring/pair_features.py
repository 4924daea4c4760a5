"""Features of sentence pairs, whatever they come from; decisions are made later, on the scores.

Pure.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.alignment.scoring.evidence import text_evidence
from pipeline.alignment.scoring.neighbourhoods import Pool, cosines, margins
from pipeline.encoders.embeddings import Vectors
from pipeline.tables import SCORED_PAIRS, as_table

Row = dict[str, Any]
Facts = Mapping[str, Row]
Sentences = Mapping[str, Mapping[int, Row]]
Blocks = tuple[Sequence[str], Sequence[str]]
"""The sentences of either side."""

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

    The vector of an aligned side is the mean of its sentences'. Mined pairs keep their cosine and
    margin; the margin of others is the one that mining would have found in a pool of the texts of
    all pairs of these languages, see `neighbourhoods`. Rejected pairs keep their row and reason,
    with null features.

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
    found = [_aligned_row(row, facts, sentences) for row in aligned.to_pylist()]
    found += [_mined_row(row, facts, sentences) for row in mined.to_pylist()]
    found += [_bitext_row(row) for row in bitexts.to_pylist()]
    _add_scores([each for each in found if each[0]["reject_reason"] is None], vectors)
    return as_table([row for row, _ in found], SCORED_PAIRS)


def _aligned_row(row: Row, facts: Facts, sentences: Sentences) -> tuple[Row, Blocks]:
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
    texts = [[sentence["text"] for sentence in block] for block in blocks]
    return found, (texts[0], texts[1])


def _mined_row(row: Row, facts: Facts, sentences: Sentences) -> tuple[Row, Blocks]:
    blocks = [[sentences[row[f"{side}_document"]][row[f"{side}_sentence"]]] for side in _SIDES]
    own = {"origin": "mined", "group_key": row["source_document"]}
    return _found_row(row, facts, blocks) | own, ([row["source_text"]], [row["target_text"]])


def _bitext_row(row: Row) -> tuple[Row, Blocks]:
    found = _shared(row) | {
        "origin": "bitexts",
        "source_document": row["document_key"],
        "target_document": row["document_key"],
        "group_key": f"{row['document_key']}/{row['group_key']}",
        "confidence_fraction": 1.0,
    }
    return found, ([row["source_text"]], [row["target_text"]])


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


def _add_scores(found: Sequence[tuple[Row, Blocks]], vectors: Vectors) -> None:
    """Fill in the features of rows that are kept, one pair of languages after the other."""
    by_languages: dict[tuple[str, str], list[tuple[Row, Blocks]]] = defaultdict(list)
    for row, blocks in found:
        by_languages[row["source_language"], row["target_language"]].append((row, blocks))
    for languages, pairs in by_languages.items():
        source, target = (
            _block_vectors(code, [blocks[number] for _, blocks in pairs], vectors)
            for number, code in enumerate(languages)
        )
        rows = [row for row, _ in pairs]
        scores = zip(cosines(source, target), _margins(rows, (source, target)), strict=True)
        for (row, blocks), (cosine, margin) in zip(pairs, scores, strict=True):
            is_mined = row["origin"] == "mined"
            own = {} if is_mined else {"cosine": float(cosine), "margin": float(margin)}
            row.update(own | text_evidence(row) | {"sentence_count": sum(map(len, blocks))})


def _margins(rows: Sequence[Row], sides: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    texts = [[row[f"{side}_text"] for row in rows] for side in _SIDES]
    pools = Pool.of(texts[0], sides[0]), Pool.of(texts[1], sides[1])
    own = pools[0].rows_of(texts[0])[:, None], pools[1].rows_of(texts[1])[:, None]
    return margins(sides, pools, own)


def _block_vectors(code: str, blocks: Sequence[Sequence[str]], vectors: Vectors) -> np.ndarray:
    """The unit vector of each block (n, d): the mean of its sentences'."""
    flat = vectors.of(code, [text for block in blocks for text in block])
    starts = np.cumsum([0, *map(len, blocks[:-1])])
    sums = np.add.reduceat(flat, starts, axis=0)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))


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
