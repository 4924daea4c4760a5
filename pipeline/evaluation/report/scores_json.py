"""The report for machines: everything it says in figures, as one JSON object. Pure.

`schema_version` changes whenever a reader of an older version could be misled.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.report.boards import Board, Column, is_baseline
from pipeline.evaluation.report.data_sets import data_sets
from pipeline.evaluation.report.page import ReportData
from pipeline.evaluation.report.views import rows_of

SCHEMA_VERSION = 1


def scores_json(data: ReportData) -> str:
    """The report's figures: facts, models, suites, rows, gates, leaderboard.

    `rows` are those of schema `SCORES` with the section that they belong to; a figure that is not
    defined is null. `leaderboard.boards` are the tables of models against data sets.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "title": data.title,
        "focus": data.focus,
        "pivots": data.pivots,
        "facts": dict(data.facts),
        "models": list(_models(data)),
        "suites": list(_suites(data)),
        "rows": list(_rows(data)),
        "gates": [asdict(gate) for gate in data.gates],
        "leaderboard": {
            "release": rows_of(data.leaderboard),
            "boards": [_board(board) for board in data.boards()],
        },
        "lineage": [asdict(row) for row in data.lineage],
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _rows(data: ReportData) -> Iterator[Mapping[str, Any]]:
    for section, table in data.score_tables().items():
        for row in rows_of(table):
            yield {"section": section, **row}


def _models(data: ReportData) -> Iterator[Mapping[str, str]]:
    named = {
        (row["model"], row["model_fingerprint"]): None
        for row in _rows(data)
        if row["model"] != DIFFERENCE
    }
    for model, fingerprint in named:
        kind = "baseline" if is_baseline(model, data.baselines) else "model"
        yield {
            "name": model,
            "fingerprint": fingerprint,
            "kind": START if model == START else kind,
        }


def _suites(data: ReportData) -> Iterator[Mapping[str, Any]]:
    for one in data_sets(data.score_tables(), data.suites):
        yield {
            "name": one.name,
            **asdict(one.facts),
            "task": one.facts.task or one.task,
            "n_least": one.least_n,
            "n_most": one.most_n,
            "dataset_hashes": dict(one.hashes),
        }


def _board(board: Board) -> Mapping[str, Any]:
    columns = [_column(column) for column in board.columns]
    return {"system": board.system, "models": board.models, "columns": columns}


def _column(column: Column) -> Mapping[str, Any]:
    least, most = column.n_range
    return {
        "task": column.task,
        "suite": column.suite,
        "metric": column.metric,
        "directions": [part.direction for part in column.parts],
        "n_least": least,
        "n_most": most,
        "cells": {
            model: {**asdict(cell), "verdict": cell.verdict} for model, cell in column.cells.items()
        },
    }
