"""How rows fall away rule by rule: the way from all rows to the kept ones. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Step:
    """One step of the way.

    Attributes:
        name: `in` for the first, `kept` for the last, else the reason of rejection.
        rejected_count: rows that ended here.
        left_count: rows that went on.
    """

    name: str
    rejected_count: int
    left_count: int


def waterfall(rows: pa.Table, order: Sequence[str]) -> tuple[Step, ...]:
    """How many rows each rule took from those that the rules before it had left.

    Args:
        rows: any table with a `reject_reason`.
        order: beginnings of reasons, in the order in which rules are tried.

    Returns:
        `in`, then every reason that occurs, in the order of the rules (first what no rule here
        gives, which comes from earlier stages; equals by name), then `kept`.
    """
    counts = Counter(rows["reject_reason"].drop_null().to_pylist())
    left = rows.num_rows
    steps = [Step("in", 0, left)]
    for reason in sorted(counts, key=lambda reason: (_place(reason, order), reason)):
        left -= counts[reason]
        steps.append(Step(reason, counts[reason], left))
    return (*steps, Step("kept", 0, left))


def _place(reason: str, order: Sequence[str]) -> int:
    return next((place for place, words in enumerate(order) if reason.startswith(words)), -1)
