"""What more data, and better data, would bring: scores over the points of a data curve. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import matplotlib as mpl
import pyarrow as pa
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pipeline.data_curve import CurvePoint
from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report import words
from pipeline.evaluation.report.drawing import (
    CARD,
    FAINT,
    SERIES,
    STYLE,
    WIDTH_INCHES,
    finish,
    svg,
)
from pipeline.evaluation.report.plots import Mark
from pipeline.evaluation.report.trade_off_plots import Axis
from pipeline.evaluation.report.views import Comparison, Score, compared

_METRIC = "p_at_1"
_HEIGHT_INCHES = 3.4
_PAIRS = Axis("training pairs (dotted: before training)", lambda place: words.count(int(place)))
_WRONG = Axis(
    "training pairs with a wrong translation (dotted: before training)",
    partial(words.percent, decimals=0),
)


@dataclass(frozen=True)
class DataCurve:
    """A plot with what it tells."""

    title: str
    plot: Markup


def data_curves(scores: pa.Table | None) -> list[DataCurve]:
    """Plots by number of pairs and by share of wrong ones, those with fewer than two points not.

    Args:
        scores: table of schema `SCORES` whose students are named as points of a data curve; of each
            direction the first suite is drawn.
    """
    by_direction: dict[str, Comparison] = {}
    for one in compared(scores):
        if one.metric == _METRIC:
            by_direction.setdefault(one.languages, one)
    starts = {
        name: float(one.by_model[START]["value"])
        for name, one in by_direction.items()
        if START in one.by_model
    }
    kinds = (("More pairs", _PAIRS, _by_count), ("Worse pairs", _WRONG, _by_wrong_fraction))
    found = []
    for title, axis, line_of in kinds:
        lines = {name: line_of(_points(one)) for name, one in by_direction.items()}
        drawn = {name: line for name, line in lines.items() if len(line) > 1}
        if drawn:
            found.append(DataCurve(title, data_curve_plot(drawn, starts, axis)))
    return found


def data_curve_plot(
    lines: Mapping[str, Mapping[float, Mark]], starts: Mapping[str, float], x: Axis
) -> Markup:
    """Lines with error bars; the places are logarithmic where all are above 1.

    Args:
        lines: for each name its marks by place.
        starts: of some names the value before training, drawn as a level.
        x: what the places are.
    """
    places = sorted({place for line in lines.values() for place in line})
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, _HEIGHT_INCHES), layout="constrained")
        axes = figure.subplots()
        for number, (name, line) in enumerate(lines.items(), 1):
            _draw_line(axes, name, line, starts.get(name), number)
        if places[0] > 1:
            axes.set_xscale("log")
        axes.set_xticks(places, [x.write(place) for place in places])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.tick_params(axis="y", labelcolor=FAINT)
        axes.set_xlabel(x.label)
        axes.set_ylabel(words.metric_name(_METRIC))
        finish(figure, axes, len(lines))
        axes.grid(axis="y", linewidth=0.6)
        return svg(figure, f"{', '.join(lines)} by {x.label}, with confidence intervals")


def _draw_line(
    axes: Axes, name: str, line: Mapping[float, Mark], start: float | None, number: int
) -> None:
    colour, marker, dashes = SERIES[number % len(SERIES)]
    ordered = sorted(line.items())
    arms = [(mark.value - mark.ci_low, mark.ci_high - mark.value) for _, mark in ordered]
    axes.errorbar(
        [place for place, _ in ordered],
        [mark.value for _, mark in ordered],
        yerr=list(zip(*arms, strict=True)),
        fmt=marker,
        linestyle=dashes,
        color=colour,
        markeredgecolor=CARD,
        elinewidth=1.4,
        label=name,
    )
    if start is not None:
        axes.axhline(start, color=colour, linestyle=":", linewidth=1)


def _points(comparison: Comparison) -> list[tuple[CurvePoint, Mark]]:
    scores = comparison.by_model.items()
    return [(CurvePoint.named(name), _mark(score)) for name, score in scores if name != START]


def _by_count(points: Sequence[tuple[CurvePoint, Mark]]) -> dict[float, Mark]:
    return {point.pair_count: mark for point, mark in points if not point.wrong_fraction}


def _by_wrong_fraction(points: Sequence[tuple[CurvePoint, Mark]]) -> dict[float, Mark]:
    most = max((point.pair_count for point, _ in points), default=0)
    return {point.wrong_fraction: mark for point, mark in points if point.pair_count == most}


def _mark(score: Score) -> Mark:
    return Mark(*(float(score[name]) for name in ("value", "ci_low", "ci_high")))
