"""The headline of the report: what the student can do, in plain words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.report.pareto import released_student
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


def headline(
    retrieval: Sequence[Comparison],
    focus: str,
    pivots: Sequence[str],
    leaderboard: pa.Table | None = None,
) -> Headline | None:
    """The headline from retrieval scores; None when no student has any.

    Spoken of is the first suite from the focus language to a pivot and, of several students, the
    one to be released; where none is, the one with the highest P@1, and why it is not.

    Args:
        retrieval: comparisons of the start model and students.
        focus: language code.
        pivots: language codes.
        leaderboard: table of schema `LEADERBOARD`; None: nothing is said of a release.
    """
    found = main_comparison(retrieval, focus, pivots)
    if found is None:
        return None
    best = spoken_student(found, leaderboard)
    pivot = language_name(found.direction.split("-")[1])
    score = found.by_model[best]
    return Headline(
        f"{_who(found, best, leaderboard)} finds the right {pivot} sentence for"
        f" {percent(score['value'], 0)} of {language_name(focus)} sentences.",
        _basis(score),
        _change(found, score) + _refusal(best, leaderboard),
    )


def spoken_student(found: Comparison, leaderboard: pa.Table | None) -> str:
    """The student to be released; where none is, the one with the highest score."""
    released = released_student(leaderboard)
    if released is not None and released in found.by_model:
        return released
    students = {name: score for name, score in found.by_model.items() if name != START}
    return max(students, key=lambda name: float(students[name]["value"]))


def _who(found: Comparison, best: str, leaderboard: pa.Table | None) -> str:
    student_count = len(found.by_model.keys() - {START})
    if student_count == 1:
        return "The student"
    if best == released_student(leaderboard):
        return f"{best}, the one of {student_count} students to be released,"
    return f"{best}, the best of {student_count} students,"


def _refusal(best: str, leaderboard: pa.Table | None) -> str:
    """Why the student that is spoken of is not to be released; empty where it is."""
    rows = leaderboard.to_pylist() if leaderboard is not None else []
    reasons = [r["reason"] for r in rows if r["model"] == best and not r["is_releasable"]]
    return "".join(f" {reason}" for reason in reasons if reason)


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
