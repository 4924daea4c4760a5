"""All models in one table: what each can do, what it kept, and whether it may be released. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.evaluation.gates import TO_KEEP_MORE
from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.release.kept import least_allowed, what_is_kept, worst_kept
from pipeline.evaluation.report.words import language_name
from pipeline.parameters import EvaluationParams
from pipeline.storage import GateVerdict
from pipeline.tables import LEADERBOARD, as_table

Row = Mapping[str, Any]
ModelFacts = Mapping[str, int | float]

MAIN_METRIC = "p_at_1"
_NAMES = ("model", "model_fingerprint", "suite", "direction", "metric")
_FIGURES = ("value", "ci_low", "ci_high", "n")
_SIZES = ("parameter_count", "model_bytes")
_GATES = ("retention", "beats_start")


def leaderboard(
    retrieval: pa.Table,
    retention: pa.Table,
    facts: Mapping[str, ModelFacts],
    params: EvaluationParams,
    baselines: Collection[str] = (),
) -> pa.Table:
    """Rank the models by P@1 on the main suite, which is the first of the retrieval scores.

    A student may be released if it is better than the start model for sure (the lower end of the
    gain's interval is above zero) and keeps enough of every pivot.

    Args:
        retrieval: table of schema `SCORES`: held-out retrieval, the most important suite first.
        retention: table of schema `SCORES`: a row for each student and pivot.
        facts: by model, `parameter_count` and `model_bytes` where they are known.
        params: what must be kept.
        baselines: models that are only compared with; they cannot be released and have no rank.

    Returns:
        A table of schema `LEADERBOARD`, best first; equals in the order of their names.

    Raises:
        InputError: there is no retrieval score.
    """
    scores = [row for row in _whole(retrieval) if row["metric"] == MAIN_METRIC]
    if not scores:
        raise InputError("no retrieval scores to rank models by: score held-out pairs first")
    place = _place(scores[0])
    main = [row for row in scores if _place(row) == place]
    gains = {row["model_fingerprint"]: row for row in main if row["model"] == DIFFERENCE}
    worst = worst_kept(retention, params)
    models = [row for row in main if row["model"] not in {DIFFERENCE, *baselines}]
    ranked = sorted(models, key=lambda row: (-row["value"], row["model"]))
    rows = [
        {"rank": rank}
        | {name: row[name] for name in (*_NAMES, *_FIGURES)}
        | _gain(row, gains)
        | _kept(worst.get(row["model"]), params)
        | {name: facts.get(row["model"], {}).get(name) for name in _SIZES}
        for rank, row in enumerate(ranked, start=1)
    ]
    return as_table([row | _decision(row) for row in rows], LEADERBOARD)


def best_student(table: pa.Table) -> str | None:
    """The student to release: the best that may be, or where none may, the best; None without any.

    Args:
        table: of schema `LEADERBOARD`.
    """
    row = _best(table)
    return row["model"] if row else None


def release_verdicts(table: pa.Table) -> list[GateVerdict]:
    """Gates `retention` and `beats_start`: may the best student be released?

    Args:
        table: of schema `LEADERBOARD`.
    """
    row = _best(table)
    if row is None:
        reason = "There is no student to release: train one."
        return [GateVerdict(name, is_passed=False, reason=reason) for name in _GATES]
    return [
        GateVerdict("retention", _keeps(row), _retention_reason(row)),
        GateVerdict("beats_start", _beats(row), _gain_reason(row)),
    ]


def soundness_verdict(refusals: Iterable[GateVerdict]) -> GateVerdict:
    """Gate `sound_scores`: no score that the release rests on was refused.

    Args:
        refusals: failed gates of the scores.
    """
    found = [f"{gate.name}: {gate.reason}" for gate in refusals]
    reason = (
        f"Scores were refused. {' '.join(found)}" if found else "All scores passed their gates."
    )
    return GateVerdict("sound_scores", not found, reason)


def _best(table: pa.Table) -> Row | None:
    students = [row for row in table.sort_by("rank").to_pylist() if row["model"] != START]
    return min(students, key=lambda row: not row["is_releasable"], default=None)


def _place(row: Row) -> tuple[str, str]:
    return row["suite"], row["direction"]


def _whole(scores: pa.Table) -> list[Row]:
    """Rows of whole suites: how a model does on a part of one ranks nobody."""
    return [row for row in scores.to_pylist() if not row["slice"]]


def _gain(row: Row, gains: Mapping[str, Row]) -> dict[str, Any]:
    gain = gains.get(row["model_fingerprint"]) if row["model"] != START else None
    names = {"gain": "value", "gain_ci_low": "ci_low", "gain_ci_high": "ci_high"}
    return {name: gain and gain[own] for name, own in names.items()}


def _kept(row: Row | None, params: EvaluationParams) -> dict[str, Any]:
    return {
        "retention": row and row["value"],
        "retention_language": row and row["direction"],
        "retention_metric": row and row["metric"],
        "min_retention": row and least_allowed(row["metric"], params),
    }


def _decision(row: Row) -> dict[str, Any]:
    if row["model"] == START:
        reason = "What the students are compared with."
        return {"is_releasable": False, "reason": reason}
    faults = []
    if not _beats(row):
        faults.append("it is not better than the start model for sure")
    if not _keeps(row):
        faults.append(_lost(row))
    reason = f"Not to be released: {', and '.join(faults)}." if faults else "May be released."
    return {"is_releasable": not faults, "reason": reason}


def _lost(row: Row) -> str:
    if row["retention"] is None:
        return "what it keeps of the pivots was not measured"
    pivot = language_name(row["retention_language"])
    return f"it keeps {row['retention']:.3f} of {pivot}, less than {row['min_retention']:g}"


def _beats(row: Row) -> bool:
    return row["gain_ci_low"] is not None and row["gain_ci_low"] > 0


def _keeps(row: Row) -> bool:
    return row["retention"] is not None and row["retention"] >= row["min_retention"]


def _retention_reason(row: Row) -> str:
    if row["retention"] is None:
        return f"How much {row['model']} keeps of the pivots was not measured."
    reason = (
        f"{row['model']} keeps {row['retention']:.3f} of the start model's"
        f" {what_is_kept(row['retention_metric'])} in"
        f" {language_name(row['retention_language'])}, the pivot it keeps least;"
        f" {row['min_retention']:g} is the minimum."
    )
    if not _keeps(row):
        reason += f" {TO_KEEP_MORE}"
    return reason


def _gain_reason(row: Row) -> str:
    if row["gain"] is None:
        return f"{row['model']} was not compared with the start model: score both."
    more = "more" if row["gain"] >= 0 else "fewer"
    reason = (
        f"{row['model']} finds {100 * abs(row['gain']):.1f} of 100 translations {more} than the"
        f" start model (a change of {100 * row['gain_ci_low']:+.1f} to"
        f" {100 * row['gain_ci_high']:+.1f}, {row['n']} queries)."
    )
    if row["gain_ci_high"] < 0:
        reason += " It lost what the start model could: train longer, or on other text."
    elif not _beats(row):
        reason += " That may be chance: train on more text, or hold out more."
    return reason
