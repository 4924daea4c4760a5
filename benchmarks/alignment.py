"""Sentence alignment as documents grow: time, memory and accuracy on synthetic gold.

Run from the project's root, with one thread, for the products are small and threads only wait for
one another: `OMP_NUM_THREADS=1 python -m benchmarks.alignment [BEADS ...]`. Seconds are the
processor's; memory is what describing and aligning two documents takes over their vectors. Beside
other aligners: `python -m benchmarks.aligners`.
"""

import math
import sys
import time
import tracemalloc
from collections.abc import Sequence

from benchmarks.synthetic_documents import SyntheticPair, synthetic_pair
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import DocumentSide, describe_side
from pipeline.evaluation.measures.bead_scores import bead_scores
from pipeline.parameters import AlignmentParams
from pipeline.text.beads import Bead

SEED = 13
PARAMS = AlignmentParams()
SIZES = (2_000, 8_000, 32_000, 128_000)
HOLE = 2_000
MOST_TRACED = 32_000  # tracing allocations makes larger ones slow


def aligned(documents: SyntheticPair) -> list[Bead]:
    """Describe and align, from vectors and texts of the right lengths."""
    return align_sentences(_described(documents.source), _described(documents.target), PARAMS)


def _described(side: DocumentSide) -> DocumentSide:
    return describe_side(["-" * int(length) for length in side.lengths], side.vectors)


def measured(beads: int, hole: int = 0) -> tuple[float, str]:
    """Seconds, and a line of the table."""
    documents = synthetic_pair(beads, SEED, hole=hole)
    start = time.process_time()
    found = aligned(documents)
    seconds = time.process_time() - start
    memory = "-"
    if beads <= MOST_TRACED:
        tracemalloc.start()
        aligned(documents)
        memory = f"{tracemalloc.get_traced_memory()[1] / 1e6:.0f}"
        tracemalloc.stop()
    strict = bead_scores([(bead.source, bead.target) for bead in found], documents.gold).strict.f1
    label = f"{beads:,}" + (f", hole of {hole:,}" if hole else "")
    return seconds, f"{label:<22} {seconds:>8.2f} {memory:>16} {strict:>10.4f}"


def main(sizes: Sequence[int]) -> None:
    """Documents that grow, then one with a missing chapter."""
    print("beads                   seconds   MB over vectors  strict F1  exponent of time")
    times: list[float] = []
    for beads in sizes:
        seconds, line = measured(beads)
        exponent = ""
        if times:
            growth = math.log(seconds / times[-1]) / math.log(beads / sizes[len(times) - 1])
            exponent = f"{growth:.2f}"
        times.append(seconds)
        print(f"{line}  {exponent}", flush=True)
    if len(times) > 1:
        overall = math.log(times[-1] / times[0]) / math.log(sizes[-1] / sizes[0])
        print(f"exponent from {sizes[0]:,} to {sizes[-1]:,}: {overall:.2f}")
    print(measured(sizes[min(1, len(sizes) - 1)], HOLE)[1])


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
