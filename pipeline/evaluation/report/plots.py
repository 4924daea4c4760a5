"""The report's plots, as inline SVG that takes its colours and fonts from the page around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pipeline.evaluation.report.drawing import (
    AFTER,
    CARD,
    FAINT,
    RULE,
    SERIES,
    STYLE,
    WIDTH_INCHES,
    finish,
    svg,
)

SERIES_COUNT = len(SERIES)  # models that one plot tells apart
_SPREAD = 0.72  # of a row's height, over which its marks are spread
_NEAR_TOP = 0.8
_END = 1.01  # so that a mark at the top is drawn whole
_ROOM = 1.2  # beyond the last mark


Curves: TypeAlias = Mapping[str, Mapping[float, float]]
"""For each name its value by training step."""


@dataclass(frozen=True)
class Mark:
    """A value with its interval, in one row of an interval plot."""

    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class CalibrationBin:
    """Reviewed pairs of about one predicted probability.

    Attributes:
        predicted: mean probability, [0, 1].
        observed: share that reviewers found correct, [0, 1].
        n: pairs.
    """

    predicted: float
    observed: float
    n: int


def interval_plot(
    rows: Mapping[str, Mapping[str, Mark]],
    axis_label: str,
    *,
    top: float = 1,
    ticks: str | None = None,
) -> Markup:
    """Rows of marks with error bars on one axis, the first row on top.

    The axis runs from 0, or below where a mark does, to the top; where all marks are near one
    of its ends, only as far as they do.

    Args:
        rows: for each row's label the marks by series; series are drawn in order of appearance.
        axis_label: what the values are.
        top: end of the axis.
        ticks: format of the values along it; percent if not given.
    """
    series = list(dict.fromkeys(name for marks in rows.values() for name in marks))
    with mpl.rc_context(STYLE):
        height = 1.0 + len(rows) * (0.24 + 0.13 * len(series))
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots()
        for number, name in enumerate(series):
            offset = (number - (len(series) - 1) / 2) * _SPREAD / len(series)
            _draw_series(axes, rows, name, number, offset)
        for between in range(1, len(rows)):
            axes.axhline(between - 0.5, color=RULE, linewidth=0.6)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(*_ends(list(chain(*(marks.values() for marks in rows.values()))), top))
        axes.set_xlabel(axis_label)
        axes.xaxis.set_major_formatter(ticks or PercentFormatter(1))
        finish(figure, axes, len(series))
        return svg(figure, f"{axis_label}: {', '.join(series)}, with confidence intervals")


def _ends(marks: Sequence[Mark], top: float) -> tuple[float, float]:
    """Where an axis with these marks begins and ends."""
    lowest, highest = min(mark.ci_low for mark in marks), max(mark.ci_high for mark in marks)
    if lowest > _NEAR_TOP * top:
        return _NEAR_TOP * top, _END * top
    is_near_zero = 0 < highest < (1 - _NEAR_TOP) * top
    return min(0, lowest), _ROOM * highest if is_near_zero else _END * top


def thinned(curves: Curves, most_points: int = 200) -> dict[str, dict[float, float]]:
    """Curves of few points each: means over neighbouring steps, at the last of them."""
    return {name: _thinned(curve, most_points) for name, curve in curves.items()}


def _thinned(curve: Mapping[float, float], most_points: int) -> dict[float, float]:
    points = list(curve.items())
    width = max(1, -(-len(points) // most_points))
    groups = [points[start : start + width] for start in range(0, len(points), width)]
    return {group[-1][0]: sum(value for _, value in group) / len(group) for group in groups}


def curve_plot(curves: Curves, axis_label: str = "loss") -> Markup:
    """Curves over training steps.

    Args:
        curves: for each name its value by step, steps ascending.
        axis_label: what the values are.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.subplots()
        for number, (name, points) in enumerate(curves.items(), 1):
            colour, _, dashes = SERIES[number % len(SERIES)]
            steps, values = list(points), list(points.values())
            axes.plot(steps, values, color=colour, linestyle=dashes, label=name)
        axes.set_xlabel("training step")
        axes.set_ylabel(axis_label)
        axes.tick_params(axis="y", labelcolor=FAINT)
        axes.set_ylim(bottom=0)
        finish(figure, axes, len(curves))
        return svg(figure, f"{', '.join(curves)} over training steps")


def calibration_plot(bins: Sequence[CalibrationBin]) -> Markup:
    """Observed against predicted share, each bin with its number of pairs, over the diagonal."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=RULE, linestyle="--")
        axes.plot(
            [one.predicted for one in bins],
            [one.observed for one in bins],
            "s-",
            color=AFTER,
            label="found correct by reviewers",
        )
        for one in bins:
            place = (one.predicted, one.observed)
            axes.annotate(f"{one.n}", place, xytext=(6, -10), textcoords="offset points")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("predicted probability")
        axes.set_ylabel("share found correct")
        axes.tick_params(axis="y", labelcolor=FAINT)
        finish(figure, axes, 1)
        return svg(figure, "share of pairs found correct by predicted probability")


def _draw_series(
    axes: Axes, rows: Mapping[str, Mapping[str, Mark]], name: str, number: int, offset: float
) -> None:
    colour, marker, _ = SERIES[number % len(SERIES)]
    placed = [(y + offset, marks[name]) for y, marks in enumerate(rows.values()) if name in marks]
    axes.hlines(
        [y for y, _ in placed],
        [mark.ci_low for _, mark in placed],
        [mark.ci_high for _, mark in placed],
        colors=colour,
        linewidth=2,
    )
    axes.plot(
        [mark.value for _, mark in placed],
        [y for y, _ in placed],
        marker,
        color=colour,
        markeredgecolor=CARD,
        markersize=7,
        label=name,
    )
