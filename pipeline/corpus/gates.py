"""Gates of the corpus: is its test split unseen, and large enough? In sentences for people.

Pure. They look at the finished table alone, whatever made it.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.corpus.leaks import Leak, find_leaks, text_keys
from pipeline.parameters import CorpusParams
from pipeline.storage import GateVerdict

_SHOWN_CHARACTERS = 80


def leak_verdict(corpus: pa.Table, params: CorpusParams) -> GateVerdict:
    """Whether any text of test is also in train or dev, word for word or nearly.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        params: from which similarity texts count as one.
    """
    rows = corpus.filter(corpus["split"].is_valid()).to_pylist()
    splits = [row["split"] for row in rows]
    leaks = find_leaks(splits, list(map(text_keys, rows)), params.near_duplicate_similarity)
    if leaks:
        return GateVerdict("no_leak", is_passed=False, reason=_leak_sentence(leaks, rows))
    tested_count = splits.count("test")
    reason = (
        f"No text of the {len(rows) - tested_count:,} pairs in train and dev is in the"
        f" {tested_count:,} pairs of test, or {params.near_duplicate_similarity:g} alike or more"
        " to one there."
    )
    return GateVerdict("no_leak", is_passed=True, reason=reason)


def test_size_verdict(corpus: pa.Table, params: CorpusParams, *, may_be_empty: bool) -> GateVerdict:
    """Whether the test split has enough pairs to measure anything.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        params: the least number of pairs.
        may_be_empty: whether the recipe is for a language without translations.
    """
    if may_be_empty and not corpus.num_rows:
        reason = "Not measured: there are no pairs, and students are scored on suites alone."
        return GateVerdict("has_test_pairs", is_passed=True, reason=reason)
    count = pc.sum(pc.equal(corpus["split"], "test")).as_py() or 0
    reason = f"{count:,} test pairs; {params.least_test_pairs:,} is the minimum."
    if count < params.least_test_pairs:
        reason += (
            " Chapters, articles and files move as a whole: add sources or text,"
            " or raise corpus.test_fraction."
        )
    return GateVerdict("has_test_pairs", is_passed=count >= params.least_test_pairs, reason=reason)


def _leak_sentence(leaks: list[Leak], rows: list[Mapping[str, object]]) -> str:
    """How many pairs leak, and the closest of them as an example."""
    count = len({leak.row for leak in leaks})
    worst = max(leaks, key=lambda leak: leak.similarity)
    ours, theirs = rows[worst.row], rows[worst.test_row]
    alike = "the same as" if worst.is_exact else f"{worst.similarity:.2f} alike to"
    return (
        f"Pairs of train or dev that hold a text of test, or nearly: {count:,}. For example,"
        f" '{_shown(ours[f'{worst.side}_text'])}' in {ours['split']} is {alike}"
        f" '{_shown(theirs[f'{worst.test_side}_text'])}' in test:"
        f" remove it or its source, {ours[f'{worst.side}_document']}."
    )


def _shown(text: object) -> str:
    words = " ".join(str(text).split())
    return words if len(words) <= _SHOWN_CHARACTERS else f"{words[: _SHOWN_CHARACTERS - 1]}…"
