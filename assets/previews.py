"""Plots and tables for single assets in the Dagster UI, made from what is stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import dagster as dg
from markupsafe import Markup

from assets.showing import as_markdown, cell, sample_as_markdown
from pipeline.corpus.reasons import ORDER as PAIR_RULES
from pipeline.distillation.teaching import read_training_log
from pipeline.evaluation.report import words
from pipeline.evaluation.report.boards import boards
from pipeline.evaluation.report.data_curves import data_curves
from pipeline.evaluation.report.drawing import as_image_uri
from pipeline.evaluation.report.folder import PAGE_NAME, SUMMARY_NAME
from pipeline.evaluation.report.pareto import leaderboard_plot
from pipeline.evaluation.report.plots import (
    CalibrationBin,
    Curves,
    calibration_plot,
    curve_plot,
    thinned,
)
from pipeline.evaluation.report.score_sections import headline_plot
from pipeline.storage import Artefact
from pipeline.synthesis.quality.reasons import ORDER as TRIPLET_RULES
from pipeline.tables import kept
from pipeline.training.steps import loss_curves
from pipeline.training.telemetry import Measures
from pipeline.translation.teaching import read_translation_log
from pipeline.waterfall import waterfall

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


def ocr_benchmark_preview(scores: Artefact) -> Shown:
    """Error rates by document, engine and model, and font; and what reads each language best."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in scores.read_even_if_refused().to_pylist():
        key = (row["suite"], row["direction"], row["model"], row["slice"] or "as it is")
        shown = f"{row['value']:.2%} [{row['ci_low']:.2%}, {row['ci_high']:.2%}]"
        rows.setdefault(key, {})[row["metric"]] = shown
        rows[key]["n"] = str(row["n"])
    lines = [[*key, each["cer"], each["wer"], each["n"]] for key, each in rows.items()]
    header = ["document", "language", "engine and model", "page", "CER", "WER", "pages"]
    facts: Mapping[str, Any] = scores.manifest.metadata
    best = [[code, one["model"], f"{one['cer']:.2%}"] for code, one in facts.items()]
    return {
        "pick": dg.MetadataValue.md(as_markdown(["language", "fewest errors", "CER"], best)),
        "error_rates": dg.MetadataValue.md(as_markdown(header, lines)),
    }


def training_preview(student: Artefact) -> Shown:
    """The loss and its parts over the steps of a training."""
    plot = curve_plot(loss_curves(read_training_log(student.folder()).steps))
    return {"loss_over_steps": _image("loss over the steps", plot)}


def translation_preview(model: Artefact) -> Shown:
    """The loss, chrF++ on development pairs, and some of them as the model translates them."""
    log = read_translation_log(model.folder())
    loss = curve_plot(loss_curves(log.steps))
    judged: Curves = {"chrF++": {score.step: score.chrf2pp for score in log.dev_scores}}
    rows = [[cell(text) for text in astuple(sample)] for sample in log.samples]
    return {
        "translations": dg.MetadataValue.md(as_markdown(["source", "reference", "said"], rows)),
        "loss_over_steps": _image("loss over the steps", loss),
        "chrf_over_steps": _image(
            "chrF++ on development pairs over the steps", curve_plot(judged, "chrF++")
        ),
    }


def translation_scores_preview(scores: Artefact) -> Shown:
    """chrF++ of every system in every direction, with intervals."""
    rows = [
        [
            *(row[name] for name in ("suite", "direction", "model")),
            f"{row['value']:.1f}",
            f"{row['ci_low']:.1f}-{row['ci_high']:.1f}",
            str(row["n"]),
            row["note"],
        ]
        for row in scores.read_even_if_refused().to_pylist()
        if row["metric"] == "chrf2pp" and not row["slice"]
    ]
    header = ["suite", "direction", "system", "chrF++", "95% interval", "N", "note"]
    return {"chrf": dg.MetadataValue.md(as_markdown(header, rows))} if rows else {}


