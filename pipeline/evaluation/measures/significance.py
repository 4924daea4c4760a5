"""P-values of all differences in a table, adjusted for how many were looked at. Pure.

The differences of one metric over whole suites are one family: a reader looks down that column for
what stands out. Slices, which are looked at to find where a gain comes from, are a family of their
own for each metric. Other metrics are of the same outcomes and tell the same story once more, so
they are no further comparisons; quote the one that was named beforehand.
"""

import re
from collections import defaultdict

import pyarrow as pa

from pipeline.evaluation.measures.scores import DIFFERENCE, Row
from pipeline.statistics import holm
from pipeline.tables import SCORES, as_table

_STATED = re.compile(r"(; )?Holm over \d+ comparisons?$")


def with_adjusted_p(table: pa.Table) -> pa.Table:
    """The table with `p_adjusted` of its differences, by Holm's method, and notes that say so.

    Join all tables of an evaluation before: adjusting again over more comparisons takes the place
    of what was there.

    Args:
        table: of schema `SCORES`. Rows without a p-value are left as they are.

    Returns:
        A table of schema `SCORES`, rows in the same order; a difference's note ends in e.g.
        `Holm over 12 comparisons`.
    """
    rows = table.to_pylist()
    families: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row["model"] == DIFFERENCE and row["p_value"] is not None:
            families[row["metric"], bool(row["slice"])].append(number)
    for numbers in families.values():
        adjusted = holm([rows[number]["p_value"] for number in numbers])
        for number, p_adjusted in zip(numbers, adjusted.tolist(), strict=True):
            note = _noted(rows[number], len(numbers))
            rows[number] |= {"p_adjusted": p_adjusted, "note": note}
    return as_table(rows, SCORES)


def _noted(row: Row, family_size: int) -> str:
    said = _STATED.sub("", row["note"] or "")
    stated = f"Holm over {family_size} comparison{'s' if family_size != 1 else ''}"
    return f"{said}; {stated}" if said else stated
