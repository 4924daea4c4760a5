"""What a gain was paid with: quality against retention, speed and size. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from markupsafe import Markup

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report import words
from pipeline.evaluation.report.boards import is_baseline
from pipeline.evaluation.report.pareto import TITLE, retention_plot, student_kind
from pipeline.evaluation.report.plots import Mark
from pipeline.evaluation.report.trade_off_plots import Axis, Point, trade_off_plot
from pipeline.evaluation.report.views import Comparison, Score, compared

_COSTS = {  # metric: title and axis label
    "sentences_per_second": (
        "Against speed",
        "sentences per second on this machine (faster is to the right)",
    ),
    "parameter_count": ("Against size", "parameters (smaller is to the left)"),
    "disk_bytes": ("Against disk space", "on disk (smaller is to the left)"),
    "peak_memory_bytes": ("Against memory", "peak memory (less is to the left)"),
}
_KEPT = ("retention_spearman", "retention_sts")  # of held-out text, of people's ratings
_LEAST_POINTS = 2


@dataclass(frozen=True)
class Release:
    """What decides which student is let go.

    Attributes:
        student: the best that may be; None where none may.
        min_retention: the least that must be kept of every pivot; None where nothing is asked.
    """

    student: str | None = None
    min_retention: float | None = None


@dataclass(frozen=True)
class TradeOff:
    """A plot with its title."""

    title: str
    plot: Markup


def trade_offs(
    quality: Comparison | None,
    tables: Mapping[str, pa.Table],
    baselines: Sequence[str] = (),
    release: Release = Release(),
) -> list[TradeOff]:
    """Plots of one quality against all it may cost; those with fewer than two models left out.

    Args:
        quality: what models are wanted for, such as P@1 from the focus language to a pivot.
        tables: of schema `SCORES`: `retention` and `cost` are looked at where they are there.
        baselines: models that are no students, besides those known by name.
        release: marked in the plots.
    """
    if quality is None:
        return []
    costs = compared(tables.get("cost"))
    y = Axis(words.metric_name(quality.metric), partial(words.percent, decimals=0))
    made: list[TradeOff] = []
    kept = _kept(compared(tables.get("retention")))
    points = _points(quality, kept, {}, baselines, release.student)
    if len(points) >= _LEAST_POINTS:
        made.append(TradeOff(TITLE, retention_plot(points, y, release.min_retention)))
    for metric, (title, label) in _COSTS.items():
        shares = _values(costs, "gemm_share") if metric == "sentences_per_second" else {}
        points = _points(quality, _values(costs, metric), shares, baselines, release.student)
        x = Axis(label, partial(words.figure, metric=metric))
        if len(points) >= _LEAST_POINTS:
            made.append(TradeOff(title, trade_off_plot(points, x, y)))
    return made


def _points(
    quality: Comparison,
    costs: Mapping[str, Score],
    shares: Mapping[str, Score],
    baselines: Sequence[str],
    released: str | None,
) -> list[Point]:
    return [
        Point(
            _name(model, shares),
            "baseline" if is_baseline(model, baselines) else student_kind(model, released),
            _mark(costs[model]),
            _mark(score),
        )
        for model, score in quality.by_model.items()
        if model in costs and score["value"] is not None
    ]


def _name(model: str, shares: Mapping[str, Score]) -> str:
    name = words.model_name(model).rsplit("/", 1)[-1]  # of a hub's name the part that differs
    if model not in shares:
        return name
    return f"{name}, {words.percent(shares[model]['value'], 0)} of GEMM"


def _kept(comparisons: Sequence[Comparison]) -> dict[str, Score]:
    """Of each student the pivot that it keeps least; the start model keeps all by definition."""
    everything = {"value": 1.0, "ci_low": 1.0, "ci_high": 1.0}
    found: dict[str, Score] = {START: everything}
    for comparison in comparisons:
        for model, score in comparison.by_model.items():
            is_known = comparison.metric in _KEPT and score["value"] is not None
            if is_known and (model not in found or score["value"] < found[model]["value"]):
                found[model] = score
    return found


def _values(comparisons: Sequence[Comparison], metric: str) -> dict[str, Score]:
    """By model, its first figure of a metric."""
    found: dict[str, Score] = {}
    for comparison in comparisons:
        for model, score in comparison.by_model.items():
            if comparison.metric == metric and score["value"] is not None:
                found.setdefault(model, score)
    return found


def _mark(score: Score) -> Mark:
    """With an interval of no width where none was measured."""
    low, high = (
        score["value"] if score[end] is None else score[end] for end in ("ci_low", "ci_high")
    )
    return Mark(score["value"], low, high)
