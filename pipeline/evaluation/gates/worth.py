"""Is a data set worth measuring on, and has a model kept what it knew? Pure."""

from pipeline.statistics import Interval
from pipeline.storage import GateVerdict

TO_KEEP_MORE = (
    "Lower the balance value, so that the pivot language weighs more,"
    " or raise `distillation.retention_floor`, so that the student stays nearer to its start."
)
"""What to do about a student that kept too little."""

_SATURATED_SHARE = 0.99


def saturation_gate(
    p_at_1: float, pool_size: int, contaminated_fraction: float | None = None
) -> GateVerdict:
    """Refuse a retrieval set that is too easy to tell two good models apart.

    Args:
        p_at_1: of the start model, or the best.
        pool_size: candidates of a query.
        contaminated_fraction: of the queries, those trained on; None where that is not known.
    """
    is_passed = p_at_1 < _SATURATED_SHARE
    reason = f"P@1 is {p_at_1:.3f} among {pool_size:,} candidates."
    if not is_passed:
        reason += (
            " Nothing better could be seen here: enlarge the pool with distractors from the same"
            " domain, mine hard negatives (near neighbours that are no translations), or use pairs"
            " that differ in one name or number, as xSIM++ does."
        )
        if contaminated_fraction:
            reason += (
                f" First take out what was trained on, {contaminated_fraction:.1%} of the queries:"
                " it may be why the set looks easy."
            )
    return GateVerdict("saturation", is_passed, reason)


def retention_gate(measured: Interval, least: float, what: str) -> GateVerdict:
    """Refuse a student that has forgotten the pivot language.

    Args:
        measured: what is kept.
        least: of it.
        what: in words, such as "order of texts".
    """
    is_passed = measured.value >= least
    reason = (
        f"The student keeps {measured.value:.3f} of the start model's {what}"
        f" ({measured.ci_low:.3f} to {measured.ci_high:.3f}, N = {measured.n});"
        f" {least:g} is the minimum."
    )
    if not is_passed:
        reason += f" {TO_KEEP_MORE}"
    return GateVerdict("retention", is_passed, reason)
