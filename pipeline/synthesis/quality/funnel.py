"""What became of every triplet, step by step, as it is in the corpus. Pure."""

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from pipeline.synthesis.quality.reasons import ORDER


@dataclass(frozen=True)
class Step:
    """One step of the way from all triplets to the kept ones.

    Attributes:
        name: `in` for the first, `kept` for the last, else the reason of rejection.
        rejected_count: triplets that ended here.
        left_count: triplets that went on.
    """

    name: str
    rejected_count: int
    left_count: int


def waterfall(triplets: pa.Table) -> tuple[Step, ...]:
    """How many triplets each rule took from those that the rules before it had left.

    Args:
        triplets: table of schema `FILTERED_TRIPLETS`.

    Returns:
        `in`, then every reason that occurs in the order of the rules, then `kept`.
    """
    counts = Counter(triplets["reject_reason"].drop_null().to_pylist())
    left = triplets.num_rows
    steps = [Step("in", 0, left)]
    for reason in sorted(counts, key=lambda reason: (_place(reason), reason)):
        left -= counts[reason]
        steps.append(Step(reason, counts[reason], left))
    return (*steps, Step("kept", 0, left))


def funnel_facts(triplets: pa.Table) -> dict[str, int | float]:
    """Counts of rows and of what is kept, and the kept fraction."""
    kept_count = triplets["reject_reason"].null_count
    return {
        "triplet_count": triplets.num_rows,
        "kept_count": kept_count,
        "kept_fraction": round(kept_count / triplets.num_rows, 4) if triplets.num_rows else 0.0,
    }


def _place(reason: str) -> int:
    return next((at for at, words in enumerate(ORDER) if reason.startswith(words)), -1)
