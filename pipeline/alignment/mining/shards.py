"""A search in pieces that can be done anywhere, in any order, and again after a crash.

A shard compares some rows of the left side with all that they are to be compared with. It knows the
neighbours of these rows for good, and of every right row those among its own. Merging puts the
former one after the other and takes the best of the latter. Pure but for the memo.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pipeline.alignment.memory import FORGETFUL, Memo, fingerprint, packed, unpacked
from pipeline.alignment.mining.cells import Cells
from pipeline.alignment.sentences.sides import FloatArray
from pipeline.best import Best
from pipeline.executors import Executor, LocalExecutor
from pipeline.progress import Progress, silent
from pipeline.search import SPARE, Block, Neighbours, Positions, rescored, sweep
from pipeline.tables import identify

_METHOD = "1"  # to be raised when the same inputs give other neighbours
_CELL_COST = 8  # of comparing a pair of a cell, over that of one among all


@dataclass(frozen=True)
class Workshop:
    """Where and how a long search is done.

    Attributes:
        executor: does the shards.
        memo: keeps finished shards; without one a killed search begins anew.
        progress: is told of every finished shard.
        shard_pairs: compared in a shard; the default is a minute or so of one processor.
    """

    executor: Executor = field(default_factory=LocalExecutor)
    memo: Memo = FORGETFUL
    progress: Progress = silent
    shard_pairs: int = 1 << 32


ALONE = Workshop()
"""Here, without a memory, telling nobody."""


class Shard(NamedTuple):
    """Cells from `first` to before `last`; of a search without cells, left rows."""

    first: int
    last: int


class Partial(NamedTuple):
    """What one shard found; places that nothing was found for have minus infinity and row 0."""

    rows: Positions  # of the left side, which it knows all about
    onward: Neighbours  # of these
    back: Neighbours  # of all right rows, among the shard's rows


@dataclass(frozen=True)
class ShardSearch:
    """The search, shard by shard: a pure function of two sides, their cells and k.

    Attributes:
        left: (n, d) unit rows.
        right: (m, d) likewise.
        k: neighbours kept of each row.
        cells: None to compare everything.
    """

    left: FloatArray
    right: FloatArray
    k: int
    cells: Cells | None = None

    def __call__(self, shard: Shard) -> Partial:
        """Compare what belongs to one shard."""
        blocks = list(self._blocks(shard))
        rows = np.sort(np.concatenate([left for left, _ in blocks]))
        onward, back = sweep(self.left, self.right, blocks, self.k)
        return Partial(rows, Neighbours(onward.cosine[rows], onward.row[rows]), back)

    def shards(self, pair_count: int) -> list[Shard]:
        """All shards, in order, of about `pair_count` pairs."""
        if self.cells is None:
            size = max(pair_count // max(len(self.right), 1), 1)
            bounds = [*range(0, len(self.left), size), len(self.left)]
        else:
            lengths = np.diff(self.cells.left_starts) * np.diff(self.cells.right_starts)
            numbers = np.cumsum(lengths * _CELL_COST) // pair_count
            changes = np.flatnonzero(np.diff(numbers)) + 1
            bounds = [0, *changes.tolist(), self.cells.cell_count]
        return [Shard(*each) for each in pairwise(bounds)]

    def fingerprint(self) -> str:
        """Identifies all that decides what the shards find."""
        return fingerprint([self.left, self.right, *(self.cells or ())], _METHOD, self.k)

    def _blocks(self, shard: Shard) -> Iterator[Block]:
        if self.cells is None:
            yield np.arange(*shard), np.arange(len(self.right))
        else:
            yield from map(self.cells.block, range(*shard))


def search_both_ways(
    left: FloatArray, right: FloatArray, k: int, cells: Cells | None, workshop: Workshop
) -> tuple[Neighbours, Neighbours]:
    """Find the k neighbours of either side in the other, or those among the cells' pairs.

    A finished shard is remembered, and not done again. The result is the same whoever did which
    shard and however often the search was killed.

    Args:
        left: (n, d) unit rows.
        right: (m, d) likewise.
        k: at least 1; clipped to the rows of the other side.
        cells: what is compared; None for everything.
        workshop: who does it.

    Returns:
        Neighbours as `pipeline.search.nearest_both_ways` gives them. In a search by cells a row may
        have fewer than k; the places left have minus infinity and row 0.
    """
    search = ShardSearch(left, right, k + SPARE, cells)
    onward = Best(len(left), min(search.k, len(right))).found
    back = Best(len(right), min(search.k, len(left))).found
    for part in _partials(search, workshop):
        onward.cosine[part.rows], onward.row[part.rows] = part.onward
        back = _better(back, part.back)
    return rescored(left, right, onward, k), rescored(right, left, back, k)


def _partials(search: ShardSearch, workshop: Workshop) -> Iterator[Partial]:
    """What the shards found, in order; what a former run has finished is not done again."""
    shards, memo = search.shards(workshop.shard_pairs), workshop.memo
    whole = search.fingerprint()
    keys = {shard: identify(whole, *map(str, shard)) for shard in shards}
    missing = {shard: None for shard in shards if memo.get(keys[shard]) is None}
    computed = workshop.executor.map(search, missing)
    for done, shard in enumerate(shards, 1):
        remembered = None if shard in missing else memo.get(keys[shard])
        if remembered is not None:
            part = _partial(remembered)
        else:
            part = next(computed) if shard in missing else search(shard)
            memo.put(keys[shard], packed([part.rows, *part.onward, *part.back]))
        workshop.progress(done, len(shards), "searching neighbours")
        yield part


def _partial(content: bytes) -> Partial:
    rows, *others = unpacked(content)
    return Partial(rows, Neighbours(*others[:2]), Neighbours(*others[2:]))


def _better(one: Neighbours, other: Neighbours) -> Neighbours:
    """The best of both; of equal cosines the lower row."""
    cosine, row = (np.hstack(each) for each in zip(one, other, strict=True))
    order = np.lexsort((row, -cosine))[:, : one.row.shape[1]]
    return Neighbours(*(np.take_along_axis(each, order, axis=1) for each in (cosine, row)))
