"""What a student learns, row by row: sentences, longer texts made of them, texts to leave alone.

Pure. Lessons of the corpus keep the ids of their pairs, and so lead back to pages, articles and
files.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.distillation.lessons.composites import composites
from pipeline.distillation.lessons.lesson_rows import (
    COMPOSITE,
    NEIGHBOUR,
    PARAGRAPH,
    SENTENCE,
    TRIPLET,
    Row,
    lot,
    neighbour_lesson,
    pair_lesson,
    triplet_lesson,
)
from pipeline.distillation.lessons.paragraphs import paragraphs
from pipeline.distillation.lessons.sampling import effective_count, epoch_shares
from pipeline.parameters import LessonParams
from pipeline.tables import LESSONS, as_table, kept
from pipeline.text.normalise import comparison_key

BEYOND_CAP = "left out by lot: more than most_pairs of this source and pivot"
HELD_OUT = "leak: anchor is held out of training"
JUDGED_WRONG = "judged wrong by people"
BEYOND_NEIGHBOURS = "left out by lot: more than neighbour_texts of this language"

_KINDS = (SENTENCE, PARAGRAPH, COMPOSITE, NEIGHBOUR, TRIPLET)
_USED = [
    *("pair_id", "origin", "source_document", "target_document", "group_key", "source_language"),
    *("target_language", "source_text", "target_text", "probability", "is_reviewed", "split"),
    "reject_reason",
]


def make_lessons(
    corpus: pa.Table,
    neighbours: pa.Table,
    params: LessonParams,
    triplets: Iterable[pa.Table] = (),
    judged: pa.Table | None = None,
) -> pa.Table:
    """Make lessons of the training split, of texts of neighbours and of triplets.

    A pair that was reviewed weighs `reviewed_weight`, any other as much as it is probably right (1
    while nothing is calibrated), what is made of several the mean of them. Sources with more than
    `most_pairs` lessons in a pivot lose some by lot, reviewed ones last.

    Args:
        corpus: a `PARALLEL_CORPUS` in its own order; the other splits are never looked at.
        neighbours: `NEIGHBOUR_TEXTS` that the student must leave where the teacher has them.
        params: of lessons.
        triplets: tables of schema `FILTERED_TRIPLETS`; rejected rows are no lessons.
        judged: `TRIPLET_VERDICTS` of people, if there are any: what they found wrong is not taught.

    Returns:
        Table of schema `LESSONS`: sentences in the corpus's order, paragraphs likewise, composites
        by source, then neighbours by language, then triplets. What a limit left out has its
        reason, and a share of zero.
    """
    rows = corpus.select(_USED).to_pylist()
    taught = [row for row in rows if row["split"] == "train" and row["reject_reason"] is None]
    parts = {
        SENTENCE: [[row] for row in taught],
        PARAGRAPH: paragraphs(rows, params),
        COMPOSITE: composites(taught, params),
    }
    pairs = [pair_lesson(kind, part, params) for kind in parts for part in parts[kind]]
    _leave_out(pairs, params.most_pairs, params.seed, BEYOND_CAP, _source_and_pivot)
    _share_epoch([row for row in pairs if row["reject_reason"] is None], params)
    written = _triplet_lessons(triplets, rows, judged.to_pylist() if judged is not None else ())
    return as_table([*pairs, *_neighbour_lessons(neighbours, params), *written], LESSONS)


def taught_pairs(lessons: pa.Table) -> pa.Table:
    """The kept lessons of the focus language that a teacher teaches, in order."""
    remaining = kept(lessons)
    others = pc.is_in(remaining["kind"], pa.array([NEIGHBOUR, TRIPLET]))
    return remaining.filter(pc.invert(others))


def taught_triplets(lessons: pa.Table) -> pa.Table:
    """The kept lessons with a negative, in order."""
    remaining = kept(lessons)
    return remaining.filter(pc.equal(remaining["kind"], TRIPLET))


def neighbour_texts(lessons: pa.Table) -> pa.Table:
    """The kept lessons that leave a text of another language where it is, in order."""
    remaining = kept(lessons)
    return remaining.filter(pc.equal(remaining["kind"], NEIGHBOUR))


def lesson_facts(lessons: pa.Table) -> dict[str, int | float]:
    """Counts by kind, and how many sources of equal share would be as varied, before and after."""
    remaining, pairs = kept(lessons), taught_pairs(lessons)
    counts = Counter(remaining["kind"].to_pylist())
    strata = [_stratum(row) for row in pairs.select(["kind", "source"]).to_pylist()]
    return {
        **{f"{kind}_count": counts[kind] for kind in _KINDS},
        "left_out_count": lessons.num_rows - remaining.num_rows,
        "judged_wrong_count": lessons["reject_reason"].to_pylist().count(JUDGED_WRONG),
        "reviewed_count": pc.sum(pairs["is_reviewed"]).as_py() or 0,
        "source_count": len(set(strata)),
        "effective_source_count_before": effective_count(strata, np.ones(len(strata))),
        "effective_source_count": effective_count(strata, pairs["epoch_share"].to_pylist()),
    }


def _share_epoch(lessons: list[Row], params: LessonParams) -> None:
    """A text with several counterparts is shown as often as any other, each time beside one."""
    meanings = Counter(row["meaning_id"] for row in lessons)
    parts = [1 / meanings[row["meaning_id"]] for row in lessons]
    amounts = [
        part * (1.0 if " " in row["source_text"] else params.single_word_share)
        for row, part in zip(lessons, parts, strict=True)
    ]
    strata = [_stratum(row) for row in lessons]
    shares = epoch_shares(strata, parts, amounts, params.sampling_exponent, params.most_repeats)
    for row, share in zip(lessons, shares, strict=True):
        row["epoch_share"] = float(share)


def _neighbour_lessons(neighbours: pa.Table, params: LessonParams) -> list[Row]:
    """A lesson for each distinct text, by language; as many are kept as are wanted."""
    lessons = {row["lesson_id"]: row for row in map(neighbour_lesson, kept(neighbours).to_pylist())}
    ordered = sorted(lessons.values(), key=_language)
    _leave_out(ordered, params.neighbour_texts, params.seed, BEYOND_NEIGHBOURS, _language)
    return ordered


def _triplet_lessons(
    triplets: Iterable[pa.Table], corpus: Iterable[Row], judged: Iterable[Row]
) -> list[Row]:
    """A lesson for each kept triplet; held-out anchors, and what people judged wrong, rejected."""
    held_out = {
        comparison_key(row["source_text"], row["source_language"])
        for row in corpus
        if row["split"] in {"dev", "test"}
    }
    wrong = {
        (row["anchor_text"], row["positive_text"], row["negative_text"])
        for row in judged
        if not row["is_right"]
    }
    lessons = [triplet_lesson(row) for table in triplets for row in kept(table).to_pylist()]
    for row in lessons:
        if comparison_key(row["source_text"], row["source_language"]) in held_out:
            row |= {"reject_reason": HELD_OUT, "epoch_share": 0.0}
        elif (row["source_text"], row["target_text"], row["negative_text"]) in wrong:
            row |= {"reject_reason": JUDGED_WRONG, "epoch_share": 0.0}
    return lessons


def _leave_out(
    lessons: Iterable[Row],
    most: int,
    seed: int,
    reason: str,
    stratum_of: Callable[[Row], Hashable],
) -> None:
    """Reject by lot what is beyond the limit of its stratum."""
    seen: Counter[Hashable] = Counter()
    for row in sorted(lessons, key=lambda row: (not row["is_reviewed"], lot(row, seed))):
        stratum = stratum_of(row)
        seen[stratum] += 1
        if seen[stratum] > most:
            row |= {"reject_reason": reason, "epoch_share": 0.0}


def _language(row: Row) -> str:
    return str(row["source_language"])


def _source_and_pivot(row: Row) -> tuple[str, str]:
    return str(row["source"]), str(row["target_language"])


def _stratum(row: Mapping[str, Any]) -> tuple[str, str]:
    """What an epoch balances: sources of sentences, all paragraphs, all composites."""
    return str(row["kind"]), str(row["source"]) if row["kind"] == SENTENCE else ""
