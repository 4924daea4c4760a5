"""Krippendorff's alpha of what several people said, with an interval. Pure.

Krippendorff 2004, "Content Analysis", chapter 11: any number of annotators, missing words allowed.
The interval is a bootstrap over units. Where no two annotators differ anywhere, a bootstrap would
call that certain, however few the units: the lower end is then what alpha would be if they differed
as often as Wilson's interval allows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import krippendorff
import numpy as np
import numpy.typing as npt

from pipeline.measurements import Measurement
from pipeline.statistics import Interval, percentile_interval, wilson

Row = dict[str, Any]
Units = list[dict[str, int]]  # per unit of which two or more spoke: annotator to value, from 0

UNDEFINED = "undefined: everyone says the same, or too few have two reviews"


def units_of(words: Iterable[Row], about: str, value: Callable[[Row], int]) -> Units:
    """What people said of each unit that two or more spoke of.

    Args:
        words: rows with `annotator`; one of each annotator on a unit.
        about: column that names the unit.
        value: of a row, from 0.
    """
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for row in words:
        units[row[about]][row["annotator"]] = value(row)
    return [unit for unit in units.values() if len(unit) > 1]


def count_values(units: Units, value_count: int) -> npt.NDArray[np.int64]:
    """How often each value was given to each unit: (units, values)."""
    rows = [np.bincount(list(unit.values()), minlength=value_count) for unit in units]
    return np.array(rows, dtype=np.int64).reshape(len(units), value_count)


def alpha_row(
    measured: Measurement,
    metric: str,
    counts: npt.NDArray[np.int64],
    level: str,
    bootstrap_count: int,
) -> Row:
    """A row of schema `SCORES`; without a value where everyone says the same, or nothing twice.

    Args:
        measured: whose agreement, and the seed.
        metric: name of the figure.
        counts: what `count_values` returns.
        level: of measurement, `nominal` or `ordinal`.
        bootstrap_count: resamples.
    """
    value = _alpha(counts, level)
    if np.isnan(value):
        return measured.undefined(metric, len(counts), UNDEFINED)
    generator = np.random.default_rng(measured.seed)
    picks = generator.integers(0, len(counts), size=(bootstrap_count, len(counts)))
    draws = np.array([_alpha(counts[pick], level) for pick in picks])
    interval = percentile_interval(value, draws, len(counts), measured.seed)
    return measured.score(metric, admit_luck(interval, counts))


def admit_luck(interval: Interval, counts: npt.NDArray[np.int64]) -> Interval:
    """The interval, with a lower end that admits luck where all agree."""
    if (np.count_nonzero(counts, axis=1) > 1).any():
        return interval
    totals = counts.sum(axis=0)
    said = int(totals.sum())
    by_chance = 1 - float((totals * (totals - 1)).sum()) / (said * (said - 1))
    differing = 1 - wilson(len(counts), len(counts)).ci_low
    return replace(interval, ci_low=max(1 - differing / by_chance, -1.0))


def _alpha(counts: npt.NDArray[np.int64], level: str) -> float:
    """Alpha; nan where all values are the same, or there are none."""
    if np.count_nonzero(counts.sum(axis=0)) < 2:  # noqa: PLR2004 - no two values to tell apart
        return float("nan")
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement=level))
