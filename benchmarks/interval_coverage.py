"""How often 95 % intervals hold the truth: simulated units, a thousand seeds, each its own truth.

Run from the project's root: `OMP_NUM_THREADS=1 python -m benchmarks.interval_coverage`, with
`--seeds` and `--figure NAME ...` for less. Every interval is made by what scores real models. Hits
can only be counted whole, so that coverage of any one truth lies above or below what it is on the
whole; the truth of each seed is therefore drawn from a range. Takes some five minutes of one core.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

import numpy as np
from scipy import stats

from pipeline.evaluation.measures.bead_scores import Bead, bead_f1_interval
from pipeline.evaluation.measures.mining_statistics import f1
from pipeline.evaluation.tasks.classification import macro_f1
from pipeline.statistics import Interval, bootstrap, gained_share, pearson, wilson

SIZES = (50, 200, 1000)
RESAMPLES = 1000
BLOCK_BEADS = 5
PRIOR = np.array([0.4, 0.3, 0.2, 0.1])  # of the classes
TOGETHER = 0.2  # correlation of beads within a block
SHARES = np.linspace(0.5, 0.99, 491)
"""True shares over which the exact coverage of Wilson's interval is averaged."""

Generator = np.random.Generator
Figure = Callable[[Generator, int], tuple[float, Interval]]
"""Draws a truth and n units of it; gives the truth and the units' interval."""


def p_at_1(draw: Generator, n: int) -> tuple[float, Interval]:
    """Shares of hits from a half to 0.97."""
    share = draw.uniform(0.5, 0.97)
    return share, wilson(int(draw.binomial(n, share)), n)


def p_at_1_gain(draw: Generator, n: int) -> tuple[float, Interval]:
    """Up to a fifth of the units gained, up to a tenth lost."""
    gained, lost = draw.uniform(0.02, 0.2), draw.uniform(0, 0.1)
    change = draw.choice([1, -1, 0], n, p=[gained, lost, 1 - gained - lost])
    return gained - lost, gained_share(change < 0, change > 0)


def correlation(draw: Generator, n: int) -> tuple[float, Interval]:
    """Pearson's, of normal values, from 0.3 to 0.9."""
    truth = draw.uniform(0.3, 0.9)
    x, noise = draw.normal(size=(2, n))
    y = truth * x + (1 - truth**2) ** 0.5 * noise
    return truth, bootstrap(x, y, statistic=pearson, count=RESAMPLES, seed=_seed(draw))


def class_f1(draw: Generator, n: int) -> tuple[float, Interval]:
    """Macro-F1 of four classes of uneven size; mistakes fall on the others evenly."""
    count, right = len(PRIOR), draw.uniform(0.6, 0.9)
    wrong = (1 - right) / (count - 1)
    joint = PRIOR[:, None] * (np.full((count, count), wrong) + np.eye(count) * (right - wrong))
    truth = float((2 * np.diag(joint) / (joint.sum(axis=0) + joint.sum(axis=1))).mean())
    gold, predicted = np.divmod(draw.choice(count**2, n, p=joint.ravel()), count)
    return truth, bootstrap(predicted, gold, statistic=macro_f1, count=RESAMPLES, seed=_seed(draw))


def mining_f1(draw: Generator, n: int) -> tuple[float, Interval]:
    """Half of the texts have a translation; from any text a right or a wrong pair may be mined."""
    found, mistaken, invented = (draw.uniform(*ends) for ends in ((0.5, 0.85), (0, 0.15), (0, 0.2)))
    outcomes = np.array([(1, 1), (-1, 1), (0, 1), (-1, 0), (0, 0)])
    chances = np.array([found, mistaken, 1 - found - mistaken, invented, 1 - invented]) / 2
    mined, has_gold = outcomes[draw.choice(len(outcomes), n, p=chances)].T
    truth = 2 * found / (found + mistaken + invented + 1)
    return truth, bootstrap(mined, has_gold, statistic=f1, count=RESAMPLES, seed=_seed(draw))


