"""What became of every pair: counted by origin and outcome, each with a few rows to look at.

Pure functions of a corpus table.
"""

from collections import defaultdict

import pyarrow as pa

from pipeline.tables import FUNNEL, as_table

_Group = tuple[str, str | None, str | None]  # origin, split, reject_reason


def funnel(corpus: pa.Table, sample_count: int = 3) -> pa.Table:
    """Count outcomes by origin: train, dev and test first, then rejections by their count.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        sample_count: rows shown of each outcome, at most; those whose `pair_id`, which is a
            hash, comes first, so that the choice is arbitrary and repeats.

    Returns:
        A table of schema `FUNNEL`; its counts add up to the rows of the corpus.
    """
    groups: dict[_Group, list[int]] = defaultdict(list)
    columns = [corpus[name].to_pylist() for name in ("origin", "split", "reject_reason")]
    for number, group in enumerate(zip(*columns, strict=True)):
        groups[group].append(number)
    ids = corpus["pair_id"].to_pylist()
    rows: list[dict[str, object]] = []
    for group in sorted(groups, key=lambda group: _place(group, len(groups[group]))):
        numbers = groups[group]
        shown = sorted(numbers, key=lambda number: (ids[number], number))[:sample_count]
        rows.append(
            {
                **dict(zip(("origin", "split", "reject_reason"), group, strict=True)),
                "pair_count": len(numbers),
                "sample": corpus.take(pa.array(shown, pa.int64())).to_pylist(),
            }
        )
    return as_table(rows, FUNNEL)


def _place(group: _Group, pair_count: int) -> tuple[str, int, int, str]:
    origin, split, reject_reason = group
    order = {"train": 0, "dev": 1, "test": 2}.get(split or "", 3)
    return origin, order, -pair_count, reject_reason or ""
