"""Who gets which pair: evenly, by hashes, so that one pair more moves few others. Pure.

Rendezvous hashing (Thaler & Ravishankar 1998): everybody bids for every pair with a hash, and the
highest bidders get it. What some then have too much moves to those who have too little.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence

from pipeline.tables import identify


def rank(seed: int, purpose: str, *parts: str) -> str:
    """A pseudo-random place in an order: the hash of what is ordered, for one purpose."""
    return identify(str(seed), purpose, *parts)


def deal(
    wanted: Mapping[str, int],
    people: Sequence[str],
    reviewers: Mapping[str, Collection[str]],
    seed: int,
) -> dict[str, set[str]]:
    """Give each pair to as many people as wanted, none of whom has reviewed it.

    Loads differ by one at most, unless those who have reviewed a pair leave no choice.

    Args:
        wanted: by pair, how many people are to have reviewed it in all.
        people: pseudonyms, each once.
        reviewers: by pair, who has reviewed it already.
        seed: of the hashes.

    Returns:
        By pair, who gets it: fewer than wanted where people are lacking.
    """
    order = sorted(wanted, key=lambda pair: rank(seed, "deal", pair))
    dealt, others = {}, {}
    for pair in order:
        said = reviewers.get(pair, ())
        bidders = sorted(set(people).difference(said), key=lambda one: rank(seed, pair, one))
        missing = max(wanted[pair] - len(said), 0)
        dealt[pair], others[pair] = set(bidders[:missing]), set(bidders[missing:])
    while _move(order, people, dealt, others):
        pass
    return dealt


def _move(
    order: Sequence[str],
    people: Sequence[str],
    dealt: dict[str, set[str]],
    others: dict[str, set[str]],
) -> bool:
    """Move one pair from a person to one who has two less or fewer still; whether it was possible.

    The most loaded and the least come first, and the first pair that the one has and the other may
    have.
    """
    loads = {one: sum(one in dealt[pair] for pair in order) for one in people}
    by_load = sorted(people, key=lambda one: (loads[one], one))
    for heavy, light in itertools.product(reversed(by_load), by_load):
        if loads[heavy] - loads[light] <= 1:
            continue
        for pair in order:
            if heavy in dealt[pair] and light in others[pair]:
                dealt[pair] ^= {heavy, light}
                others[pair] ^= {heavy, light}
                return True
    return False
