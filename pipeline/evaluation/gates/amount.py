"""Is it enough? Units behind a score, and units behind a comparison of two models. Pure.

The size of a paired comparison follows Connor (1987), "Sample size for testing differences in
proportions for the paired-sample design"; for hits and misses it rests on the share of units that
changed sides, and it holds for other outcomes of a unit with their spread in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import InputError
from pipeline.statistics import sample_size
from pipeline.storage import GateVerdict

_WANTED_HALF_WIDTH = 0.05
_MOST_CHANCE = 0.05  # p-value from which a difference may be chance
_Z_CHANCE = NormalDist().inv_cdf(1 - _MOST_CHANCE / 2)
_POWER = 0.8
_Z_POWER = NormalDist().inv_cdf(_POWER)


def sample_size_gate(n: int, least: int, what: str = "queries") -> GateVerdict:
    """Refuse a share that rests on too few units, and say how many would do."""
    reason = f"{n} {what} were scored; {least} is the minimum."
    if n < least:
        reason += _more_text(f"takes up to {sample_size(_WANTED_HALF_WIDTH):,} {what}")
    return GateVerdict("sample_size", n >= least, reason)


def suite_gate(
    scores: pa.Table, least: int, what: str, half_width: float = _WANTED_HALF_WIDTH
) -> GateVerdict:
    """Refuse a suite one of whose scores rests on too few units; nothing to score is no fault.

    How many would do follows from the widest interval among the scores with the fewest units: its
    width falls with the root of their number. Slices are parts, and not judged.

    Args:
        scores: table of schema `SCORES`.
        least: units wanted.
        what: the units are.
        half_width: of an interval that is narrow enough, in the scores' own unit.
    """
    if not scores.num_rows:
        return GateVerdict("sample_size", is_passed=True, reason=f"No {what}: nothing to score.")
    rows = [row for row in scores.to_pylist() if not row["slice"]]
    n = min(row["n"] for row in rows)
    widest = max(_half_width(row) for row in rows if row["n"] == n)
    if n >= least or widest <= half_width:
        return sample_size_gate(n, least, what)
    enough = ceil(n * (widest / half_width) ** 2)
    reason = (
        f"{n} {what} were scored; {least} is the minimum. The widest interval is plus or minus"
        f" {widest:.2f}.{_more_text(f'would take about {max(enough, least):,} {what}', half_width)}"
    )
    return GateVerdict("sample_size", is_passed=False, reason=reason)


@dataclass(frozen=True)
class Comparison:
    """What a paired comparison of n units can tell, at a power of 80% and a level of 5%.

    Attributes:
        n: units.
        difference: mean of what came after less what was before.
        changed_fraction: of the units, those whose outcome is another one.
        visible: the smallest difference that so many units show.
        enough: units that show the difference observed; None where there is none.
    """

    n: int
    difference: float
    changed_fraction: float
    visible: float
    enough: int | None


def compare(before: npt.ArrayLike, after: npt.ArrayLike) -> Comparison:
    """What the outcomes (n,) of the same units with two models can tell.

    Where no unit changed, one is counted as changed, lest nothing seem to be visible for sure.

    Raises:
        InputError: no units, or not as many before as after.
    """
    first, second = (np.asarray(side, np.float64) for side in (before, after))
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise InputError(
            f"outcomes of the same units are compared, not {first.shape} and {second.shape}"
        )
    change, n = second - first, len(first)
    difference = float(change.mean())
    spread = sqrt(max(float((change * change).mean()), 1 / n))  # around zero: no difference
    own_spread = sqrt(max(spread**2 - difference**2, 0.0))  # around the difference observed
    reach = _Z_CHANCE * spread + _Z_POWER * own_spread
    return Comparison(
        n,
        difference,
        float(np.count_nonzero(change) / n),
        (_Z_CHANCE + _Z_POWER) * spread / sqrt(n),
        ceil((reach / difference) ** 2) if difference else None,
    )


def comparison_gate(
    before: npt.ArrayLike, after: npt.ArrayLike, p_value: float, what: str = "queries"
) -> GateVerdict:
    """Refuse to call two models equal on too few units, and say how many would tell.

    A difference that is hardly chance passes whatever its size; one that may be chance passes where
    a difference of 0.05 would have been seen.

    Args:
        before: outcome of each unit with one model, (n,): 1 for a hit, or any figure.
        after: with the other, in the same order.
        p_value: of their difference, two-sided.
        what: the units are.

    Raises:
        InputError: as `compare`.
    """
    found = compare(before, after)
    if p_value < _MOST_CHANCE:
        reason = f"{_observed(found, what)} is hardly chance (p = {p_value:.2g})."
        return GateVerdict("comparison", is_passed=True, reason=reason)
    reason = (
        f"{_observed(found, what)} may be chance (p = {p_value:.2g}); so many show differences of"
        f" {found.visible:.3f} or more, in four of five cases."
    )
    is_passed = found.visible <= _WANTED_HALF_WIDTH
    if found.enough is not None:
        reason += f" To see the one observed would take about {found.enough:,} {what}."
    if not is_passed:
        reason += " Do not conclude that the models are equal: compare them on more text."
    return GateVerdict("comparison", is_passed, reason)


def _observed(found: Comparison, what: str) -> str:
    return (
        f"The difference of {found.difference:+.3f} over {found.n:,} {what}, of which"
        f" {found.changed_fraction:.1%} changed,"
    )


def _more_text(needed: str, half_width: float = _WANTED_HALF_WIDTH) -> str:
    return (
        f" An interval of plus or minus {half_width:g} {needed}: hold out more text, or"
        " read the score as an anecdote."
    )


def _half_width(row: Mapping[str, Any]) -> float:
    """Half of an interval's width; 0 for a figure that is not defined."""
    if row["ci_low"] is None or row["ci_high"] is None:
        return 0.0
    return float(row["ci_high"] - row["ci_low"]) / 2
