"""Mining at scale: time, memory and what is found, beside FAISS and the recipes built on it.

Run from the project's root, with `OMP_NUM_THREADS=1`, one of

    python -m benchmarks.mining exact 100000        # about five minutes of a processor
    python -m benchmarks.mining recipes 20000       # under a minute
    python -m benchmarks.mining approximate 200000  # about five minutes
    python -m benchmarks.mining growth 50000 100000 200000 [1000000 ...]

Sides are clusters of unit vectors; a row's translation is its copy with a noise of 1.1 times its
length, which is more than between two translations under a good encoder. Time is the processor's,
and competitors take turns, so that other work on the machine hardly tells. "Scaled" times are those
of a part of the rows.
"""

import math
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from benchmarks.mining_peers import (
    Vectors,
    flat_search,
    inverted_index,
    laser_pairs,
    least_probes,
    product,
    recipe_pairs,
)
from pipeline.alignment.mining.margin import MinedPair, choose_pairs
from pipeline.alignment.mining.neighbours import Searched, find_neighbours
from pipeline.alignment.mining.shards import ALONE, Workshop
from pipeline.executors import Item, Result
from pipeline.parameters import MiningParams
from pipeline.search import nearest

SEED = 13
DIMENSION = 384
NOISE = 1.1
K = 4
PART = 4096  # rows that a scaled time is measured on, each turn
SAMPLE = 1000
APPROXIMATE = MiningParams(exact_rows=1)
EXACT = MiningParams(exact_rows=1 << 40)
CHUNK = 65_536


@dataclass(frozen=True)
class Heaps:
    """Two sides and who translates whom: the partner in `left` of each row of `right`."""

    left: Vectors
    right: Vectors
    partner: npt.NDArray[np.int64]

    def recall(self, pairs: Iterable[MinedPair | tuple[int, int]]) -> float:
        """The share of translations that was mined."""
        return sum(int(self.partner[pair[1]]) == pair[0] for pair in pairs) / len(self.left)


