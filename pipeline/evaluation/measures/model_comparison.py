"""Rows of scores for several models over the same units, and what each student gained.

Pure functions of arrays. A metric is a statistic of one column per model, with columns of gold
beside it where it needs them; the gain is the same statistic's difference on the same resamples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.measurements import Measurement
from pipeline.parameters import EvaluationParams
from pipeline.statistics import (
    Array,
    Interval,
    Statistic,
    bootstrap,
    gained_share,
    mean,
    randomisation_test,
    sign_test,
    wilson,
)

LEAST_SLICE_UNITS = 20  # fewer give an interval as wide as a guess

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
    slices: Mapping[str, Sequence[str]] | None = None,
    against: str = START,
) -> list[dict[str, object]]:
    """Rows of schema `SCORES`: each model's metrics, and each student's gain behind them.

    Shares of hits have Wilson's interval, all else the bootstrap. Gains have intervals over the
    same units and a p-value: the exact sign test for hits, else the paired randomisation test.
    Behind the whole suite follow its slices, for the first metric alone: slices are many, and one
    of them always looks striking. A slice needs 20 units, and a kind two such slices.

    Args:
        measured: suite, direction and data set; its model and slice are filled in here.
        metrics: those that a model has no column for are left out; the first is the headline.
        models: by name; the others are compared with `against` where it is among them.
        params: resamples and seed.
        slices: for each kind, such as `length`, the label of every unit of the first metric. Rows
            follow the kinds as given and the labels by the numbers in them, then by letters.
        against: name of the model that gains are over.

    Raises:
        InputError: a kind has not one label for every unit of the first metric.
    """
    rows = _rows(measured, metrics, models, params, against)
    headline = metrics[0]
    cut = {name: one for name, one in models.items() if headline.name in one.columns}
    for kind, labels in (slices or {}).items():
        for label, chosen in _parts(labels):
            own = replace(measured, slice=f"{kind}: {label}")
            inside = {
                name: _outcomes_within(headline, one, chosen, kind) for name, one in cut.items()
            }
            rows += _rows(own, [_metric_within(headline, chosen)], inside, params, against)
    return rows


def _rows(
    measured: Measurement,
    metrics: Sequence[Metric],
    models: Mapping[str, Outcomes],
    params: EvaluationParams,
    against: str,
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, outcomes in models.items():
        own = replace(measured, model=name, model_fingerprint=outcomes.fingerprint)
        known = [metric for metric in metrics if metric.name in outcomes.columns]
        for metric in known:
            interval = _interval(metric, outcomes.columns[metric.name], params)
            rows.append(own.score(metric.name, interval, outcomes.notes.get(metric.name, "")))
        if name != against and against in models:
            compared, before = replace(own, model=DIFFERENCE), models[against].columns
            for metric in known:
                pair = before[metric.name], outcomes.columns[metric.name]
                gain, p_value = _gain(metric, *pair, params), _p_value(metric, *pair, params)
                rows.append(compared.score(metric.name, gain, f"{name} minus {against}", p_value))
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

    if after.dtype == np.bool_:
        return gained_share(before, after)
    return bootstrap(
        after,
        before,
        *metric.gold,
        statistic=gain,
        count=params.bootstrap_count,
        seed=params.seed,
    )


def _p_value(metric: Metric, before: Column, after: Column, params: EvaluationParams) -> float:
    if after.dtype == np.bool_:
        return sign_test(before, after)
    return randomisation_test(
        before,
        after,
        *metric.gold,
        statistic=metric.statistic,
        count=params.bootstrap_count,
        seed=params.seed,
    )


def _parts(labels: Sequence[str]) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Labels of 20 units or more with the units they are on, (n,); none where there is only one."""
    given = np.array(labels)
    names, sizes = np.unique(given, return_counts=True)
    large = [str(name) for name in names[sizes >= LEAST_SLICE_UNITS]]
    if len(large) > 1:
        for name in sorted(large, key=_reading_order):
            yield name, given == name


def _reading_order(label: str) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d+", label)], label


def _outcomes_within(
    metric: Metric, outcomes: Outcomes, chosen: npt.NDArray[np.bool_], kind: str
) -> Outcomes:
    column = outcomes.columns[metric.name]
    if len(column) != len(chosen):
        raise InputError(
            f"slices by {kind} label {len(chosen)} units, but {metric.name} has {len(column)}:"
            " give a label for each unit of the first metric"
        )
    return replace(outcomes, columns={metric.name: column[chosen]})


def _metric_within(metric: Metric, chosen: npt.NDArray[np.bool_]) -> Metric:
    return replace(metric, gold=tuple(np.asarray(column)[chosen] for column in metric.gold))
