"""How far annotators agree, beyond chance. Pure.

Krippendorff's alpha (2004, "Content Analysis", chapter 11) takes any number of annotators and
missing reviews; Cohen's kappa (1960) compares two. Intervals are bootstraps over pairs of
sentences. Where no two annotators differ anywhere, a bootstrap would call that certain, however few
the pairs: the lower end is then what alpha would be if they differed as often as Wilson's interval
allows.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import krippendorff
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.annotation.verdict_codes import BY_CODE, MEANINGS, is_correct
from pipeline.annotation.verdicts import latest_reviews
from pipeline.errors import InputError
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import CalibrationParams
from pipeline.statistics import Array, Interval, bootstrap, percentile_interval, wilson
from pipeline.storage import GateVerdict
from pipeline.tables import SCORES, as_table

Row = dict[str, Any]
Units = list[dict[str, int]]  # per pair that two or more reviewed: annotator to value, from 0

ACCEPT_ALPHA = "alpha_accept"
MIN_UNITS = 10  # fewer can all agree by luck

_UNDEFINED = "undefined: everyone says the same, or too few pairs have two reviews"


def score_agreement(reviews: pa.Table, params: CalibrationParams) -> pa.Table:
    """Score agreement on accepting, on the verdict and on meaning.

    Args:
        reviews: table of schema `REVIEWS`; the last word of each annotator on a pair counts.
        params: resamples and the seed.

    Returns:
        A table of schema `SCORES`: empty without reviews, else `alpha_accept` and `alpha_verdict`
        (nominal), `alpha_meaning` (ordinal), `raw_agreement_accept` (share of pairs on which all
        accept or all refuse, Wilson), and `kappa_accept` for any two annotators who share pairs
        (`model` names them). `n` counts pairs with two reviews or more. A figure that the reviews
        do not define has a null value and a note.
    """
    words = latest_reviews(reviews)
    if not words:
        return SCORES.empty_table()
    codes = list(BY_CODE)
    rated = [row for row in words if row["meaning"] is not None]
    accepted = _units(words, lambda row: int(is_correct(row["verdict"])))
    verdicts = _units(words, lambda row: codes.index(row["verdict"]))
    meanings = _units(rated, lambda row: int(row["meaning"]) - 1)
    every = _measurement(words, "all annotators", params)
    rows = [
        _alpha_row(every, ACCEPT_ALPHA, _counts(accepted, 2), "nominal", params),
        _alpha_row(every, "alpha_verdict", _counts(verdicts, len(codes)), "nominal", params),
        _alpha_row(every, "alpha_meaning", _counts(meanings, len(MEANINGS)), "ordinal", params),
        _raw_row(every, accepted),
        *_kappa_rows(words, accepted, params),
    ]
    return as_table(rows, SCORES)


def agreement_verdict(scores: pa.Table, params: CalibrationParams) -> GateVerdict:
    """Whether the reviews can be relied on: alpha of accepting, its lower bound.

    Refused also when it is not known: fewer than ten pairs with two reviews, or no variation.
    Without any review nothing rests on reviews, and the gate passes.

    Args:
        scores: what `score_agreement` returns.
        params: with `min_agreement`.
    """
    found = [row for row in scores.to_pylist() if row["metric"] == ACCEPT_ALPHA]
    if not found:
        reason = "No reviews yet: nothing rests on them."
        return GateVerdict("agreement", is_passed=True, reason=reason)
    row = found[0]
    if doubt := _doubt(row):
        return GateVerdict("agreement", is_passed=False, reason=doubt)
    is_passed = row["ci_low"] >= params.min_agreement
    reason = (
        f"Krippendorff's alpha of accepting is {row['value']:.2f} ({row['ci_low']:.2f} to"
        f" {row['ci_high']:.2f}, {row['n']} pairs with two reviews); its lower bound must reach"
        f" {params.min_agreement:g}."
    )
    if row["value"] < params.min_agreement:
        reason += " Go through the disputed pairs together and mend the guidelines."
    elif not is_passed:
        reason += " Too few pairs, or too few refused among them, to be sure: let two review more."
    return GateVerdict("agreement", is_passed, reason)


def _doubt(row: Row) -> str | None:
    """Why alpha, whatever it is, says nothing."""
    if row["n"] < MIN_UNITS:
        return (
            f"{row['n']} pairs have two reviews; {MIN_UNITS} is the minimum, as fewer may agree by"
            " luck. Give more pairs to two annotators (overlap_fraction), or wait for their words."
        )
    if row["value"] is None:
        return (
            f"On all {row['n']} pairs with two reviews everyone said the same, so nobody has shown"
            " to tell right from wrong: put pairs into the queue that may be wrong."
        )
    return None


def _units(words: list[Row], value: Callable[[Row], int]) -> Units:
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for row in words:
        units[row["pair_id"]][row["annotator"]] = value(row)
    return [unit for unit in units.values() if len(unit) > 1]


def _counts(units: Units, value_count: int) -> npt.NDArray[np.int64]:
    """How often each value was given to each unit: (units, values)."""
    rows = [np.bincount(list(unit.values()), minlength=value_count) for unit in units]
    return np.array(rows, dtype=np.int64).reshape(len(units), value_count)


def _measurement(words: list[Row], who: str, params: CalibrationParams) -> Measurement:
    columns = [[str(row[name]) for row in words] for name in ("pair_id", "annotator", "verdict")]
    columns.append([str(row["meaning"]) for row in words])
    return Measurement("reviews", "", hash_texts(*columns), who, "", params.seed)


def _alpha_row(
    every: Measurement,
    metric: str,
    counts: npt.NDArray[np.int64],
    level: str,
    params: CalibrationParams,
) -> Row:
    value = _alpha(counts, level)
    if np.isnan(value):
        return every.undefined(metric, len(counts), _UNDEFINED)
    generator = np.random.default_rng(params.seed)
    shape = (params.bootstrap_count, len(counts))
    picks = generator.integers(0, len(counts), size=shape)
    draws = np.array([_alpha(counts[pick], level) for pick in picks])
    interval = percentile_interval(value, draws, len(counts), params.seed)
    return every.score(metric, _humble(interval, counts))


def _humble(interval: Interval, counts: npt.NDArray[np.int64]) -> Interval:
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


def _raw_row(every: Measurement, accepted: Units) -> Row:
    metric = "raw_agreement_accept"
    if not accepted:
        return every.undefined(metric, 0, _UNDEFINED)
    agreed = sum(len(set(unit.values())) == 1 for unit in accepted)
    return every.score(metric, wilson(agreed, len(accepted)))


def _kappa_rows(words: list[Row], accepted: Units, params: CalibrationParams) -> Iterator[Row]:
    annotators = sorted({row["annotator"] for row in words})
    for one, other in itertools.combinations(annotators, 2):
        both = [(unit[one], unit[other]) for unit in accepted if {one, other} <= unit.keys()]
        if not both:
            continue
        two = _measurement(words, f"{one} and {other}", params)
        columns = np.array(both, dtype=np.float64).T
        try:
            interval = bootstrap(
                *columns, statistic=_kappa, count=params.bootstrap_count, seed=params.seed
            )
        except InputError:
            yield two.undefined("kappa_accept", len(both), _UNDEFINED)
        else:
            counts = _counts([{one: a, other: b} for a, b in both], 2)
            yield two.score("kappa_accept", _humble(interval, counts))


def _kappa(one: Array, other: Array) -> Array:
    """Cohen's kappa of two binary columns, along the last axis; nan where nothing varies."""
    left, right = one.mean(axis=-1), other.mean(axis=-1)
    chance = left * right + (1 - left) * (1 - right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.where(chance < 1, ((one == other).mean(axis=-1) - chance) / (1 - chance), np.nan)
        )
