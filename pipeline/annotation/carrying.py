"""Where reviewed pairs went when better reading changed their texts. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from rapidfuzz import fuzz, process

Row = dict[str, Any]

_LEAST_RATIO = 90.0  # of a hundred: about one character in ten differs, on either side
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Carried:
    """Reviews of the pairs of today.

    Attributes:
        reviews: table of schema `REVIEWS`; `pair_id` names today's pair where there is one.
        carried_count: pairs whose reviews now speak of another text.
        orphaned_count: pairs that are gone.
    """

    reviews: pa.Table
    carried_count: int
    orphaned_count: int


def carry_reviews(reviews: pa.Table, scored: pa.Table) -> Carried:
    """Point reviews of pairs that are no longer scored to those that took their place.

    Reviews keep texts and not places, so the texts have to tell: both sides must be nearly the same
    (normalised indel similarity of 0.9 or more) with the same numbers in the same order, and one
    pair must be nearer than all others. Numbers count on their own because `5 + 3` and `5 + 4` are
    near and yet different.

    Args:
        reviews: table of schema `REVIEWS`.
        scored: table of schema `SCORED_PAIRS`.
    """
    shown = reviews.select(["pair_id", "source_text", "target_text"]).to_pylist()
    today = set(scored["pair_id"].to_pylist())
    lost = {row["pair_id"]: row for row in shown if row["pair_id"] not in today}
    successors = _successors(lost.values(), scored) if lost else {}
    ids = [successors.get(row["pair_id"], row["pair_id"]) for row in shown]
    column = reviews.schema.get_field_index("pair_id")
    renamed = reviews.set_column(column, "pair_id", pa.array(ids, pa.string()))
    return Carried(renamed, len(successors), len(lost) - len(successors))


def _successors(lost: Iterable[Row], scored: pa.Table) -> dict[str, str]:
    by_source: dict[str, list[Row]] = defaultdict(list)
    for pair in scored.select(["pair_id", "source_text", "target_text"]).to_pylist():
        by_source[pair["source_text"] or ""].append(pair)
    sources = list(by_source)
    found = {row["pair_id"]: _successor(row, by_source, sources) for row in lost}
    return {old: new for old, new in found.items() if new is not None}


def _successor(
    lost: Row, by_source: Mapping[str, Sequence[Row]], sources: Sequence[str]
) -> str | None:
    source, target = lost["source_text"] or "", lost["target_text"] or ""
    if not (source and target):
        return None
    nearness: dict[str, float] = {}
    for text, ratio, _ in process.extract(
        source, sources, scorer=fuzz.ratio, score_cutoff=_LEAST_RATIO, limit=None
    ):
        for pair in by_source[text]:
            other = pair["target_text"] or ""
            other_ratio = fuzz.ratio(target, other, score_cutoff=_LEAST_RATIO)
            if other_ratio and _numbers(source, target) == _numbers(text, other):
                nearness[pair["pair_id"]] = ratio + other_ratio
    best = max(nearness.values(), default=0.0)
    nearest = [pair_id for pair_id, near in nearness.items() if near == best]
    return nearest[0] if len(nearest) == 1 else None


def _numbers(source: str, target: str) -> tuple[list[str], list[str]]:
    return _DIGITS.findall(source), _DIGITS.findall(target)
