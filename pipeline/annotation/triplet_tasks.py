"""Written triplets that people judge: a sample, a task out, a review in. Pure.

Field names here are those of `triplet_interface.xml` beside this module. Which of the two written
sentences stands first is drawn by lot, so that nobody knows which one is meant to follow.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.annotation.inferences import INFERENCE_CODES
from pipeline.annotation.label_studio_tasks import annotation_facts, answers_in, only_choice
from pipeline.languages import language
from pipeline.parameters import TripletFilterParams
from pipeline.tables import TRIPLET_TASKS, as_table, identify, kept

Row = dict[str, Any]

_POSITIVE, _NEGATIVE = "positive", "negative"
_PLACES = {_POSITIVE: ("first", "second"), _NEGATIVE: ("second", "first")}  # by what stands first


def select_triplets(triplets: pa.Table, params: TripletFilterParams) -> pa.Table:
    """Draw kept triplets by lot.

    Args:
        triplets: table of schema `FILTERED_TRIPLETS`.
        params: how many are shown, and the seed of the lot.

    Returns:
        A table of schema `TRIPLET_TASKS` in the order of the lot, so that whatever has been judged
        so far is a fair sample.
    """
    rows = kept(triplets).to_pylist()
    drawn = sorted(rows, key=lambda row: identify(str(params.seed), row["triplet_id"]))
    return as_table([_task_row(row) for row in drawn[: params.task_count]], TRIPLET_TASKS)


def as_triplet_task(row: Mapping[str, Any]) -> Row:
    """A row of `TRIPLET_TASKS` as Label Studio imports it."""
    first_side = (_POSITIVE, _NEGATIVE)[int(row["task_id"], 16) % 2]
    positive, negative = _PLACES[first_side]
    return {
        "data": {
            **row,
            "first_side": first_side,
            f"{positive}_text": row["positive_text"],
            f"{negative}_text": row["negative_text"],
            "anchor_language_name": language(row["anchor_language"]).name,
            "written_language_name": language(row["written_language"]).name,
        }
    }


def as_triplet_review(annotation: Mapping[str, Any], data: Mapping[str, Any], who: str) -> Row:
    """What one person said of one triplet, as a row of `TRIPLET_REVIEWS`.

    What cannot be understood is a row with its reason.
    """
    said = answers_in(annotation)
    positive, negative = _PLACES.get(str(data.get("first_side")), ("", ""))
    shown = {name: data.get(name) for name in TRIPLET_TASKS.names}
    row = {name: value if isinstance(value, str) else None for name, value in shown.items()} | {
        **annotation_facts(annotation, who),
        "positive_verdict": only_choice(said.get(f"{positive}_verdict")),
        "negative_verdict": only_choice(said.get(f"{negative}_verdict")),
    }
    return row | {"reject_reason": _complaint(row, positive)}


def _task_row(row: Mapping[str, Any]) -> Row:
    names = [name for name in TRIPLET_TASKS.names if name in row]
    texts = [row[f"{part}_text"] for part in ("anchor", _POSITIVE, _NEGATIVE)]
    return {name: row[name] for name in names} | {"task_id": identify(row["triplet_id"], *texts)}


def _complaint(row: Mapping[str, Any], place: str) -> str | None:
    if missing := [name for name in TRIPLET_TASKS.names if row[name] is None]:
        return f"task without {missing[0]}"
    if not place:
        return "task without first_side"
    for side in (_POSITIVE, _NEGATIVE):
        verdict = row[f"{side}_verdict"]
        if verdict not in INFERENCE_CODES:
            return f"{'unknown' if verdict else 'no'} verdict on the {side}"
    return None
