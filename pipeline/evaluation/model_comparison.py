"""Rows of scores for several models over the same units, and what each student gained.

Pure functions of arrays. A metric is a statistic of one column per model, with columns of gold
beside it where it needs them; the gain is the same statistic's difference on the same resamples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.scores import DIFFERENCE, START
from pipeline.measurements import Measurement
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array, Interval, Statistic, bootstrap, mean, wilson

Column = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Metric:
    """How a figure follows from what became of each unit.

    Attributes:
        name: as stored.
        statistic: of a model's column and the gold columns, see `pipeline.statistics.bootstrap`.
        gold: columns (n,) that all models share.
    """

    name: str
    statistic: Statistic = mean
    gold: tuple[npt.ArrayLike, ...] = ()


@dataclass(frozen=True)
class Outcomes:
    """What became of each unit with one model.

    Attributes:
        fingerprint: of the model.
        columns: (n,) values by metric name; bool for hits and misses.
        notes: by metric name, where there is something to say.
    """

    fingerprint: str
    columns: Mapping[str, Column]
    notes: Mapping[str, str]


def comparison_rows(
    measured: Measurement,
    metrics: Sequence[Metric],
    models: Mapping[str, Outcomes],
    params: EvaluationParams,
) -> list[dict[str, object]]:
    """Rows of schema `SCORES`: each model's metrics, and each student's gain behind them.

    Shares of hits have Wilson's interval, all else the percentile bootstrap; gains have the paired
    bootstrap over units.

    Args:
        measured: suite, direction and data set; its model is filled in here.
        metrics: those that a model has no column for are left out.
        models: by name; students are compared with `start` where it comes before them.
        params: resamples and seed.
    """
    rows: list[dict[str, object]] = []
    for name, outcomes in models.items():
        own = replace(measured, model=name, model_fingerprint=outcomes.fingerprint)
        known = [metric for metric in metrics if metric.name in outcomes.columns]
        for metric in known:
            interval = _interval(metric, outcomes.columns[metric.name], params)
            rows.append(own.score(metric.name, interval, outcomes.notes.get(metric.name, "")))
        if name != START and START in models:
            compared, before = replace(own, model=DIFFERENCE), models[START].columns
            for metric in known:
                gain = _gain(metric, before[metric.name], outcomes.columns[metric.name], params)
                rows.append(compared.score(metric.name, gain, f"{name} minus start"))
    return rows


def _interval(metric: Metric, column: Column, params: EvaluationParams) -> Interval:
    if column.dtype == np.bool_:
        return wilson(int(np.count_nonzero(column)), len(column))
    return bootstrap(
        column,
        *metric.gold,
        statistic=metric.statistic,
        count=params.bootstrap_count,
        seed=params.seed,
    )


def _gain(metric: Metric, before: Column, after: Column, params: EvaluationParams) -> Interval:
    def gain(later: Array, earlier: Array, *gold: Array) -> Array:
        return metric.statistic(later, *gold) - metric.statistic(earlier, *gold)

    return bootstrap(
        after,
        before,
        *metric.gold,
        statistic=gain,
        count=params.bootstrap_count,
        seed=params.seed,
    )
