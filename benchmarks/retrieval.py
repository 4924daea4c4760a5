"""Retrieval among many candidates: time, memory, and what share of it is the matrix product.

Random unit vectors, among which the translations of the queries are planted. Run from the
project's root: `OMP_NUM_THREADS=1 python -m benchmarks.retrieval`; takes about two minutes of a
processor. A number behind it is that of the largest pool. Time is the processor's, so that other
work on the machine hardly tells.
"""

import math
import resource
import sys
import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.measures.similarities import DenseSimilarities, Positions, Vectors
from pipeline.evaluation.tasks.retrieval import retrieval_outcomes

SEED = 13
DIMENSION = 384
QUERY_COUNT = 4_000
LARGEST_POOL = 1_000_000
SIZES = 4  # each pool is twice the one before
NOISE = 4.0  # of a query, over its translation: some drown in a million others
CHUNK = 65_536  # rows made at once


@dataclass
class Clock:
    """Seconds of the processor spent on products."""

    seconds: float = 0.0


@dataclass(frozen=True)
class TimedSimilarities(DenseSimilarities):
    """Cosines that know how long they took."""

    clock: Clock = field(default_factory=Clock)

    def tile(self, rows: slice, columns: slice) -> Vectors:
        """A block of cosines."""
        start = time.process_time()
        values = super().tile(rows, columns)
        self.clock.seconds += time.process_time() - start
        return values

    def among(self, columns: Positions) -> "TimedSimilarities":
        """The same with some of the candidates, on the same clock."""
        return TimedSimilarities(self.queries, self.pool[columns], self.clock)


def unit(vectors: Vectors) -> Vectors:
    """Rows of length one, in place."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def random_pool(count: int) -> Vectors:
    """Unit vectors of random directions, made in pieces to spare memory."""
    generator = np.random.default_rng(SEED)
    pool = np.empty((count, DIMENSION), np.float32)
    for start in range(0, count, CHUNK):
        generator.standard_normal(dtype=np.float32, out=pool[start : start + CHUNK])
        unit(pool[start : start + CHUNK])
    return pool


def planted_queries(pool: Vectors, rows: npt.NDArray[np.int64]) -> Vectors:
    """A noisy copy of each of these rows."""
    noise = np.random.default_rng(SEED + 1).standard_normal((len(rows), DIMENSION), np.float32)
    return unit(pool[rows] + np.float32(NOISE) * unit(noise))


def measure(pool: Vectors) -> tuple[str, float]:
    """A line of the table for one pool, and the seconds that its evaluation took."""
    rows = np.linspace(0, len(pool) - 1, QUERY_COUNT).astype(np.int64)
    similarities = TimedSimilarities(planted_queries(pool, rows), pool)
    start = time.process_time()
    found = retrieval_outcomes(similarities, [{row} for row in rows.tolist()])
    seconds = time.process_time() - start
    figures = found.is_hit, found.reciprocal_rank, found.is_margin_error
    share, speed = similarities.clock.seconds / seconds, QUERY_COUNT * len(pool) / seconds
    line = f"{len(pool):>10,}  " + "  ".join(f"{figure.mean():.3f}" for figure in figures)
    return f"{line}  {seconds:>7.1f}  {share:>7.0%}  {speed / 1e6:>10.1f}", seconds


def main() -> None:
    """Print the table, the smallest pool first."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST_POOL
    everything = random_pool(largest)
    print(f"{QUERY_COUNT:,} queries of {DIMENSION} dimensions")
    print("candidates    P@1    MRR   xSIM  seconds  product  million/s  exponent")
    before: tuple[int, float] | None = None
    for count in (largest >> step for step in reversed(range(SIZES))):
        line, seconds = measure(everything[:count])
        exponent = ""
        if before:
            exponent = f"{math.log(seconds / before[1]) / math.log(count / before[0]):.2f}"
        print(f"{line}  {exponent:>8}", flush=True)
        before = count, seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB, of which vectors {everything.nbytes / 2**30:.2f} GiB")


if __name__ == "__main__":
    main()
