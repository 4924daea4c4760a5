"""From scored pairs to a parallel corpus: reject, deduplicate, split, and keep test text unseen.

Pure: the same pairs and parameters give the same rows, whichever machine runs it. Every row of the
input is a row of the output, kept with its split or rejected with its reason.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from pipeline.corpus.splits import Splits, split_groups
from pipeline.parameters import CorpusParams
from pipeline.storage import GateVerdict
from pipeline.tables import PARALLEL_CORPUS
from pipeline.text.normalise import comparison_key

Row = dict[str, object]

LEAK = "leak: text also in test"


@dataclass(frozen=True)
class Corpus:
    """A corpus with what its reader should know.

    Attributes:
        pairs: table of schema `PARALLEL_CORPUS`, ordered by origin, documents and position.
        notes: one sentence for each origin whose groups are too few for the wanted test split.
    """

    pairs: pa.Table
    notes: tuple[str, ...]


def build_corpus(scored: pa.Table, params: CorpusParams) -> Corpus:
    """Filter, deduplicate and split pairs.

    Numbers that disagree are recorded in their column and reject nothing: digits and words differ
    too often between good translations. Of pairs with equal comparison keys the one with the
    highest cosine stays, the first of equals.

    Args:
        scored: table of schema `SCORED_PAIRS`; its order within a document is the position.
        params: thresholds, fractions and the seed of the split.
    """
    rows: list[Row] = scored.to_pylist()
    rows.sort(key=_document)
    for row in rows:
        row["reject_reason"] = row["reject_reason"] or _fault(row, params)
        row["split"] = None
    keys = [_keys(row) for row in rows]
    _reject_duplicates(rows, keys)
    notes = _assign_splits(rows, params)
    _reject_leaks(rows, keys)
    return Corpus(pa.Table.from_pylist(rows, schema=PARALLEL_CORPUS), tuple(notes))


def comparison_keys(corpus: pa.Table, splits: Iterable[str]) -> set[str]:
    """Language and comparison key of every text, of both sides, in these splits."""
    wanted = set(splits)
    sides = corpus.select(
        ["split", "source_language", "source_text", "target_language", "target_text"]
    )
    return {key for row in sides.to_pylist() if row["split"] in wanted for key in _keys(row)}


def leak_verdict(corpus: pa.Table) -> GateVerdict:
    """Whether any text of the test split is also in train or dev, found by looking again."""
    tested = comparison_keys(corpus, ["test"])
    shared = len(tested & comparison_keys(corpus, ["train", "dev"]))
    reason = f"{shared:,} of {len(tested):,} test texts are also in train or dev."
    return GateVerdict("no_leak", is_passed=not shared, reason=reason)


def _document(row: Row) -> tuple[str, ...]:
    names = "origin", "source_document", "target_document"
    return tuple(str(row[name] or "") for name in names)


def _fault(row: Row, params: CorpusParams) -> str | None:
    """The first reason, if any, for which a pair is no training material by itself."""
    source, target = str(row["source_text"]), str(row["target_text"])
    was_aligned = row["bead_score"] is not None
    faults = {
        "no letters or numbers": not (_is_spoken(source) and _is_spoken(target)),
        "identical sides": source.casefold() == target.casefold(),
        f"shorter than {params.min_characters} characters": (
            min(len(source), len(target)) < params.min_characters
        ),
        f"length ratio below {params.min_length_ratio:g}": (
            _is_below(row["length_ratio"], params.min_length_ratio)
        ),
        "not scored": was_aligned and row["cosine"] is None,
        f"cosine below {params.min_cosine:g}": (
            was_aligned and _is_below(row["cosine"], params.min_cosine)
        ),
    }
    return next((reason for reason, is_found in faults.items() if is_found), None)


def _is_spoken(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _is_below(value: object, least: float) -> bool:
    return isinstance(value, float) and value < least


def _keys(row: Row) -> tuple[str, str]:
    """What identifies the two texts whatever their case, punctuation and digits."""
    source_language, target_language = str(row["source_language"]), str(row["target_language"])
    return (
        f"{source_language} {comparison_key(str(row['source_text']), source_language)}",
        f"{target_language} {comparison_key(str(row['target_text']), target_language)}",
    )


def _reject_duplicates(rows: list[Row], keys: list[tuple[str, str]]) -> None:
    best: dict[tuple[str, str], int] = {}
    for number, (row, key) in enumerate(zip(rows, keys, strict=True)):
        if row["reject_reason"] is not None:
            continue
        rival = best.setdefault(key, number)
        if rival == number:
            continue
        loser = rival if _cosine(row) > _cosine(rows[rival]) else number
        best[key] = number if loser == rival else rival
        rows[loser]["reject_reason"] = "duplicate pair"


def _cosine(row: Row) -> float:
    return row["cosine"] if isinstance(row["cosine"], float) else -2.0


def _assign_splits(rows: list[Row], params: CorpusParams) -> list[str]:
    """Set the split of kept rows, origin by origin; returns the notes."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    kept = [row for row in rows if row["reject_reason"] is None]
    for row in kept:
        counts[str(row["origin"])][str(row["group_key"])] += 1
    splits = {origin: split_groups(groups, params) for origin, groups in sorted(counts.items())}
    for row in kept:
        row["split"] = splits[str(row["origin"])].by_group[str(row["group_key"])]
    return [note for origin in splits if (note := _note(origin, splits[origin]))]


def _note(origin: str, splits: Splits) -> str | None:
    if splits.test_pairs >= splits.wanted_test_pairs > 0:
        return None
    return (
        f"{origin}: {splits.wanted_test_pairs} test pairs were wanted, its "
        f"{len(splits.by_group)} groups allow {splits.test_pairs}"
    )


def _reject_leaks(rows: list[Row], keys: list[tuple[str, str]]) -> None:
    """Take from train and dev every pair one of whose texts is also tested, in any origin."""
    tested = {
        key for row, pair in zip(rows, keys, strict=True) if row["split"] == "test" for key in pair
    }
    for row, pair in zip(rows, keys, strict=True):
        if row["split"] in {"train", "dev"} and not tested.isdisjoint(pair):
            row["split"], row["reject_reason"] = None, LEAK
