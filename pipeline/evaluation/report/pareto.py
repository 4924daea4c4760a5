"""Quality against retention: which students are worth a choice, and which the gate lets go. Pure.

A student is on the front (Pareto 1906) when no other one is better at the task and keeps as much,
or keeps more and is as good. Where the sweep of a balance value has several students, the front is
what it can be had for; the gate then takes the best of those that keep enough.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
from markupsafe import Markup

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report import words
from pipeline.evaluation.report.plots import Mark
from pipeline.evaluation.report.trade_off_plots import Axis, Point, trade_off_plot

TITLE = "Against retention"
_KEPT = Axis("share of the pivot kept least (1 is all)", words.number)
_LEAST_POINTS = 2
KIND_START, KIND_RELEASED, KIND_STUDENT = "start model", "student to be released", "student"


def pareto_front(points: Iterable[Point]) -> list[Point]:
    """Points that no other is at least as good as in both directions; those that keep least first.

    Both directions are better the higher. Of equals the first is taken.
    """
    by_kept = sorted(points, key=lambda point: (-point.x.value, -point.y.value))
    front: list[Point] = []
    for point in by_kept:
        if not front or point.y.value > front[-1].y.value:
            front.append(point)
    return front[::-1]


def retention_plot(points: Sequence[Point], y: Axis, min_retention: float | None) -> Markup:
    """Quality against what is kept, with the front and the least that may be released.

    Args:
        points: x is retention, the start model's is 1; y is the quality.
        y: what the quality is.
        min_retention: drawn as a line; None for no gate.
    """
    limit = None if min_retention is None else (min_retention, f"gate at {min_retention:g}")
    return trade_off_plot(points, _KEPT, y, front=pareto_front(points), limit=limit)


def leaderboard_plot(board: pa.Table) -> Markup | None:
    """The plot of a leaderboard; None without a student whose retention is known.

    Args:
        board: table of schema `LEADERBOARD`.
    """
    rows = [row for row in board.to_pylist() if row["retention"] is not None]
    start = [row | {"retention": 1.0} for row in board.to_pylist() if row["model"] == START]
    released = released_student(board)
    points = [_point(row, released) for row in (*start, *rows)]
    if len(points) < _LEAST_POINTS:
        return None
    metric = words.metric_name(str(board["metric"][0].as_py()))
    return retention_plot(points, Axis(metric, partial(words.percent, decimals=0)), gate_of(board))


def gate_of(board: pa.Table | None) -> float | None:
    """The least of a pivot that a released student keeps; None if it is not the same for all."""
    asked = set(board["min_retention"].drop_null().to_pylist()) if board is not None else set()
    return asked.pop() if len(asked) == 1 else None


def released_student(board: pa.Table | None) -> str | None:
    """The best student that may be released; None where none may."""
    rows = board.to_pylist() if board is not None else []
    students = [row for row in rows if row["is_releasable"]]
    return min(students, key=lambda row: row["rank"])["model"] if students else None


def student_kind(model: str, released: str | None) -> str:
    """The kind of point that a model is, besides baselines."""
    if model == START:
        return KIND_START
    return KIND_RELEASED if model == released else KIND_STUDENT


def _point(row: dict[str, Any], released: str | None) -> Point:
    quality = Mark(row["value"], row["ci_low"], row["ci_high"])
    kept = Mark(row["retention"], row["retention"], row["retention"])
    name = words.model_name(row["model"])
    return Point(name, student_kind(row["model"], released), kept, quality)