def live_training_preview(measures: Sequence[Measures]) -> Shown:
    """Where a training is, and the losses and the throughput of its steps so far.

    Args:
        measures: of the steps that were made, one or more.
    """
    latest = measures[-1]
    steps = [one.step for one in measures]
    rates: Curves = {
        "tokens per second": {one.step.step: one.tokens_per_second for one in measures}
    }
    left_count = latest.step_count - latest.step.step - 1
    mean_seconds = sum(one.seconds for one in measures) / len(measures)
    losses = curve_plot(thinned(loss_curves(steps)))
    throughput = curve_plot(thinned(rates), "real tokens per second")
    return {
        "step": dg.MetadataValue.text(f"{latest.step.step + 1} of {latest.step_count}"),
        "loss": dg.MetadataValue.float(latest.step.loss),
        "tokens_per_second": dg.MetadataValue.float(latest.tokens_per_second),
        "left_seconds": dg.MetadataValue.float(round(left_count * mean_seconds, 1)),
        "skipped_steps": dg.MetadataValue.int(sum(step.is_skipped for step in steps)),
        "loss_over_steps": _image("loss over the steps", losses),
        "throughput": _image("real tokens per second over the steps", throughput),
    }


def retrieval_preview(scores: Artefact) -> Shown:
    """P@1 of every model on every suite, with intervals."""
    found = boards({"retrieval": scores.read_even_if_refused()}, suites={}, focus="")
    plot = headline_plot("retrieval", found)
    return {"found_first": _image("P@1 with intervals", plot)} if plot else {}


def curve_preview(scores: Artefact) -> Shown:
    """What more pairs, and wrong ones, do to retrieval."""
    curves = data_curves(scores.read_even_if_refused())
    return {f"curve_{number}": _image(one.title, one.plot) for number, one in enumerate(curves, 1)}


def leaderboard_preview(board: Artefact) -> Shown:
    """Who leads, who may be released, and what a gain was paid with."""
    table = board.read_even_if_refused()
    plot = leaderboard_plot(table)
    lines = [
        [
            one["model"],
            f"{one['value']:.3f}",
            f"{one['ci_low']:.3f}-{one['ci_high']:.3f}",
            one["reason"],
        ]
        for one in table.to_pylist()
    ]
    header = ["model", "P@1", "95% interval", "release"]
    shown: Shown = {"leaderboard": dg.MetadataValue.md(as_markdown(header, lines))}
    return shown | ({"pareto_front": _image("P@1 against what is kept", plot)} if plot else {})


def filter_preview(pairs: Artefact) -> Shown:
    """How many pairs each rule took from those that were left."""
    steps = waterfall(pairs.read_even_if_refused(), PAIR_RULES)
    rows = [[one.name, f"{one.rejected_count:,}", f"{one.left_count:,}"] for one in steps]
    return {"funnel": dg.MetadataValue.md(as_markdown(["step", "rejected", "left"], rows))}


def triplet_preview(triplets: Artefact) -> Shown:
    """What each rule took away, and some of the triplets that are left."""
    table = triplets.read()
    way = waterfall(table, TRIPLET_RULES)
    steps = [[one.name, f"{one.rejected_count:,}", f"{one.left_count:,}"] for one in way]
    names = ["anchor_text", "positive_text", "negative_text"]
    return {
        "funnel": dg.MetadataValue.md(as_markdown(["step", "rejected", "left"], steps)),
        "kept": dg.MetadataValue.md(
            sample_as_markdown(kept(table).select(names), triplets.content_hash)
        ),
    }


def triplet_scores_preview(scores: Artefact) -> Shown:
    """What people found right of each strategy's triplets, with intervals."""
    rows = [
        [
            *(row["model"], words.metric_name(row["metric"])),
            words.figure(row["value"], row["metric"]),
            ""
            if row["value"] is None
            else words.between(row["ci_low"], row["ci_high"], row["metric"]),
            *(str(row["n"]), row["note"]),
        ]
        for row in scores.read().to_pylist()
    ]
    header = ["strategy", "measure", "value", "95% interval", "N", "note"]
    return {"judged": dg.MetadataValue.md(as_markdown(header, rows))} if rows else {}


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
