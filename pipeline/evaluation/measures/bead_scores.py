"""How good a sentence alignment is: strict and lax precision, recall and F1.

Pure. The definition is that of vecalign's scorer (Thompson & Koehn 2019), so that figures compare
with published ones. An alignment is the set of its beads, each a pair of tuples of ids. A bead is a
strict hit when the other set holds it too, and a lax hit when it also links two sentences that a
bead there links. Precision looks at all beads; recall leaves insertions and deletions out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from pipeline.statistics import Interval, bootstrap

Bead = tuple[tuple[int, ...], tuple[int, ...]]
Alignment = tuple[Iterable[Bead], Iterable[Bead]]
Realignment = tuple[Iterable[Bead], Iterable[Bead], Iterable[Bead]]
Counts = npt.NDArray[np.float64]

_STRICT, _LAX, _ALL = range(3)  # columns of hits, for precision; the next three are for recall
_COLUMNS = 6


@dataclass(frozen=True)
class Accuracy:
    """Shares in [0, 1]; 0 where a denominator is 0."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class BeadScores:
    """Accuracy of an alignment.

    Attributes:
        strict: a hit is an identical bead.
        lax: a hit shares a link.
        n: gold beads, insertions and deletions included.
    """

    strict: Accuracy
    lax: Accuracy
    n: int


def bead_scores(predicted: Iterable[Bead], gold: Iterable[Bead]) -> BeadScores:
    """Score one document; beads repeated or empty on both sides count once or never."""
    return pooled_bead_scores([(predicted, gold)])


def pooled_bead_scores(documents: Iterable[Alignment]) -> BeadScores:
    """Score (predicted, gold) of several documents; hits are summed before they are divided."""
    sets = [(_bead_set(predicted), _bead_set(gold)) for predicted, gold in documents]
    blocks = [np.zeros((1, _COLUMNS)), *(_counts(*pair, block_beads=1) for pair in sets)]
    sums = np.concatenate(blocks).sum(axis=0)
    strict, lax = (
        Accuracy(*(float(share) for share in _shares(sums, hit))) for hit in (_STRICT, _LAX)
    )
    return BeadScores(strict, lax, sum(len(gold) for _, gold in sets))


def bead_f1_interval(
    documents: Iterable[Alignment],
    *,
    seed: int,
    count: int = 2000,
    block_beads: int = 5,
    is_lax: bool = False,
) -> Interval:
    """Bootstrap interval of F1 over blocks of gold beads; its n counts blocks.

    Neighbouring beads stand and fall together, so that blocks are drawn and not beads. A predicted
    bead belongs to the block of its first source sentence, or first target sentence.

    Args:
        documents: (predicted, gold) of each.
        seed: of the draw.
        count: resamples.
        block_beads: consecutive gold beads in a block.
        is_lax: F1 of lax instead of strict hits.

    Raises:
        InputError: there are no beads.
    """
    hit = _LAX if is_lax else _STRICT
    blocks = _blocks(documents, block_beads)

    def f1(*draws: Counts) -> Counts:
        return _f1(draws, hit)

    return bootstrap(*blocks, statistic=f1, count=count, seed=seed)


def bead_f1_gain(
    documents: Iterable[Realignment],
    *,
    seed: int,
    count: int = 2000,
    block_beads: int = 5,
    is_lax: bool = False,
) -> Interval:
    """Interval of F1 after less that before; both are drawn from the same blocks of gold beads.

    Args:
        documents: (predicted before, predicted after, gold) of each.
        seed: as the others, see `bead_f1_interval`.
        count: likewise.
        block_beads: likewise.
        is_lax: likewise.

    Raises:
        InputError: there are no beads.
    """
    hit = _LAX if is_lax else _STRICT
    sets = [tuple(_bead_set(beads) for beads in document) for document in documents]
    earlier = _blocks([(before, gold) for before, _, gold in sets], block_beads)
    later = _blocks([(after, gold) for _, after, gold in sets], block_beads)

    def gain(*draws: Counts) -> Counts:
        return _f1(draws[_COLUMNS:], hit) - _f1(draws[:_COLUMNS], hit)

    return bootstrap(*earlier, *later, statistic=gain, count=count, seed=seed)


def _blocks(documents: Iterable[Alignment], block_beads: int) -> Counts:
    """(6, blocks) hits and beads; how many blocks there are depends on the gold beads alone."""
    sets = [(_bead_set(predicted), _bead_set(gold)) for predicted, gold in documents]
    counts = [_counts(*pair, block_beads) for pair in sets]
    return np.concatenate([np.zeros((0, _COLUMNS)), *counts]).T


def _f1(draws: Sequence[Counts], hit: int) -> Counts:
    return _shares([draw.sum(axis=-1) for draw in draws], hit)[2]


def _bead_set(beads: Iterable[Bead]) -> set[Bead]:
    pairs = {(tuple(source), tuple(target)) for source, target in beads}
    return pairs - {((), ())}


def _shares(sums: Sequence[Counts] | Counts, hit: int) -> tuple[Counts, Counts, Counts]:
    """Precision, recall and F1 from summed columns."""
    precision = sums[hit] / np.maximum(sums[_ALL], 1)
    recall = sums[_ALL + 1 + hit] / np.maximum(sums[_ALL + 1 + _ALL], 1)
    both = precision + recall
    return precision, recall, 2 * precision * recall / np.where(both > 0, both, 1)


def _counts(predicted: set[Bead], gold: set[Bead], block_beads: int) -> Counts:
    """(blocks, 6) hits and beads: three columns for precision, three for recall."""
    ordered = sorted(gold, key=lambda bead: (bead[1] or bead[0], bead[0]))
    block_of = {
        (side, sentence): number // block_beads
        for number, bead in enumerate(ordered)
        for side in (0, 1)
        for sentence in bead[side]
    }
    counts = np.zeros((max(1, -(-len(ordered) // block_beads)), _COLUMNS))
    two_sided = {bead for bead in predicted if all(bead)}
    reference = [(predicted, gold, 0), ({bead for bead in gold if all(bead)}, two_sided, 3)]
    for tested, against, first_column in reference:
        links = {link for bead in against for link in product(*bead)}
        for bead in tested:
            start = (0, bead[0][0]) if bead[0] else (1, bead[1][0])
            row = counts[block_of.get(start, len(counts) - 1), first_column : first_column + 3]
            is_strict = bead in against
            is_lax = is_strict or any(link in links for link in product(*bead))
            row += (is_strict, is_lax, 1)
    return counts
