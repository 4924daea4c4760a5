"""From reviews to one verdict a pair, and what becomes of reviews whose pair has changed. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotation.carrying import carry_reviews
from pipeline.annotation.verdict_codes import is_correct
from pipeline.tables import VERDICTS, as_table, kept
from pipeline.text.normalise import normalise

Row = dict[str, Any]

MENDABLE = frozenset({"P", "OCR"})  # refused as they are, right once mended


@dataclass(frozen=True)
class Verdicts:
    """What people decided.

    Attributes:
        table: of schema `VERDICTS`, ordered by `pair_id`.
        facts: counts as plain JSON: of reviews that speak (`review_count`), were refused
            (`rejected_count`) or replaced by a later one (`superseded_count`); of pairs
            (`pair_count`), carried over to a new text (`carried_count`), `orphaned_count` and
            `disputed_count`.
    """

    table: pa.Table
    facts: dict[str, int]


def latest_reviews(reviews: pa.Table, about: str = "pair_id") -> list[Row]:
    """The last word of each annotator on each pair, ordered by pair and annotator.

    Rejected reviews say nothing. Of reviews of one moment the greater `review_id` counts.

    Args:
        reviews: table of schema `REVIEWS` or `RATINGS`.
        about: column that names what they are about.
    """
    rows = sorted(kept(reviews).to_pylist(), key=_moment)
    latest = {(row[about], row["annotator"]): row for row in rows}
    return [latest[key] for key in sorted(latest)]


def resolve_verdicts(reviews: pa.Table, scored: pa.Table) -> Verdicts:
    """Decide every reviewed pair by the last word of each annotator.

    A pair is accepted by a verdict that is correct, or by a partial or damaged one whose author
    mended the texts. `status` is `single` for one annotator, `agreed` when all say the same,
    `majority`, or `disputed` with neither side ahead. An accepted pair has the texts of the newest
    mending by those who accepted it, normalised; every other has the texts of its scored pair.

    A review whose pair is no longer scored, because better reading changed its text, is carried
    over as `carrying` says, or its pair is `orphaned`, decided all the same.

    Args:
        reviews: table of schema `REVIEWS`.
        scored: table of schema `SCORED_PAIRS`.
    """
    usable = kept(reviews)
    carried = carry_reviews(usable, scored)
    words = latest_reviews(carried.reviews)
    said: dict[str, list[Row]] = defaultdict(list)
    for word in words:
        said[word["pair_id"]].append(word)
    pairs = _scored_texts(scored, said)
    rows = [_resolve(pair_id, each, pairs.get(pair_id)) for pair_id, each in said.items()]
    facts = {
        "review_count": len(words),
        "rejected_count": reviews.num_rows - usable.num_rows,
        "superseded_count": usable.num_rows - len(words),
        "pair_count": len(rows),
        "carried_count": carried.carried_count,
        "orphaned_count": carried.orphaned_count,
        "disputed_count": sum(row["is_correct"] is None for row in rows),
    }
    return Verdicts(as_table(rows, VERDICTS), facts)


def labels_as_scored(pairs: pa.Table, verdicts: pa.Table) -> list[bool | None]:
    """Whether each pair was correct before anybody mended it; None where people do not say.

    A pair that was accepted only after it was mended was not correct.

    Args:
        pairs: table of schema `SCORED_PAIRS`.
        verdicts: table of schema `VERDICTS`, a pair at most once.
    """
    known = {row["pair_id"]: row for row in verdicts.to_pylist()}
    columns = (pairs[name].to_pylist() for name in ("pair_id", "source_text", "target_text"))
    return [
        _label(known[pair_id], source, target) if pair_id in known else None
        for pair_id, source, target in zip(*columns, strict=True)
    ]


def _label(verdict: Row, source: str, target: str) -> bool | None:
    is_as_scored = (verdict["source_text"], verdict["target_text"]) == (source, target)
    if is_as_scored or verdict["is_correct"] is None:
        return None if verdict["is_correct"] is None else bool(verdict["is_correct"])
    return None if verdict["verdict"] is None else is_correct(verdict["verdict"])


def _scored_texts(scored: pa.Table, pair_ids: Iterable[str]) -> dict[str, Row]:
    names = ["pair_id", "source_language", "target_language", "source_text", "target_text"]
    wanted = pc.is_in(scored["pair_id"], pa.array(pair_ids, pa.string()))
    return {row["pair_id"]: row for row in scored.select(names).filter(wanted).to_pylist()}


def _resolve(pair_id: str, words: Sequence[Row], pair: Row | None) -> dict[str, object]:
    votes = Counter(_accepts(row) for row in words)
    accepted = None if votes[True] == votes[False] else votes[True] > votes[False]
    newest = max(words, key=_moment)
    shown = pair or {"source_language": None, "target_language": None, **_shown(newest)}
    row: dict[str, object] = {name: shown[name] for name in VERDICTS.names if name in shown}
    if accepted and (mendings := [each for each in words if _accepts(each) and _is_mended(each)]):
        row |= _mended(shown, max(mendings, key=_moment))
    ratings = [each["meaning"] for each in words if each["meaning"] is not None]
    return row | {
        "pair_id": pair_id,
        "verdict": _majority(each["verdict"] for each in words),
        "is_correct": accepted,
        "meaning": sum(ratings) / len(ratings) if ratings else None,
        "reviewer_count": len(words),
        "status": "orphaned" if pair is None else _status(votes),
    }


def _status(votes: Counter[bool]) -> str:
    if votes.total() == 1:
        return "single"
    if len(votes) == 1:
        return "agreed"
    return "disputed" if votes[True] == votes[False] else "majority"


def _majority(codes: Iterable[str]) -> str | None:
    counts = Counter(codes)
    code, count = counts.most_common(1)[0]
    return code if 2 * count > counts.total() else None


def _accepts(review: Row) -> bool:
    code = review["verdict"]
    return is_correct(code) or (code in MENDABLE and _is_mended(review))


def _is_mended(review: Row) -> bool:
    return any(_edit(review, side) is not None for side in ("source", "target"))


def _edit(review: Row, side: str) -> str | None:
    """What an annotator put in a text's place, if it is another text and not nothing."""
    edit = " ".join((review[f"{side}_edit"] or "").split())
    return edit if edit and edit != " ".join((review[f"{side}_text"] or "").split()) else None


def _mended(shown: Row, review: Row) -> dict[str, object]:
    texts: dict[str, object] = {}
    for side in ("source", "target"):
        edit, code = _edit(review, side), shown[f"{side}_language"]
        if edit is not None:
            texts[f"{side}_text"] = normalise(edit, code) if code else edit
    return texts


def _shown(review: Row) -> Row:
    return {name: review[name] for name in ("source_text", "target_text")}


def _moment(review: Row) -> tuple[object, str]:
    return review["updated_at"], review["review_id"]
