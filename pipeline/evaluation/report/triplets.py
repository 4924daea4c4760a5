"""What a language model wrote and what was kept of it, for the report. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.statistics import Interval, wilson
from pipeline.tables import identify, kept
from pipeline.waterfall import Step, waterfall

_SHOWN = 5


@dataclass(frozen=True)
class TripletFunnel:
    """One strategy's triplets.

    Attributes:
        strategy: its name.
        model: who wrote, as in the recipe.
        steps: from all triplets to the kept ones.
        kept_fraction: with Wilson's interval; `n` counts triplets. None where there are none.
        prompt_tokens: that the model read for all triplets.
        completion_tokens: that it wrote for them.
        tokens_per_second: that it wrote; None where it was not timed.
        samples: kept triplets, rows of schema `FILTERED_TRIPLETS`.
    """

    strategy: str
    model: str
    steps: tuple[Step, ...]
    kept_fraction: Interval | None
    prompt_tokens: int
    completion_tokens: int
    tokens_per_second: float | None
    samples: tuple[Mapping[str, Any], ...]

    @property
    def triplet_count(self) -> int:
        """All of them, kept and rejected."""
        return self.steps[0].left_count

    @property
    def kept_count(self) -> int:
        """Those that are learnt from."""
        return self.steps[-1].left_count


def triplet_funnel(
    strategy: str,
    model: str,
    triplets: pa.Table,
    rules: Sequence[str],
    tokens_per_second: float | None = None,
) -> TripletFunnel:
    """Count what each rule took away.

    Args:
        strategy: its name.
        model: who wrote.
        triplets: table of schema `FILTERED_TRIPLETS`.
        rules: beginnings of reasons, in the order in which rules are tried.
        tokens_per_second: that the model wrote.

    Returns:
        The funnel, with samples in the order of their ids' hashes: arbitrary, and the same again.
    """
    rows = kept(triplets).to_pylist()
    count = triplets.num_rows
    return TripletFunnel(
        strategy,
        model,
        waterfall(triplets, rules),
        wilson(len(rows), count) if count else None,
        pc.sum(triplets["prompt_tokens"]).as_py() or 0,
        pc.sum(triplets["completion_tokens"]).as_py() or 0,
        tokens_per_second,
        tuple(sorted(rows, key=lambda row: identify(row["triplet_id"]))[:_SHOWN]),
    )
