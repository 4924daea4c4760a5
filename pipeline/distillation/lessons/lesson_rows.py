"""One lesson: a text, what the teacher reads beside it, and how much it counts. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.parameters import LessonParams
from pipeline.tables import identify

SENTENCE, PARAGRAPH, COMPOSITE, NEIGHBOUR = "sentence", "paragraph", "composite", "neighbour"
TRIPLET = "triplet"
LEAST_WEIGHT = 0.01  # of a pair that is kept though it is hardly ever right

Row = dict[str, Any]
_SIDES = ("source", "target")


def pair_lesson(kind: str, part: Sequence[Mapping[str, Any]], params: LessonParams) -> Row:
    """A lesson of schema `LESSONS` made of one pair or of several; its share is open.

    Args:
        kind: `SENTENCE`, `PARAGRAPH` or `COMPOSITE`.
        part: rows of schema `PARALLEL_CORPUS` from one source and of one pivot.
        params: say what pairs weigh.
    """
    first = part[0]
    languages = {f"{side}_language": str(first[f"{side}_language"]) for side in _SIDES}
    texts = {f"{side}_text": " ".join(row[f"{side}_text"] for row in part) for side in _SIDES}
    meaning = languages["source_language"], texts["source_text"]
    weights = [_weight(row, params) for row in part]
    return _lesson(kind, languages, texts) | {
        "pair_ids": [row["pair_id"] for row in part],
        "source": source_of(first, params),
        "weight": float(np.mean(weights)),
        "is_reviewed": all(row["is_reviewed"] for row in part),
        **({"meaning_id": identify(*meaning)} if params.are_pivots_averaged else {}),
    }


def neighbour_lesson(row: Mapping[str, Any]) -> Row:
    """A lesson that leaves a text where the teacher has it.

    Args:
        row: of schema `NEIGHBOUR_TEXTS`.
    """
    languages = {f"{side}_language": str(row["language"]) for side in _SIDES}
    texts = {f"{side}_text": str(row["text"]) for side in _SIDES}
    return _lesson(NEIGHBOUR, languages, texts) | {"source": row["document_key"]}


def triplet_lesson(row: Mapping[str, Any]) -> Row:
    """A lesson that brings a text near one that follows from it and away from another.

    Args:
        row: of schema `FILTERED_TRIPLETS`.
    """
    languages = {
        "source_language": str(row["anchor_language"]),
        "target_language": str(row["written_language"]),
    }
    texts = {"source_text": str(row["anchor_text"]), "target_text": str(row["positive_text"])}
    return _lesson(TRIPLET, languages, texts) | {
        "lesson_id": str(row["triplet_id"]),
        "source": f"synthesis/{row['strategy']}",
        "negative_text": str(row["negative_text"]),
    }


def lot(row: Row, seed: int) -> bytes:
    """The place of a lesson in a random order that depends on its texts alone."""
    return hashlib.sha256(f"{seed}\0{row['lesson_id']}".encode()).digest()


def _lesson(kind: str, languages: Mapping[str, str], texts: Mapping[str, str]) -> Row:
    lesson_id = identify(kind, *languages.values(), *texts.values())
    return {
        "lesson_id": lesson_id,
        "kind": kind,
        "pair_ids": [],
        **languages,
        **texts,
        "meaning_id": lesson_id,
        "weight": 1.0,
        "epoch_share": 1.0,
        "is_reviewed": False,
        "reject_reason": None,
    }


def _weight(row: Mapping[str, Any], params: LessonParams) -> float:
    if row["is_reviewed"]:
        return params.reviewed_weight
    if row["probability"] is None or not params.is_weighed_by_probability:
        return 1.0
    return max(LEAST_WEIGHT, float(row["probability"]))


def source_of(row: Mapping[str, Any], params: LessonParams) -> str:
    """`bitexts`, `bitexts/django` or `bitexts/django/part 0001`, as lessons are balanced by it."""
    if params.balanced_by == "origin":
        return str(row["origin"])
    if params.balanced_by == "group":
        return str(row["group_key"])
    return "/".join(str(row["source_document"]).split("/")[:2])
