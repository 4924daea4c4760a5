"""The plot of quality against what it costs, each model a named point with error bars."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from matplotlib.ticker import NullFormatter

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

Write: TypeAlias = Callable[[float], str]
_Side: TypeAlias = Literal["left", "right", "center"]
_HEIGHT_INCHES = 4.2
_MARGINS = {"left": 0.09, "right": 0.98, "bottom": 0.13, "top": 0.9}
_FONT_POINTS = 9
_LINE_POINTS = 1.3 * _FONT_POINTS
_LEAST_RATIO_FOR_LOG = 10
_ROOM = 1.25  # beyond the outermost points of a logarithmic axis
_GAP_POINTS = 7
_POINTS_PER_INCH = 72


@dataclass(frozen=True)
class Point:
    """A model in a trade-off plot.

    Attributes:
        name: written beside the point.
        kind: of model; points of a kind look alike.
        x: what it costs or keeps.
        y: what it can do.
    """

    name: str
    kind: str
    x: Mark
    y: Mark


@dataclass(frozen=True)
class Axis:
    """What runs along a side.

    Attributes:
        label: its name, with the good end.
        write: a value as people write it.
    """

    label: str
    write: Write


def trade_off_plot(
    points: Sequence[Point],
    x: Axis,
    y: Axis,
    *,
    front: Sequence[Point] = (),
    limit: tuple[float, str] | None = None,
) -> Markup:
    """Points with error bars in both directions; names keep clear of one another.

    The x axis is logarithmic where values differ by a factor of ten or more.

    Args:
        points: one for each model.
        x: what runs along.
        y: what runs up.
        front: joined by a line, in this order: models that no other outdoes.
        limit: a value of x that is marked, and what it is.
    """
    kinds = list(dict.fromkeys(point.kind for point in points))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, _HEIGHT_INCHES))
        figure.subplots_adjust(**_MARGINS)
        axes = figure.subplots()
        for number, kind in enumerate(kinds):
            _draw_kind(axes, [point for point in points if point.kind == kind], number)
        if len(front) > 1:
            ends = [point.x.value for point in front], [point.y.value for point in front]
            axes.plot(*ends, color=FAINT, linewidth=0.8, zorder=0.5, label="front")
        if limit is not None:
            axes.axvline(limit[0], color=FAINT, linewidth=1, linestyle="--", label=limit[1])
        _scale(axes, points, x, y)
        _write_names(figure, axes, points)
        finish(figure, axes, len(axes.get_legend_handles_labels()[1]))
        axes.grid(axis="y", linewidth=0.6)
        return svg(figure, f"{y.label} against {x.label}, one point for each model")


def _draw_kind(axes: Axes, points: Sequence[Point], number: int) -> None:
    colour, marker, _ = SERIES[number % len(SERIES)]
    axes.errorbar(
        [point.x.value for point in points],
        [point.y.value for point in points],
        xerr=list(zip(*(_arms(point.x) for point in points), strict=True)),
        yerr=list(zip(*(_arms(point.y) for point in points), strict=True)),
        fmt=marker,
        color=colour,
        markeredgecolor=CARD,
        markersize=8,
        elinewidth=1.4,
        label=points[0].kind,
    )


def _arms(mark: Mark) -> tuple[float, float]:
    """Lengths below and above; a percentile interval may leave its value outside."""
    return max(0, mark.value - mark.ci_low), max(0, mark.ci_high - mark.value)


def _scale(axes: Axes, points: Sequence[Point], x: Axis, y: Axis) -> None:
    values = [point.x.value for point in points]
    if min(values) > 0 and max(values) / min(values) >= _LEAST_RATIO_FOR_LOG:
        axes.set_xscale("log")
        axes.set_xlim(min(values) / _ROOM, max(values) * _ROOM**3)
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.margins(x=0.12)
    axes.margins(y=0.12)
    axes.autoscale_view()  # now, for names are placed before anything is drawn
    axes.set_xlabel(x.label)
    axes.set_ylabel(y.label)
    axes.xaxis.set_major_formatter(lambda value, _: x.write(value))
    axes.yaxis.set_major_formatter(lambda value, _: y.write(value))
    axes.tick_params(axis="y", labelcolor=FAINT)


@dataclass(frozen=True)
class _Box:
    """What a name, a point or an error bar covers, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "_Box") -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)


@lru_cache(maxsize=256)
def _width_points(name: str) -> float:
    """Of a name in matplotlib's own face, which is wider than most that a reader may have."""
    return float(TextPath((0, 0), name, size=_FONT_POINTS).get_extents().width) + _GAP_POINTS / 2


@dataclass(frozen=True)
class _Place:
    """Where a name may stand: from its point to the end at which it is held."""

    side: _Side
    right_by: float
    up_by: float

    def box(self, name: str, x: float, y: float) -> _Box:
        width, height = _width_points(name), _LINE_POINTS
        left = x + self.right_by - {"left": 0, "right": width, "center": width / 2}[self.side]
        bottom = y + self.up_by - height / 2
        return _Box(left, bottom, left + width, bottom + height)


_SIDES: tuple[tuple[_Side, float], ...] = (
    ("left", _GAP_POINTS),
    ("right", -_GAP_POINTS),
    ("center", 0),
)
_PLACES: list[_Place] = [
    _Place(side, shift, rise * _LINE_POINTS)
    for rise in (0, 1, -1, 2, -2, 3, -3)
    for side, shift in _SIDES
    if rise or shift
]


def _write_names(figure: Figure, axes: Axes, points: Sequence[Point]) -> None:
    """Each name at the first place around its point where it covers nothing, or covers least."""
    scale = _POINTS_PER_INCH / figure.dpi

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = axes.transData.transform((x, y)) * scale
        return float(across), float(up)

    frame = axes.get_window_extent()
    inside = _Box(*(edge * scale for edge in frame.extents))
    taken = [box for point in points for box in _drawn(point, at)]
    for point in points:
        x, y = at(point.x.value, point.y.value)
        place = min(_PLACES, key=lambda one: _covered(one.box(point.name, x, y), taken, inside))
        taken.append(place.box(point.name, x, y))
        axes.annotate(
            point.name,
            (point.x.value, point.y.value),
            xytext=(place.right_by, place.up_by),
            textcoords="offset points",
            ha=place.side,
            va="center",
            fontsize=_FONT_POINTS,
        )


def _drawn(point: Point, at: Callable[[float, float], tuple[float, float]]) -> Iterator[_Box]:
    """What a point and its bars cover."""
    x, y = at(point.x.value, point.y.value)
    yield _Box(x - 5, y - 5, x + 5, y + 5)
    left, bottom = at(point.x.ci_low, point.y.ci_low)
    right, top = at(point.x.ci_high, point.y.ci_high)
    yield _Box(left, y - 1, right, y + 1)
    yield _Box(x - 1, bottom, x + 1, top)


def _covered(box: _Box, taken: Sequence[_Box], inside: _Box) -> float:
    """Area of what would be covered, and of what would stand outside the axes."""
    area = (box.right - box.left) * (box.top - box.bottom)
    return sum(box.overlap(other) for other in taken) + area - box.overlap(inside)
