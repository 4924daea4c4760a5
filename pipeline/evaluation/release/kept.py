"""What a student must keep of every pivot, and which pivot it keeps least. Pure."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.evaluation.gates import retention_gate
from pipeline.evaluation.tasks.sts_retention import METRIC as OF_RATINGS
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Interval
from pipeline.storage import GateVerdict

Row = Mapping[str, Any]


def least_allowed(metric: str, params: EvaluationParams) -> float:
    """What must be kept, by how it was measured.

    The order of held-out text is the stricter measure: students that kept .99 of the agreement
    with people's ratings kept .78 to .93 of the order (ADR 5).
    """
    return params.min_retention if metric == OF_RATINGS else params.min_order_kept


def what_is_kept(metric: str) -> str:
    """What the student and the start model share, in words."""
    return "agreement with people's ratings" if metric == OF_RATINGS else "order of texts"


def worst_kept(retention: pa.Table, params: EvaluationParams) -> dict[str, Row]:
    """Of each student the pivot in which it stands worst against what must be kept.

    Args:
        retention: table of schema `SCORES`: a row for each student and pivot.
        params: what must be kept.
    """
    rows = [row for row in retention.to_pylist() if not row["slice"]]
    rows.sort(key=lambda row: _room(row, params), reverse=True)
    return {row["model"]: row for row in rows}


def retention_verdict(retention: pa.Table, params: EvaluationParams) -> GateVerdict:
    """Whether any student keeps enough of every pivot: the one that stands best is judged.

    Args:
        retention: table of schema `SCORES`: a row for each student and pivot.
        params: what must be kept.

    Returns:
        The verdict; where nothing was measured it passes and says so, and the leaderboard releases
        no student.
    """
    worst = worst_kept(retention, params)
    if not worst:
        reason = (
            "Not measured: there is no student, or no held-out text of a pivot and no suite of"
            " rated pairs to judge it on. No student is released."
        )
        return GateVerdict("retention", is_passed=True, reason=reason)
    best = max(worst.values(), key=lambda row: _room(row, params))
    interval = Interval(
        **{name: best[name] for name in ("value", "ci_low", "ci_high", "n", "seed")}
    )
    metric = best["metric"]
    return retention_gate(interval, least_allowed(metric, params), what_is_kept(metric))


def _room(row: Row, params: EvaluationParams) -> float:
    """How far a row stands above what must be kept."""
    return float(row["value"]) - least_allowed(row["metric"], params)