@dataclass
class Turns:
    """An executor that lets the others have a turn before each shard, and stops all times."""

    others: dict[str, Callable[[slice], object]]
    row_count: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    idle: float = 0.0  # of us

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield results in order."""
        for turn, item in enumerate(items):
            start = time.process_time()
            part = slice(turn * PART % self.row_count, turn * PART % self.row_count + PART)
            for name, work in self.others.items():
                self.seconds.setdefault(name, []).append(timed(partial(work, part))[0])
            self.idle += time.process_time() - start
            yield function(item)


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """The processor's seconds, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def heaps(count: int) -> Heaps:
    """Rows in clusters of a hundred or so, in chunks to spare memory."""
    generator = np.random.default_rng(SEED)
    centres = noise(generator, max(count // 100, 1))
    left, right = (np.empty((count, DIMENSION), np.float32) for _ in range(2))
    partner = generator.permutation(count)
    for at in range(0, count, CHUNK):
        part = slice(at, min(at + CHUNK, count))
        size = part.stop - at
        own = centres[generator.integers(0, len(centres), size)] + noise(generator, size)
        left[part] = unit(own)
    for at in range(0, count, CHUNK):
        part = slice(at, min(at + CHUNK, count))
        right[part] = unit(left[partner[part]] + NOISE * noise(generator, part.stop - at))
    return Heaps(left, right, partner)


def noise(generator: np.random.Generator, count: int) -> Vectors:
    """Unit vectors of random directions."""
    return unit(generator.standard_normal((count, DIMENSION), np.float32))


def unit(vectors: Vectors) -> Vectors:
    """Rows of length one."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32, copy=False)


def mined(searched: Searched) -> list[MinedPair]:
    """What is mined from these neighbours by default."""
    return choose_pairs(searched.onward, searched.back, "ratio", "union", EXACT.min_margin)


def peak() -> str:
    """The most memory so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"


def exact(count: int) -> None:
    """The exact sweep beside the product alone and two searches of FAISS."""
    both = heaps(count)
    before = peak()
    others: dict[str, Callable[[slice], object]] = {
        "product alone": lambda part: product(both.left[part], both.right),
        "faiss forward": lambda part: flat_search(both.left[part], both.right, K),
        "faiss backward": lambda part: flat_search(both.right[part], both.left, K),
    }
    turns = Turns(others, count - PART)
    workshop = Workshop(executor=turns)
    whole, searched = timed(lambda: find_neighbours(both.left, both.right, EXACT, workshop))
    ours, memory = whole - turns.idle, peak()
    scale = {name: np.array(each).mean() * count / PART for name, each in turns.seconds.items()}
    spread = [
        f"{2 * PART * count * DIMENSION / s / 1e9:.0f}" for s in turns.seconds["product alone"]
    ]
    faiss = scale["faiss forward"] + scale["faiss backward"]
    print(f"exact, {count:,} x {count:,}, {DIMENSION} dimensions, k = {K}, {len(spread)} turns")
    print(f"  product alone (scaled)           {scale['product alone']:8.1f} s")
    print(f"    GFLOP/s, turn by turn: {' '.join(spread)}")
    print(f"  two faiss Flat searches (scaled) {faiss:8.1f} s")
    print(f"  ours, both directions            {ours:8.1f} s")
    print(f"  share of the product {scale['product alone'] / ours:.0%}, {faiss / ours:.2f}x faiss")
    print(f"  peak memory {memory}, before the search {before}")
    print(f"  mining recall {both.recall(mined(searched)):.4f}")


def recipes(count: int) -> None:
    """Whole recipes, from vectors to pairs."""
    both = heaps(count)
    found: dict[str, Callable[[], Iterable[MinedPair | tuple[int, int]]]] = {
        "ours": lambda: mined(find_neighbours(both.left, both.right, EXACT, ALONE)),
        "LASER's, faiss Flat": lambda: laser_pairs(both.left, both.right, K),
        "sentence-transformers' example": lambda: recipe_pairs(both.left, both.right, K),
    }
    print(f"recipes, {count:,} x {count:,}")
    for name, work in found.items():
        seconds, pairs = timed(work)
        print(f"  {name:<32} {seconds:6.1f} s  mining recall {both.recall(pairs):.4f}", flush=True)


def approximate(count: int) -> None:
    """Cells beside the exact sweep and FAISS's inverted files, both scaled."""
    both = heaps(count)
    sample = np.sort(np.random.default_rng(SEED).choice(count, SAMPLE, replace=False))
    ours, searched = timed(lambda: find_neighbours(both.left, both.right, APPROXIMATE, ALONE))
    pairs = mined(searched)
    part, _ = timed(lambda: find_neighbours(both.left[: 2 * PART], both.right, EXACT, ALONE))
    sweep = part * count / (2 * PART)
    lookup, truth = timed(lambda: nearest(both.left[sample], both.right, K))
    same = (searched.onward.row[sample, 0] == truth.row[:, 0]).mean()
    all_same = np.mean(
        [
            len(set(a) & set(b)) / K
            for a, b in zip(searched.onward.row[sample], truth.row, strict=True)
        ]
    )
    found = {(pair.source, pair.target) for pair in pairs}
    partner_of = np.argsort(both.partner)
    is_mined = np.array([(row, int(partner_of[row])) in found for row in sample.tolist()])
    is_findable = truth.row[:, 0] == partner_of[sample]
    print(f"approximate, {count:,} x {count:,}: {dict(searched.facts)}")
    print(f"  exact sweep, scaled from {2 * PART:,} rows {sweep:8.1f} s")
    print(f"  ours, both directions              {ours:8.1f} s, {sweep / ours:.1f}x the sweep")
    print(f"  mining recall {both.recall(pairs):.4f} of all; in a sample of {SAMPLE}:")
    print(
        f"    mined {is_mined.mean():.4f}, exactly nearest {is_findable.mean():.4f}, "
        f"mined of these {is_mined[is_findable].mean():.4f}; "
        f"recall@1 {same:.4f}, recall@{K} {all_same:.4f} ({lookup:.1f} s)"
    )
    build, index = timed(lambda: inverted_index(both.right, round(4 * math.sqrt(count))))
    index.nprobe = least_probes(index, both.left[sample], truth.row[:, 0])
    search, _ = timed(lambda: index.search(both.left[: 2 * PART], K))
    faiss = 2 * (build + search * count / (2 * PART))
    print(
        f"  two faiss IVF{index.nlist},Flat, {index.nprobe} probes (scaled) {faiss:8.1f} s, "
        f"{2 * build:.1f} s of it for building; ours is {faiss / ours:.1f}x as fast; peak {peak()}"
    )


def growth(counts: list[int]) -> None:
    """Seconds by size, and what their power law says of a million."""
    print("growth of the approximate search")
    points = []
    for count in counts:
        both = heaps(count)
        seconds, searched = timed(
            partial(find_neighbours, both.left, both.right, APPROXIMATE, ALONE)
        )
        recall = both.recall(mined(searched))
        probes = searched.facts.get("probes")
        print(
            f"  {count:>9,}  {seconds:8.1f} s  {probes} probes  mining recall {recall:.4f}  "
            f"peak {peak()}",
            flush=True,
        )
        points.append((count, seconds))
        if len(points) == 3:  # noqa: PLR2004 - the fit's
            sizes, times = np.log(np.array(points)).T
            slope, start = np.polyfit(sizes, times, 1)
            million = math.exp(start + slope * math.log(1e6))
            print(
                f"  fit: {math.exp(start):.3g} * rows ** {slope:.2f}; at 1,000,000: {million:.0f} s"
            )


def main() -> None:
    """Print the table that was asked for."""
    name, *counts = sys.argv[1:]
    if name == "growth":
        growth([int(count) for count in counts])
    else:
        {"exact": exact, "recipes": recipes, "approximate": approximate}[name](int(counts[0]))


if __name__ == "__main__":
    main()
