"""Which texts a step sees: decided before training starts. Pure."""

from dataclasses import dataclass

import numpy as np

from pipeline.distillation.lessons.sampling import Shares, draw_epoch
from pipeline.distillation.training.flat_texts import Rows
from pipeline.parameters import DistillationParams

_BATCHES_PER_BUCKET = 16
_LEAST_PAIRS = 2  # one alone teaches nothing about telling pairs apart


@dataclass(frozen=True)
class TextLengths:
    """Tokens of each text; int64.

    Attributes:
        sources: (n,) of the pairs' focus sides.
        targets: (n,) of their pivot sides.
        neighbours: (m,) of the texts of neighbour languages.
    """

    sources: Rows
    targets: Rows
    neighbours: Rows


@dataclass(frozen=True)
class PlannedStep:
    """What one step sees; row numbers, int64.

    Attributes:
        pairs: whose focus side is taught.
        retained: those of them whose pivot side is looked at as well.
        neighbours: texts of neighbour languages.
    """

    pairs: Rows
    retained: Rows
    neighbours: Rows


def plan_steps(
    lengths: TextLengths, params: DistillationParams, shares: Shares | None = None
) -> list[PlannedStep]:
    """Plan all steps, epoch after epoch.

    Each epoch shuffles the pairs, sorts them by length within buckets of some batches, so that the
    texts of a step are of like length, cuts them into steps that fill the budget of tokens, and
    shuffles the steps. A step has two pairs at least, even beyond the budget.

    Args:
        lengths: of all texts.
        params: epochs, batch_tokens, batch_pairs, the two fractions and the seed.
        shares: (n,) how often an epoch shows each pair on average; None for once.

    Returns:
        The steps; a pure function of the arguments.
    """
    rng = np.random.default_rng(params.seed)
    neighbours = _Endless(len(lengths.neighbours), rng)
    steps = []
    for _ in range(params.epochs):
        count = len(lengths.sources)
        rows = np.arange(count) if shares is None else draw_epoch(shares, rng)
        for batch in _plan_epoch(rng.permutation(rows), lengths, params, rng):
            wanted = _count(len(batch), params.neighbour_fraction)
            retained = _evenly(batch, _count(len(batch), params.retention_fraction))
            steps.append(PlannedStep(batch, retained, neighbours.draw(wanted)))
    return steps


def _plan_epoch(
    order: Rows, lengths: TextLengths, params: DistillationParams, rng: np.random.Generator
) -> list[Rows]:
    costs = lengths.sources + params.retention_fraction * lengths.targets
    if len(lengths.neighbours):
        costs = costs + params.neighbour_fraction * lengths.neighbours.mean()
    longer = np.maximum(lengths.sources, lengths.targets)
    usual_pairs = min(params.batch_pairs, params.batch_tokens / costs[order].mean())
    wanted = int(np.ceil(len(order) / (usual_pairs * _BATCHES_PER_BUCKET)))
    bucket_count = max(1, min(wanted, len(order) // _LEAST_PAIRS))  # none too small for a step
    batches = []
    for bucket in np.array_split(order, bucket_count):
        by_length = bucket[np.argsort(longer[bucket], kind="stable")]
        batches += _cut(by_length, costs[by_length], params)
    return [batches[number] for number in rng.permutation(len(batches))]


def _cut(rows: Rows, costs: np.ndarray, params: DistillationParams) -> list[Rows]:
    """Cut rows into runs within the budget; none is left alone."""
    spent = np.concatenate([[0], np.cumsum(costs)])
    cuts = [0]
    while (left := len(rows) - cuts[-1]) > 0:
        fitting = int(np.searchsorted(spent, spent[cuts[-1]] + params.batch_tokens, "right"))
        size = min(max(fitting - 1 - cuts[-1], _LEAST_PAIRS), params.batch_pairs, left)
        if left - size == 1:
            size += 1 if size <= _LEAST_PAIRS else -1
        cuts.append(cuts[-1] + size)
    return np.split(rows, cuts[1:-1])


def _count(pair_count: int, fraction: float) -> int:
    return max(1, round(pair_count * fraction)) if fraction else 0


def _evenly(rows: Rows, count: int) -> Rows:
    """So many of the rows, evenly over their lengths."""
    return np.take(rows, np.linspace(0, len(rows) - 1, count).astype(int))


class _Endless:
    """Rows in random order, all of them before any comes again."""

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self._count, self._rng = count, rng
        self._left = np.empty(0, np.int64)

    def draw(self, count: int) -> Rows:
        """The next rows; none if there are none."""
        while self._count and len(self._left) < count:
            self._left = np.concatenate([self._left, self._rng.permutation(self._count)])
        drawn, self._left = self._left[:count], self._left[count:]
        return drawn
