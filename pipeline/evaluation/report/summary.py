"""The report in five lines for a terminal: read, align, collect, find, keep. Pure."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.report.headline import main_comparison, spoken_student
from pipeline.evaluation.report.page import ReportData
from pipeline.evaluation.report.pareto import released_student
from pipeline.evaluation.report.views import Score, rows_of
from pipeline.evaluation.report.words import count, direction_name, number, percent, points

NOT_SCORED = "not scored"
BASELINE = "length only"


def summary_lines(data: ReportData) -> list[str]:
    """Five lines, one per stage of the way; where there are several figures, the worst."""
    parts: dict[str, Callable[[ReportData], str]] = {
        "reading": _reading,
        "alignment": _alignment,
        "corpus": _corpus,
        "retrieval": _retrieval,
        "retention": _retention,
    }
    return [f"{name:<11}{describe(data)}" for name, describe in parts.items()]


def _reading(data: ReportData) -> str:
    rows = [row for row in _rows(data.others.get("reading")) if row["metric"] == "cer"]
    if not rows:
        return NOT_SCORED
    worst = max(rows, key=lambda row: row["value"])
    interval = f"{percent(worst['ci_low'])} to {percent(worst['ci_high'])}"
    return (
        f"{percent(worst['value'])} of characters wrong ({interval}, {worst['n']} pages) in"
        f" {worst['suite']}, {direction_name(worst['direction'])}{_of(rows)}"
    )


def _alignment(data: ReportData) -> str:
    rows = [row for row in _rows(data.alignment) if row["metric"] == "strict_f1"]
    ours = [row for row in rows if row["model"] != BASELINE]
    if not ours:
        return NOT_SCORED
    worst = min(ours, key=lambda row: row["value"])
    text = f"strict F1 {_measured(worst, 'beads')} in {worst['suite']}{_of(ours)}"
    place = (worst["suite"], worst["direction"], BASELINE)
    by_length = [row for row in rows if (row["suite"], row["direction"], row["model"]) == place]
    return text + "".join(f"; by length only {number(row['value'])}" for row in by_length)


def _corpus(data: ReportData) -> str:
    if data.funnel is None:
        return NOT_SCORED
    totals = {
        split: pc.sum(data.funnel.filter(pc.equal(data.funnel["split"], split))["pair_count"])
        for split in ("train", "dev", "test")
    }
    train, dev, test = (count(total.as_py() or 0) for total in totals.values())
    return f"{train} pairs to train on, {dev} to tune on, {test} held out"


def _retrieval(data: ReportData) -> str:
    found = main_comparison(data.trained_retrieval(), data.focus, data.pivots)
    if found is None:
        return NOT_SCORED
    best = found.by_model[spoken_student(found, data.leaderboard)]
    text = f"{direction_name(found.direction)}, P@1 {_measured(best, 'queries')}"
    if START not in found.by_model or best["model_fingerprint"] not in found.differences:
        return text
    change = found.differences[best["model_fingerprint"]]
    interval = f"{points(change['ci_low'])} to {points(change['ci_high'])}"
    before = number(found.by_model[START]["value"])
    return f"{text}; before {before}, so {points(change['value'])} points ({interval})"


def _retention(data: ReportData) -> str:
    """Of the student to be released, where there is one; else of all."""
    rows = _rows(data.others.get("retention"))
    if not rows:
        return NOT_SCORED
    released = released_student(data.leaderboard)
    rows = [row for row in rows if row["model"] == released] or rows
    worst = min(rows, key=lambda row: row["value"])
    return f"{_measured(worst, 'sentences')} of {direction_name(worst['direction'])}{_of(rows)}"


def _rows(table: pa.Table | None) -> list[Score]:
    """Scores of whole suites, without the differences and what is not defined."""
    return [
        row
        for row in rows_of(table)
        if row["model"] != DIFFERENCE and not row["slice"] and row["value"] is not None
    ]


def _measured(row: Score, units: str) -> str:
    interval = f"{number(row['ci_low'])} to {number(row['ci_high'])}"
    return f"{number(row['value'])} ({interval}, {count(row['n'])} {units})"


def _of(rows: Sequence[Score]) -> str:
    return f", the worst of {len(rows)}" if len(rows) > 1 else ""
