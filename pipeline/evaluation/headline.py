"""The headline of the report: what the student can do, in plain words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.report_views import Comparison, Score
from pipeline.evaluation.report_words import (
    count,
    direction_name,
    language_name,
    metric_name,
    model_name,
    percent,
    points,
)
from pipeline.evaluation.scores import START


@dataclass(frozen=True)
class Headline:
    """Three sentences: what the student can do, how sure that is, and what it gained."""

    claim: str
    basis: str
    change: str


def headline(retrieval: Sequence[Comparison], focus: str, pivots: Sequence[str]) -> Headline | None:
    """The headline from retrieval scores; None when no student has any.

    Spoken of are the first suite from the focus language to a pivot and, of several students, the
    one with the highest P@1.
    """
    wanted = [f"{focus}-{pivot}" for pivot in pivots]
    found = [c for c in retrieval if c.metric == "p_at_1" and c.direction in wanted]
    if not found or found[0].by_model.keys() <= {START}:
        return None
    students = {name: score for name, score in found[0].by_model.items() if name != START}
    best = max(students, key=lambda name: students[name]["value"])
    who = "The student" if len(students) == 1 else f"The best of {len(students)} students, {best},"
    pivot = language_name(found[0].direction.split("-")[1])
    score = students[best]
    return Headline(
        f"{who} finds the right {pivot} sentence for {percent(score['value'], 0)} of"
        f" {language_name(focus)} sentences.",
        _basis(score),
        _change(found[0], score),
    )


def _basis(score: Score) -> str:
    return (
        f"{percent(score['confidence_level_fraction'], 0)} interval"
        f" {percent(score['ci_low'], 0)} to {percent(score['ci_high'], 0)};"
        f" {count(score['n'])} sentences, {count(score['pool_size'])} candidates for each."
    )


def _change(chosen: Comparison, score: Score) -> str:
    before = chosen.by_model.get(START)
    difference = chosen.differences.get(score["model_fingerprint"])
    if before is None or difference is None:
        return "There is no score from before training to compare it with."
    may_be_chance = difference["ci_low"] <= 0 <= difference["ci_high"]
    return (
        f"Before training it was {percent(before['value'], 0)}: a change of"
        f" {points(difference['value'])} points ({points(difference['ci_low'])} to"
        f" {points(difference['ci_high'])}),"
        f" {'which may be chance' if may_be_chance else 'more than chance explains'}."
    )


def summary_lines(rows: Sequence[Score]) -> list[str]:
    """One line per figure that a terminal should show: reading, alignment, retrieval, retention."""
    shown = {"cer", "strict_f1", "p_at_1", "retention_spearman"}
    is_part = [row for row in rows if row["metric"] in shown and "/" not in row["suite"]]
    forward = [row for row in is_part if row["metric"] != "p_at_1" or _is_main(row, rows)]
    return [_summary_line(row) for row in forward]


def _is_main(row: Score, rows: Sequence[Score]) -> bool:
    """Whether it is on the first suite's first direction."""
    first = next(one for one in rows if one["metric"] == "p_at_1")
    return (row["suite"], row["direction"]) == (first["suite"], first["direction"])


def _summary_line(row: Score) -> str:
    return (
        f"{metric_name(row['metric'])}, {direction_name(row['direction'])},"
        f" {model_name(row['model'])}: {row['value']:.3f}"
        f" ({row['ci_low']:.3f} to {row['ci_high']:.3f}, N={row['n']})"
    )
