"""From filtered pairs to a parallel corpus: deduplicate, split, and keep test text unseen.

Pure: the same pairs and parameters give the same rows, whichever machine runs it. Every row of the
input is a row of the output, kept with its split or rejected with its reason.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.corpus import reasons
from pipeline.corpus.leaks import SIDES, TextKey, find_leaks, text_keys
from pipeline.corpus.splits import Splits, split_groups
from pipeline.parameters import CorpusParams
from pipeline.suites import EvaluatedIn
from pipeline.tables import PARALLEL_CORPUS

Row = dict[str, object]
PairKey = tuple[TextKey, TextKey]


@dataclass(frozen=True)
class Corpus:
    """A corpus with what its reader should know.

    Attributes:
        pairs: table of schema `PARALLEL_CORPUS`, ordered by origin, documents and position.
        notes: one sentence for each origin whose groups are too few for the wanted test split.
    """

    pairs: pa.Table
    notes: tuple[str, ...]


def build_corpus(
    filtered: pa.Table, params: CorpusParams, evaluated_in: EvaluatedIn | None = None
) -> Corpus:
    """Reject evaluation text and duplicates, and split the other pairs.

    Of pairs with equal comparison keys a reviewed one stays, else the one with the highest cosine,
    the first of equals. Whole groups go to test, dev or train; then train and dev lose every pair
    one of whose texts is a test text of the same language, or nearly.

    Args:
        filtered: table of schema `FILTERED_PAIRS`; its order within a document is the position.
        params: fractions, seed, and from which similarity texts count as one.
        evaluated_in: tells texts of evaluation suites, which nobody may train on; None for none.

    Raises:
        InputError: a language is not known.
    """
    rows: list[Row] = filtered.to_pylist()
    rows.sort(key=_document)
    for row in rows:
        row["split"] = None
    keys = [text_keys(row) for row in rows]
    if evaluated_in and params.is_decontaminated:
        _reject_evaluated(rows, evaluated_in)
    _reject_duplicates(rows, keys)
    notes = _assign_splits(rows, params)
    _reject_leaks(rows, keys, params.near_duplicate_similarity)
    return Corpus(pa.Table.from_pylist(rows, schema=PARALLEL_CORPUS), tuple(notes))


def _document(row: Row) -> tuple[str, ...]:
    names = "origin", "source_document", "target_document"
    return tuple(str(row[name] or "") for name in names)


def _reject_evaluated(rows: list[Row], evaluated_in: EvaluatedIn) -> None:
    kept = [row for row in rows if row["reject_reason"] is None]
    for side in SIDES:
        texts = [(str(row[f"{side}_language"]), str(row[f"{side}_text"])) for row in kept]
        for row, suite in zip(kept, evaluated_in(texts), strict=True):
            if suite is not None:
                row["reject_reason"] = f"{reasons.EVALUATED}: {suite}"


def _reject_duplicates(rows: list[Row], keys: Sequence[PairKey]) -> None:
    best: dict[PairKey, int] = {}
    for number, (row, key) in enumerate(zip(rows, keys, strict=True)):
        if row["reject_reason"] is not None:
            continue
        rival = best.setdefault(key, number)
        if rival == number:
            continue
        loser = rival if _worth(row) > _worth(rows[rival]) else number
        best[key] = number if loser == rival else rival
        rows[loser]["reject_reason"] = reasons.DUPLICATE


def _worth(row: Row) -> tuple[bool, float]:
    cosine = row["cosine"] if isinstance(row["cosine"], float) else -2.0
    return bool(row["is_reviewed"]), cosine


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


def _reject_leaks(rows: list[Row], keys: Sequence[PairKey], min_similarity: float) -> None:
    """Take from train and dev what gives a test text away; a copy is the plainer reason."""
    leaks = find_leaks([row["split"] for row in rows], keys, min_similarity)
    for leak in sorted(leaks, key=lambda leak: leak.is_exact):
        reason = reasons.LEAK if leak.is_exact else reasons.NEAR_LEAK
        rows[leak.row] |= {"split": None, "reject_reason": reason}
