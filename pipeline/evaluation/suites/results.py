"""Scores as Markdown, to be committed: a table for each suite, a column for each model. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipeline.evaluation.measures.scores import DIFFERENCE
from pipeline.evaluation.report.words import LOWER_IS_BETTER
from pipeline.suite_entries import MtebSuite, Suite

Row = Mapping[str, Any]
SIGNIFICANT = 0.05


def markdown_results(scores: pa.Table, suites: Sequence[Suite], facts: Mapping[str, str]) -> str:
    """Every figure with its 95 % interval; slices are left out, each task of mteb is a table.

    A figure is followed by + or - where the model is better or worse than the first one after
    Holm's correction.

    Args:
        scores: table of schema `SCORES`; differences are from its first model.
        suites: what the scores are of, in the order to be shown.
        facts: how they were made, such as the command.
    """
    rows = [row for row in scores.to_pylist() if not row["slice"]]
    parts = ["\n".join(f"- {name}: {value}" for name, value in facts.items())]
    for suite in suites:
        # mteb's rows bear the names of its tasks
        for name in suite.tasks if isinstance(suite, MtebSuite) else (suite.name,):
            own = [row for row in rows if row["suite"] == name]
            if own:
                parts.append(_section(suite, name, own))
    return "\n\n".join(parts) + "\n"


def _section(suite: Suite, name: str, rows: Sequence[Row]) -> str:
    models = list(dict.fromkeys(row["model"] for row in rows if row["model"] != DIFFERENCE))
    note = f" {suite.note[0].upper()}{suite.note[1:]}." if suite.note else ""
    lines = [
        f"## {suite.title} (`{name}`)\n",
        f"{suite.task}, {suite.role}; {suite.licence}; {suite.source}; {suite.revision}.{note}\n",
        _line(["direction", "metric", "N", "of", *models]),
        _line(["---"] * (4 + len(models))),
    ]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["direction"], row["metric"]), []).append(row)
    return "\n".join([*lines, *(_figures(key, found, models) for key, found in groups.items())])


def _figures(key: tuple[str, str], rows: Sequence[Row], models: Sequence[str]) -> str:
    by_model = {row["model"]: row for row in rows if row["model"] != DIFFERENCE}
    signs = {row["model_fingerprint"]: _sign(row) for row in rows if row["model"] == DIFFERENCE}
    first = next(iter(by_model.values()))
    return _line(
        [
            *key,
            f"{first['n']:,}" if first["n"] is not None else "",
            f"{first['pool_size']:,}" if first["pool_size"] else "",
            *(_cell(by_model.get(model), signs) for model in models),
        ]
    )


def _cell(row: Row | None, signs: Mapping[str, str]) -> str:
    if row is None or row["value"] is None:
        return ""
    interval = "" if row["ci_low"] is None else f" ({row['ci_low']:.3f}-{row['ci_high']:.3f})"
    return f"{row['value']:.3f}{interval}{signs.get(row['model_fingerprint'], '')}"


def _sign(row: Row) -> str:
    if row["p_adjusted"] is None or row["p_adjusted"] >= SIGNIFICANT:
        return ""
    is_lower_better = row["metric"] in LOWER_IS_BETTER
    return " -" if (row["value"] > 0) == is_lower_better else " +"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
