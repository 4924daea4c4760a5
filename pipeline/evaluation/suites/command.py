"""Scores of any models on suites: what `dutar evaluate --suite` runs."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from pipeline.encoders import load_encoder
from pipeline.encoders.cache import EmbeddingCache
from pipeline.errors import InputError
from pipeline.evaluation.baselines import load_models
from pipeline.evaluation.measures.scores import START, Mistake, Scored
from pipeline.evaluation.measures.significance import with_adjusted_p
from pipeline.evaluation.suites.running import Align, score_suite
from pipeline.parameters import EvaluationParams
from pipeline.progress import Progress, silent
from pipeline.suites import open_suites


def evaluate_suites(
    patterns: Sequence[str],
    models: Sequence[str],
    params: EvaluationParams,
    *,
    cache: EmbeddingCache | None = None,
    align: Align | None = None,
    progress: Progress = silent,
) -> tuple[pa.Table, Sequence[Mistake]]:
    """Every model on every suite that the patterns name.

    Args:
        patterns: names of suites, or patterns such as `flores200_*`.
        models: names of encoders and baselines; the first is what the others are compared with.
        params: resamples and seed; suites of role `test` are scored only when it opens them.
        cache: where vectors are remembered.
        align: how a model aligns texts; without it alignment suites have no rows.
        progress: hears of every suite.

    Returns:
        A table of schema `SCORES`, and the worst mistakes.

    Raises:
        InputError: no such suite or model, none that may be opened, or a file is missing.
        SourceUnavailable: the hub cannot be reached.
    """
    suites = open_suites(patterns, are_test_sets_opened=params.are_test_sets_opened)
    if not suites:
        raise InputError(
            f"{', '.join(patterns)}: no suite of role dev; test sets are opened by --final, once,"
            " and what may be trained on is not scored"
        )
    loaded = load_models(models, lambda name: load_encoder(name, cache=cache))
    measured = {START if name == models[0] else name: model for name, model in loaded.items()}
    parts = []
    for number, suite in enumerate(suites):
        progress(number, len(suites), suite.title)
        parts.append(score_suite(suite, measured, params, align=align))
    scored = _renamed(Scored.all_of(parts), models[0])
    return with_adjusted_p(scored.table()), scored.mistakes


def _renamed(scored: Scored, first: str) -> Scored:
    """The first model under its own name, which is not that of a model before training."""
    rows = [
        {**row, "model": first if row["model"] == START else row["model"]}
        | {"note": row["note"].replace(f"minus {START}", f"minus {first}")}
        for row in scored.rows
    ]
    mistakes = [
        replace(one, model=first if one.model == START else one.model) for one in scored.mistakes
    ]
    return Scored(rows, mistakes)
