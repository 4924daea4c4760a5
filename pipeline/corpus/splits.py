"""Which groups test, which develop, which train; pure and the same on every machine.

Whole groups move, so that neighbours of one chapter or catalogue never stand on both sides.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.parameters import CorpusParams


@dataclass(frozen=True)
class Splits:
    """The split of every group, and what a reader should know about them.

    Attributes:
        by_group: `train`, `dev` or `test` for each group key.
        test_pairs: pairs that went to test.
        wanted_test_pairs: how many the parameters ask for; more were not to be had when greater.
    """

    by_group: Mapping[str, str]
    test_pairs: int
    wanted_test_pairs: int


def split_groups(pair_counts: Mapping[str, int], params: CorpusParams) -> Splits:
    """Split the groups of one origin.

    Groups are taken in the order of a seeded hash of their keys: to test until it has
    `test_fraction` of the pairs and at least `min_test_pairs` (but never asked for more than half
    of them), then to dev until it has `dev_fraction`; the rest trains. A group that would bring a
    split above half of the pairs it chooses from is passed over.

    Args:
        pair_counts: pairs of each group key; none is zero.
        params: fractions, minimum and seed.
    """
    total = sum(pair_counts.values())
    wanted = max(params.test_fraction * total, min(params.min_test_pairs, total / 2))
    test = set(_take(pair_counts, wanted, params.seed))
    rest = {key: count for key, count in pair_counts.items() if key not in test}
    dev = set(_take(rest, params.dev_fraction * total, params.seed))
    by_group = {
        key: "test" if key in test else "dev" if key in dev else "train" for key in pair_counts
    }
    return Splits(by_group, sum(pair_counts[key] for key in test), int(wanted))


def _take(pair_counts: Mapping[str, int], wanted: float, seed: int) -> Iterator[str]:
    """Keys in hash order until `wanted` pairs are reached, passing over what is too big."""
    taken, most = 0, sum(pair_counts.values()) / 2
    for key in sorted(pair_counts, key=lambda key: _rank(key, seed)):
        if taken >= wanted:
            return
        if taken + pair_counts[key] <= most:
            taken += pair_counts[key]
            yield key


def _rank(group_key: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{group_key}".encode()).digest()
