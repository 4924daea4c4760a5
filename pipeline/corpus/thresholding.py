"""Which probability a pair needs, given the precision that is wanted. Pure.

Probabilities speak for pairs that an algorithm made, and for other origins once people have judged
them: a model that has seen reviewed book sentences says nothing of menu entries, which somebody
translated and which are kept or rejected by the other rules.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.parameters import FilterParams
from pipeline.statistics import Interval
from pipeline.tables import kept
from pipeline.thresholds import Threshold, threshold_for

_LEAST_VERDICTS = 10  # of an origin, before its probabilities are believed
_TRANSLATED = "bitexts"  # the origin of pairs that no algorithm made


@dataclass(frozen=True)
class Decision:
    """What pairs need.

    Attributes:
        threshold: None while nothing is calibrated, or no origin was judged.
        probabilities: rows of schema `PAIR_PROBABILITIES` to which it applies.
    """

    threshold: Threshold | None
    probabilities: pa.Table

    def facts(self) -> dict[str, object]:
        """As plain JSON, for the manifest and the report."""
        chosen = self.threshold
        if chosen is None:
            return {"threshold": None}
        return {
            "threshold": chosen.value,
            "kept_count": chosen.kept_count,
            "expected_precision": chosen.expected_precision if chosen.kept_count else None,
            "precision": _plain(chosen.precision),
            "yield_count": round(chosen.yield_count, 1),
            "yield_fraction": chosen.yield_fraction if chosen.kept_count else 0.0,
            "held_out_precision": chosen.held_out_precision,
            "reviewed_precision": _plain(chosen.reviewed_precision),
            "is_contradicted": chosen.is_contradicted,
        }


def decide_threshold(
    scored: pa.Table,
    probabilities: pa.Table,
    verdicts: pa.Table,
    params: FilterParams,
    *,
    is_calibrated: bool,
    is_trained_on_synthetic_pairs: bool = False,
) -> Decision:
    """Choose the threshold for the wanted precision over pairs of the origins it speaks for.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        probabilities: table of schema `PAIR_PROBABILITIES`.
        verdicts: table of schema `VERDICTS`.
        params: with the wanted precision.
        is_calibrated: whether the probabilities rest on anything at all.
        is_trained_on_synthetic_pairs: whether they rest on pairs of every origin, so that those
            that an algorithm made need no verdicts.
    """
    pairs = kept(scored)
    said = _said(pairs, verdicts)
    of_pair = dict(zip(pairs["pair_id"].to_pylist(), pairs["origin"].to_pylist(), strict=True))
    judged = Counter(of_pair[pair_id] for pair_id in said)
    origins = {origin for origin, count in judged.items() if count >= _LEAST_VERDICTS}
    if is_trained_on_synthetic_pairs:
        origins |= set(of_pair.values()) - {_TRANSLATED}
    if not is_calibrated or not origins:
        return Decision(None, probabilities.slice(0, 0))
    ids = probabilities["pair_id"].to_pylist()
    concerned = pa.array([of_pair.get(one) in origins for one in ids], pa.bool_())
    chosen = probabilities.filter(concerned)
    reviewed = chosen.filter(pc.is_in(chosen["pair_id"], pa.array(sorted(said), pa.string())))
    threshold = threshold_for(
        params.target_precision_fraction,
        np.asarray(chosen["probability"]),
        np.asarray(reviewed["held_out_probability"]),
        np.array([said[one] for one in reviewed["pair_id"].to_pylist()], dtype=bool),
    )
    return Decision(threshold, chosen)


def _plain(found: Interval | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"value": found.value, "ci": [found.ci_low, found.ci_high], "n": found.n}


def _said(scored: pa.Table, verdicts: pa.Table) -> dict[str, bool]:
    """Whether people found a pair correct as it was scored: one that they mended was not."""
    sides = ("source_text", "target_text")
    ids, *texts = (scored[name].to_pylist() for name in ("pair_id", *sides))
    found = {pair_id: both for pair_id, *both in zip(ids, *texts, strict=True)}
    return {
        row["pair_id"]: row["is_correct"] and [row[side] for side in sides] == found[row["pair_id"]]
        for row in verdicts.to_pylist()
        if row["is_correct"] is not None and row["pair_id"] in found
    }
