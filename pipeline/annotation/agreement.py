"""How far annotators agree, beyond chance. Pure.

Krippendorff's alpha, of the module beside, takes any number of annotators and missing reviews;
Cohen's kappa (1960) compares two. Intervals are bootstraps over pairs of sentences, which admit
luck where nobody differs.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.annotation.alpha import (
    UNDEFINED,
    Units,
    admit_luck,
    alpha_row,
    count_values,
    units_of,
)
from pipeline.annotation.verdict_codes import BY_CODE, MEANINGS, is_correct
from pipeline.annotation.verdicts import latest_reviews
from pipeline.errors import InputError
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import CalibrationParams
from pipeline.statistics import Array, bootstrap, wilson
from pipeline.storage import GateVerdict
from pipeline.tables import SCORES, as_table

Row = dict[str, Any]

ACCEPT_ALPHA = "alpha_accept"
MIN_UNITS = 10  # fewer can all agree by luck


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
    accepted = units_of(words, "pair_id", lambda row: int(is_correct(row["verdict"])))
    verdicts = units_of(words, "pair_id", lambda row: codes.index(row["verdict"]))
    meanings = units_of(rated, "pair_id", lambda row: int(row["meaning"]) - 1)
    every = _measurement(words, "all annotators", params)
    counted = (
        (ACCEPT_ALPHA, count_values(accepted, 2), "nominal"),
        ("alpha_verdict", count_values(verdicts, len(codes)), "nominal"),
        ("alpha_meaning", count_values(meanings, len(MEANINGS)), "ordinal"),
    )
    rows = [
        *(alpha_row(every, *figure, params.bootstrap_count) for figure in counted),
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


def _measurement(words: list[Row], who: str, params: CalibrationParams) -> Measurement:
    columns = [[str(row[name]) for row in words] for name in ("pair_id", "annotator", "verdict")]
    columns.append([str(row["meaning"]) for row in words])
    return Measurement("reviews", "", hash_texts(*columns), who, "", params.seed)


def _raw_row(every: Measurement, accepted: Units) -> Row:
    metric = "raw_agreement_accept"
    if not accepted:
        return every.undefined(metric, 0, UNDEFINED)
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
            yield two.undefined("kappa_accept", len(both), UNDEFINED)
        else:
            counts = count_values([{one: a, other: b} for a, b in both], 2)
            yield two.score("kappa_accept", admit_luck(interval, counts))


def _kappa(one: Array, other: Array) -> Array:
    """Cohen's kappa of two binary columns, along the last axis; nan where nothing varies."""
    left, right = one.mean(axis=-1), other.mean(axis=-1)
    chance = left * right + (1 - left) * (1 - right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.where(chance < 1, ((one == other).mean(axis=-1) - chance) / (1 - chance), np.nan)
        )
