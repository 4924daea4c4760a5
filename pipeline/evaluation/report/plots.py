"""Plots as inline SVG that takes its colours and fonts from the page around it.

Deterministic: identifiers are salted with a constant and no date is written. Colours are stand-ins
which become CSS variables, so that one file serves light, dark and print.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_COLOURS = {  # stand-in: variable of the style sheet
    "#010101": "var(--ink)",
    "#020202": "var(--faint)",
    "#030303": "var(--rule)",
    "#040404": "var(--before)",
    "#050505": "var(--after)",
    "#060606": "var(--third)",
    "#070707": "var(--fourth)",
    "#080808": "var(--card)",
}
_ON_WHITE = {  # for a plot that stands alone, where no style sheet reaches
    "var(--ink)": "#211d1a",
    "var(--faint)": "#6a6159",
    "var(--rule)": "#e3dbd0",
    "var(--before)": "#8b8177",
    "var(--after)": "#0d6f66",
    "var(--third)": "#a5690c",
    "var(--fourth)": "#4a4fa3",
    "var(--card)": "#ffffff",
}
_INK, _FAINT, _RULE, _BEFORE, _AFTER, _THIRD, _FOURTH, _CARD = _COLOURS
_STYLE: dict[Any, Any] = {  # matplotlib's type lists every key
    "svg.fonttype": "none",  # text stays text: found, scaled and read aloud
    "svg.hashsalt": "dutar",
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": _RULE,
    "axes.labelcolor": _FAINT,
    "text.color": _INK,
    "xtick.color": _FAINT,
    "ytick.color": _INK,
    "grid.color": _RULE,
    "legend.frameon": False,
}
_SERIES = (  # shapes and dashes too, for those who see no colour
    (_BEFORE, "o", ":"),
    (_AFTER, "s", "-"),
    (_THIRD, "D", "--"),
    (_FOURTH, "^", "-."),
)
_WIDTH_INCHES = 8.2


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


def interval_plot(rows: Mapping[str, Mapping[str, Mark]], axis_label: str) -> Markup:
    """Rows of marks with error bars on one axis from 0 to 1, the first row on top.

    Args:
        rows: for each row's label the marks by series; series are drawn in order of appearance.
        axis_label: what the values are.
    """
    series = list(dict.fromkeys(name for marks in rows.values() for name in marks))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, 1.0 + 0.5 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for number, name in enumerate(series):
            offset = (number - (len(series) - 1) / 2) * 0.24
            _draw_series(axes, rows, name, number, offset)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.set_xlabel(axis_label)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        _finish(figure, axes, len(series))
        return _svg(figure, f"{axis_label}: {', '.join(series)}, with confidence intervals")


def curve_plot(curves: Mapping[str, Mapping[float, float]]) -> Markup:
    """Loss curves over training steps.

    Args:
        curves: for each name its value by step, steps ascending.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.subplots()
        for number, (name, points) in enumerate(curves.items(), 1):
            colour, _, dashes = _SERIES[number % len(_SERIES)]
            steps, values = list(points), list(points.values())
            axes.plot(steps, values, color=colour, linestyle=dashes, label=name)
        axes.set_xlabel("training step")
        axes.set_ylabel("loss")
        axes.tick_params(axis="y", labelcolor=_FAINT)
        axes.set_ylim(bottom=0)
        _finish(figure, axes, len(curves))
        return _svg(figure, f"{', '.join(curves)} over training steps")


def calibration_plot(bins: Sequence[CalibrationBin]) -> Markup:
    """Observed against predicted share, each bin with its number of pairs, over the diagonal."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=_RULE, linestyle="--")
        axes.plot(
            [one.predicted for one in bins],
            [one.observed for one in bins],
            "s-",
            color=_AFTER,
            label="found correct by reviewers",
        )
        for one in bins:
            place = (one.predicted, one.observed)
            axes.annotate(f"{one.n}", place, xytext=(6, -10), textcoords="offset points")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("predicted probability")
        axes.set_ylabel("share found correct")
        axes.tick_params(axis="y", labelcolor=_FAINT)
        _finish(figure, axes, 1)
        return _svg(figure, "share of pairs found correct by predicted probability")


def as_image_uri(plot: Markup) -> str:
    """A plot as a `data:` address of an image on white, for pages other than the report."""
    svg = str(plot)
    for variable, colour in _ON_WHITE.items():
        svg = svg.replace(variable, colour)
    svg = svg.replace("<svg", '<svg style="background: #ffffff"', 1)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _draw_series(
    axes: Axes, rows: Mapping[str, Mapping[str, Mark]], name: str, number: int, offset: float
) -> None:
    colour, marker, _ = _SERIES[number % len(_SERIES)]
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
        markeredgecolor=_CARD,
        markersize=7,
        label=name,
    )


def _finish(figure: Figure, axes: Axes, series_count: int) -> None:
    axes.grid(axis="x", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    figure.legend(loc="outside upper left", ncols=max(1, series_count), handletextpad=0.4)


def _svg(figure: Figure, description: str) -> Markup:
    """The figure's SVG element, coloured by the page, described for screen readers."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for stand_in, variable in _COLOURS.items():
        text = text.replace(stand_in, variable)
    label = Markup('<svg role="img" aria-label="{}"').format(description)
    return Markup(text.replace("<svg", label, 1))  # noqa: S704 - matplotlib escapes its labels
