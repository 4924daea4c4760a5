"""What became of every pair: counted by outcome, with a few rows to look at.

Pure functions of a table of filtered pairs or of a corpus; see also `pipeline.waterfall`.
"""

from collections import defaultdict

import pyarrow as pa

from pipeline.tables import FUNNEL, as_table

_Group = tuple[str, str | None, str | None]  # origin, split, reject_reason


def funnel(pairs: pa.Table, sample_count: int = 3) -> pa.Table:
    """Count outcomes by origin: the kept first (train, dev, test), then rejections by their count.

    Args:
        pairs: table of schema `FILTERED_PAIRS`, which has no split yet, or `PARALLEL_CORPUS`.
        sample_count: rows shown of each outcome, at most; those whose `pair_id`, which is a
            hash, comes first, so that the choice is arbitrary and repeats.

    Returns:
        A table of schema `FUNNEL`; its counts add up to the rows of the input.
    """
    groups: dict[_Group, list[int]] = defaultdict(list)
    for number, group in enumerate(_outcomes(pairs)):
        groups[group].append(number)
    ids = pairs["pair_id"].to_pylist()
    rows: list[dict[str, object]] = []
    for group in sorted(groups, key=lambda group: _place(group, len(groups[group]))):
        numbers = groups[group]
        shown = sorted(numbers, key=lambda number: (ids[number], number))[:sample_count]
        rows.append(
            {
                **dict(zip(("origin", "split", "reject_reason"), group, strict=True)),
                "pair_count": len(numbers),
                "sample": pairs.take(pa.array(shown, pa.int64())).to_pylist(),
            }
        )
    return as_table(rows, FUNNEL)


def _outcomes(pairs: pa.Table) -> list[_Group]:
    no_split = [None] * pairs.num_rows
    splits = pairs["split"].to_pylist() if "split" in pairs.column_names else no_split
    origins, reasons = pairs["origin"].to_pylist(), pairs["reject_reason"].to_pylist()
    return list(zip(origins, splits, reasons, strict=True))


def _place(group: _Group, pair_count: int) -> tuple[str, bool, int, int, str]:
    origin, split, reason = group
    order = {"train": 0, "dev": 1, "test": 2}.get(split or "", 3)
    return origin, reason is not None, order, -pair_count, reason or ""
