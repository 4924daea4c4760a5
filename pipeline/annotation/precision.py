"""How many pairs are correct before any filter, from the reviews that are a fair sample. Pure."""

import itertools
from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from pipeline.annotation.dealing import rank
from pipeline.annotation.verdicts import labels_as_scored
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import AnnotationParams
from pipeline.probability.features import scored_once
from pipeline.statistics import wilson
from pipeline.tables import SCORES, as_table

DRAW = "draw"  # the order in which pairs are drawn at random

Labelled = tuple[str, bool | None, bool]  # pair, whether it is correct, whether it was reviewed


def score_precision(scored: pa.Table, verdicts: pa.Table, params: AnnotationParams) -> pa.Table:
    """The share of correct pairs of each origin and language, whatever their scores.

    Pairs are drawn in the order of a hash. The reviewed ones before the first in that order that is
    not reviewed are a fair sample, for it does not matter there why a pair was asked about; all
    other reviews are left out, as the least sure pairs abound among them. Pairs on which people
    disagree are left out too, and the note counts them.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        verdicts: table of schema `VERDICTS`.
        params: those that chose the queue: the seed makes the order.

    Returns:
        A table of schema `SCORES`: metric `precision`, `model` is the origin, Wilson's interval;
        an origin without such a sample has no row.
    """
    pairs = scored_once(scored)
    shares: dict[tuple[str, str, str], list[Labelled]] = defaultdict(list)
    names = ("origin", "source_language", "target_language", "pair_id")
    columns = (pairs[name].to_pylist() for name in names)
    reviewed = set(verdicts["pair_id"].to_pylist())
    labels = labels_as_scored(pairs, verdicts)
    for (*share, pair_id), label in zip(zip(*columns, strict=True), labels, strict=True):
        shares[share[0], share[1], share[2]].append((pair_id, label, pair_id in reviewed))
    rows = [_row(share, labelled, params.seed) for share, labelled in sorted(shares.items())]
    return as_table([row for row in rows if row is not None], SCORES)


def _row(
    share: tuple[str, str, str], labelled: Sequence[Labelled], seed: int
) -> dict[str, object] | None:
    ordered = sorted(labelled, key=lambda one: rank(seed, DRAW, one[0]))
    sample = list(itertools.takewhile(lambda one: one[2], ordered))
    decided = [(pair_id, label) for pair_id, label, _ in sample if label is not None]
    if not decided:
        return None
    origin, source, target = share
    dataset = hash_texts([pair_id for pair_id, _ in decided])
    measurement = Measurement("reviews", f"{source}-{target}", dataset, origin, "", seed)
    undecided = len(sample) - len(decided)
    note = f"{undecided} undecided pairs left out" if undecided else ""
    correct = sum(bool(label) for _, label in decided)
    return measurement.score("precision", wilson(correct, len(decided)), note)
