"""Plots and tables for single assets in the Dagster UI, made from what is stored."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import dagster as dg
from markupsafe import Markup

from assets.showing import as_markdown
from pipeline.corpus.funnel import waterfall
from pipeline.distillation.teaching import loss_curves, read_training_log
from pipeline.evaluation.report.boards import boards
from pipeline.evaluation.report.drawing import as_image_uri
from pipeline.evaluation.report.folder import PAGE_NAME, SUMMARY_NAME
from pipeline.evaluation.report.plots import CalibrationBin, calibration_plot, curve_plot
from pipeline.evaluation.report.score_sections import headline_plot
from pipeline.storage import Artefact
from pipeline.tables import kept

Shown = dict[str, dg.MetadataValue[Any]]


def pairing_preview(pairs: Artefact) -> Shown:
    """How many twins each rule found, and which documents have none."""
    table = pairs.read_even_if_refused()
    rules = Counter((row["rule"], row["target_language"]) for row in kept(table).to_pylist())
    found = [[rule, code, f"{count:,}"] for (rule, code), count in sorted(rules.items())]
    facts: Mapping[str, Any] = pairs.manifest.metadata
    lone = [
        [languages, f"{left['count']:,}", ", ".join(left["first"])]
        for languages, left in facts.items()
    ]
    return {
        "rules": dg.MetadataValue.md(as_markdown(["rule", "language", "pairs"], found)),
        "alone": dg.MetadataValue.md(as_markdown(["languages", "without a twin", "first"], lone)),
    }


def training_preview(student: Artefact) -> Shown:
    """The loss and its parts over the steps of a training."""
    plot = curve_plot(loss_curves(read_training_log(student.folder())))
    return {"loss": _image("loss over the steps", plot)}


def retrieval_preview(scores: Artefact) -> Shown:
    """P@1 of every model on every suite, with intervals."""
    found = boards({"retrieval": scores.read_even_if_refused()}, suites={}, focus="")
    plot = headline_plot("retrieval", found)
    return {"found_first": _image("P@1 with intervals", plot)} if plot else {}


def leaderboard_preview(board: Artefact) -> Shown:
    """Who leads, and who may be released."""
    rows = board.read_even_if_refused().to_pylist()
    lines = [
        [
            one["model"],
            f"{one['value']:.3f}",
            f"{one['ci_low']:.3f}-{one['ci_high']:.3f}",
            one["reason"],
        ]
        for one in rows
    ]
    header = ["model", "P@1", "95% interval", "release"]
    return {"leaderboard": dg.MetadataValue.md(as_markdown(header, lines))}


def filter_preview(pairs: Artefact) -> Shown:
    """How many pairs each rule took from those that were left."""
    steps = waterfall(pairs.read_even_if_refused())
    rows = [[one.name, f"{one.rejected_count:,}", f"{one.left_count:,}"] for one in steps]
    return {"funnel": dg.MetadataValue.md(as_markdown(["step", "rejected", "left"], rows))}


def calibration_preview(calibration: Artefact) -> Shown:
    """Predicted against found, on reviews that the prediction had not seen."""
    bins = calibration_bins(calibration.manifest.metadata)
    return {"curve": _image("found correct by probability", calibration_plot(bins))} if bins else {}


def calibration_bins(facts: Mapping[str, Any]) -> tuple[CalibrationBin, ...]:
    """The curve among a calibration's facts; empty while nothing is calibrated."""
    curve = facts["curve"] if facts["is_calibrated"] else []
    return tuple(
        CalibrationBin(one["mean_predicted"], one["observed_share"], int(one["n"])) for one in curve
    )


def report_preview(report: Artefact) -> Shown:
    """The report's summary, and where its page lies."""
    summary = report.path(SUMMARY_NAME).read_text(encoding="utf-8")
    page = dg.MetadataValue.path(str(report.path(PAGE_NAME)))
    return {"summary": dg.MetadataValue.md(f"```\n{summary}```"), "page": page}


def _image(name: str, plot: Markup) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"![{name}]({as_image_uri(plot)})")
