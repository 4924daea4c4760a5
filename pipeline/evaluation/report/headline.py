"""The headline of the report: what the student can do, in plain words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report.views import Comparison, Score
from pipeline.evaluation.report.words import (
    count,
    language_name,
    percent,
    points,
)


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
    found = main_comparison(retrieval, focus, pivots)
    if found is None:
        return None
    students = {name: score for name, score in found.by_model.items() if name != START}
    best = max(students, key=lambda name: students[name]["value"])
    who = "The student" if len(students) == 1 else f"The best of {len(students)} students, {best},"
    pivot = language_name(found.direction.split("-")[1])
    score = students[best]
    return Headline(
        f"{who} finds the right {pivot} sentence for {percent(score['value'], 0)} of"
        f" {language_name(focus)} sentences.",
        _basis(score),
        _change(found, score),
    )


def main_comparison(
    retrieval: Sequence[Comparison], focus: str, pivots: Sequence[str]
) -> Comparison | None:
    """P@1 on the first suite from the focus language to a pivot, if a student was scored on it."""
    wanted = [f"{focus}-{pivot}" for pivot in pivots]
    found = [c for c in retrieval if c.metric == "p_at_1" and c.direction in wanted]
    return found[0] if found and not found[0].by_model.keys() <= {START} else None


def quality_comparison(
    retrieval: Sequence[Comparison], focus: str, pivots: Sequence[str]
) -> Comparison | None:
    """P@1 on that suite whoever was scored; where the focus language has none, the first P@1."""
    found = [comparison for comparison in retrieval if comparison.metric == "p_at_1"]
    served = [one for one in found if one.direction in {f"{focus}-{pivot}" for pivot in pivots}]
    return next(iter(served or found), None)


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