def bead_f1(draw: Generator, n: int) -> tuple[float, Interval]:
    """Beads of one sentence each; a wrong one is predicted as a deletion and an insertion.

    Within a block of five, beads tend to be right or wrong together. n counts blocks.
    """
    right, spread = draw.uniform(0.7, 0.95), 1 / TOGETHER - 1
    shares = draw.beta(right * spread, (1 - right) * spread, n).repeat(BLOCK_BEADS)
    is_right = draw.random(n * BLOCK_BEADS) < shares
    gold: list[Bead] = [((bead,), (bead,)) for bead in range(n * BLOCK_BEADS)]
    predicted = [bead for bead, good in zip(gold, is_right, strict=True) if good]
    for bead in np.flatnonzero(~is_right).tolist():
        predicted += [((bead,), ()), ((), (bead,))]
    precision = right / (right + 2 * (1 - right))
    truth = 2 * precision * right / (precision + right)
    return truth, bead_f1_interval([(predicted, gold)], seed=_seed(draw), count=RESAMPLES)


FIGURES: dict[str, Figure] = {
    "P@1": p_at_1,
    "P@1 gain": p_at_1_gain,
    "Pearson": correlation,
    "macro-F1": class_f1,
    "mining F1": mining_f1,
    "bead F1": bead_f1,
}


def coverage(name: str, n: int, seeds: int) -> tuple[Interval, Interval, float]:
    """Of a figure's intervals over n units, with one truth a seed.

    Returns:
        The share that holds the truth, the share that lies above it, and the mean width.
    """
    own = crc32(name.encode())  # figures that share no draws fail independently
    found = [FIGURES[name](np.random.default_rng([seed, n, own]), n) for seed in range(seeds)]
    above = sum(truth < one.ci_low for truth, one in found)
    below = sum(truth > one.ci_high for truth, one in found)
    width = float(np.mean([one.ci_high - one.ci_low for _, one in found]))
    return wilson(seeds - above - below, seeds), wilson(above, seeds), width


def wilson_coverage(n: int, shares: np.ndarray = SHARES) -> np.ndarray:
    """Exact probability that Wilson's interval holds each of the true shares."""
    ends = [wilson(hits, n) for hits in range(n + 1)]
    low, high = (np.array([getattr(one, end) for one in ends]) for end in ("ci_low", "ci_high"))
    chance = stats.binom.pmf(np.arange(n + 1), n, shares[:, None])
    is_held = (low <= shares[:, None]) & (shares[:, None] <= high)
    return np.asarray((chance * is_held).sum(axis=1))


def _seed(draw: Generator) -> int:
    return int(draw.integers(1 << 31))


def _lines(names: Sequence[str], seeds: int) -> Iterator[str]:
    yield f"{'figure':<10}{'N':>6}  coverage of {seeds} seeds    too high   mean width"
    for name in names:
        for n in SIZES:
            held, above, width = coverage(name, n, seeds)
            yield (
                f"{name:<10}{n:>6}  {held.value:.3f} [{held.ci_low:.3f}, {held.ci_high:.3f}]"
                f"   {above.value:>10.3f}{width:>13.3f}"
            )
    stated = np.array([0.5, 0.7, 0.9, 0.97])
    yield f"\nWilson's interval, exactly: at shares of {stated}, then over 0.5 to 0.99"
    for n in SIZES:
        each, every = wilson_coverage(n, stated), wilson_coverage(n)
        yield (
            f"N {n:>5}: {each.round(3)}, mean {every.mean():.3f}, worst {every.min():.3f}"
            f" at {SHARES[every.argmin()]:.3f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--figure", nargs="*", default=[*FIGURES], choices=FIGURES)
    given = parser.parse_args()
    for line in _lines(given.figure, given.seeds):
        print(line, flush=True)
