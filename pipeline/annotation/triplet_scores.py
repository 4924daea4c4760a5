"""How many written triplets are what they should be, by people's judgement. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotation.alpha import alpha_row, count_values, units_of
from pipeline.annotation.triplet_verdicts import contradicts, follows, resolve_triplets
from pipeline.annotation.verdicts import latest_reviews
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import CalibrationParams
from pipeline.statistics import wilson
from pipeline.tables import SCORES, as_table

SUITE = "synthetic_triplets"
METRICS = {
    "positive_follows": "follows",
    "negative_contradicts": "contradicts",
    "triplet_right": "is_right",
}
"""Shares of triplets, and the column of `TRIPLET_VERDICTS` that each counts."""

Row = dict[str, Any]


def score_triplets(
    reviews: pa.Table, samples: Sequence[pa.Table], params: CalibrationParams
) -> pa.Table:
    """Score what people said of every strategy's sample.

    Only what is in a sample now counts: verdicts on triplets that have been written anew, or are
    not kept any more, say nothing of those that are.

    Args:
        reviews: table of schema `TRIPLET_REVIEWS`.
        samples: tables of schema `TRIPLET_TASKS`, one of each strategy.
        params: resamples and the seed.

    Returns:
        A table of schema `SCORES`, `model` being the strategy: the shares `METRICS` with Wilson's
        intervals, and `alpha_triplet` (nominal, of being right in both sides) where a triplet has
        two reviews. A strategy of which nothing was judged has no row.
    """
    rows: list[Row] = []
    for sample in samples:
        is_sampled = pc.is_in(reviews["task_id"], sample["task_id"])
        rows += _scored(reviews.filter(is_sampled), sample.num_rows, params)
    return as_table(rows, SCORES)


def _scored(reviews: pa.Table, sample_count: int, params: CalibrationParams) -> Iterator[Row]:
    """Rows of one strategy."""
    verdicts = resolve_triplets(reviews)
    if not verdicts.num_rows:
        return
    first, words = verdicts.slice(0, 1).to_pylist()[0], latest_reviews(reviews, "task_id")
    said = [
        [str(row[name]) for row in words]
        for name in ("task_id", "annotator", "positive_verdict", "negative_verdict")
    ]
    measured = Measurement(
        SUITE,
        f"{first['anchor_language']}-{first['written_language']}",
        hash_texts(*said),
        first["strategy"],
        "",
        params.seed,
    )
    units = units_of(words, "task_id", lambda row: int(follows(row) and contradicts(row)))
    note = (
        f"judged by people: {verdicts.num_rows} of {sample_count} drawn, {len(units)} of them by"
        " two or more"
    )
    for metric, column in METRICS.items():
        yield measured.score(metric, wilson(pc.sum(verdicts[column]).as_py(), len(verdicts)), note)
    if units:
        counts = count_values(units, 2)
        yield alpha_row(measured, "alpha_triplet", counts, "nominal", params.bootstrap_count)
