"""A corpus as it would be if it were smaller or worse: for a data curve. Pure.

What is chosen for a small point is chosen for every larger one too, so that points differ by what
was added and by nothing else.
"""

import hashlib
from collections import defaultdict
from typing import Any

import pyarrow as pa

from pipeline.data_curve import CurvePoint
from pipeline.tables import PARALLEL_CORPUS, as_table

BEYOND_POINT = "beyond this point of a data curve"


def corpus_at(corpus: pa.Table, point: CurvePoint, seed: int) -> pa.Table:
    """Keep as many training pairs as a point has, and give some of them another's translation.

    Wrong translations are swapped around among the pairs of one pivot, so that texts, languages and
    lengths stay those of the corpus; a single pair of its pivot stays right.

    Args:
        corpus: a `PARALLEL_CORPUS`.
        point: how many training pairs at most, and which fraction of them wrong.
        seed: of both choices.

    Returns:
        A table of the same schema and order; training pairs beyond the point are rejected, and the
        other splits are as they were.
    """
    rows: list[dict[str, Any]] = corpus.to_pylist()
    train = [row for row in rows if row["split"] == "train" and row["reject_reason"] is None]
    train.sort(key=lambda row: _lot(row, "point", seed))
    for row in train[point.pair_count :]:
        row.update({"split": None, "reject_reason": BEYOND_POINT})
    taught = train[: point.pair_count]
    spoiled = sorted(taught, key=lambda row: _lot(row, "wrong", seed))
    by_pivot = defaultdict(list)
    for row in spoiled[: round(point.wrong_fraction * len(taught))]:
        by_pivot[row["target_language"]].append(row)
    for swapped in by_pivot.values():
        texts = [row["target_text"] for row in swapped]
        for row, text in zip(swapped, [*texts[1:], texts[0]], strict=True):
            row["target_text"] = text
    return as_table(rows, PARALLEL_CORPUS)


def _lot(row: dict[str, Any], what: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{what}\0{row['pair_id']}".encode()).digest()
