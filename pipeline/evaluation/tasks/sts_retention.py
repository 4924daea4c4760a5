"""Retention on people's ratings: what is left of a pivot language's STS score. Pure but for models.

Spearman of the student over Spearman of the start model, both on the same resample of pairs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from pipeline.evaluation.measures.scores import START, Row, Scored
from pipeline.evaluation.models import Model
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array, bootstrap, spearman

METRIC = "retention_sts"


def pivot_ratings(tasks: Iterable[object], pivots: Sequence[str]) -> dict[str, RatedPairs]:
    """Of each pivot the first pairs within it that people have rated; others are left out."""
    found: dict[str, RatedPairs] = {}
    for task in tasks:
        if isinstance(task, RatedPairs) and task.languages[0] == task.languages[1]:
            found.setdefault(task.languages[0], task)
    return {pivot: found[pivot] for pivot in pivots if pivot in found}


def score_sts_retention(
    rated: Mapping[str, RatedPairs], models: Mapping[str, Model], params: EvaluationParams
) -> pa.Table:
    """A table of schema `SCORES`: what every student keeps of every pivot that people rated."""
    rows = [row for pairs in rated.values() for row in sts_retention_rows(pairs, models, params)]
    return Scored(rows).table()


def sts_retention_rows(
    pairs: RatedPairs, models: Mapping[str, Model], params: EvaluationParams
) -> list[Row]:
    """A row of schema `SCORES` for every model but the start model; `direction` is the language.

    Args:
        pairs: of one language, rated by people.
        models: by name, `start` among them.
        params: resamples and seed.

    Raises:
        InputError: the start model's similarities or the ratings do not vary.
    """
    gold = np.asarray(pairs.gold, np.float64)
    before = models[START].pairwise(*pairs.sides)
    measured = Measurement(
        pairs.suite,
        pairs.languages[0],
        hash_texts(pairs.first, pairs.second, [f"{score:g}" for score in gold]),
        "",
        "",
        params.seed,
    )
    rows: list[Row] = []
    for name, model in models.items():
        if name != START:
            interval = bootstrap(
                model.pairwise(*pairs.sides),
                before,
                gold,
                statistic=_kept,
                count=params.bootstrap_count,
                seed=params.seed,
            )
            own = replace(measured, model=name, model_fingerprint=model.fingerprint)
            rows.append(own.score(METRIC, interval, "Spearman on rated pairs, over the start's"))
    return rows


def _kept(after: Array, before: Array, gold: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(spearman(after, gold) / spearman(before, gold))
