"""How seconds and memory of aligners grow with synthetic documents whose beads are known."""

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import shorten

import numpy as np

from benchmarks.peers.harness import Documents, Side, write_documents
from benchmarks.peers.registry import GROWING, Peer, run_peer
from benchmarks.synthetic_documents import SyntheticPair, synthetic_pair
from pipeline.alignment.sentences.sides import DocumentSide
from pipeline.evaluation.measures.bead_scores import bead_scores

SEED = 13

_HEAD = """# Growth of aligners

`python -m benchmarks.aligners --growth {sizes}`: synthetic documents, 384 dimensions; 85 % of the \
beads are 1-1, in the others one sentence is two or none. Seconds are the processor's, on one \
thread. Memory is what a call takes over its input, which for aligners that want vectors of blocks \
holds these too. The exponent is that of time from the size before.

| aligner | beads | seconds | exponent | MB over its input | strict F1 |
| --- | --- | --- | --- | --- | --- |"""


def growth_table(sizes: Sequence[int], environments: Path, place: Path) -> str:
    """A row for each aligner and size; every aligner in a fresh process for each.

    Args:
        sizes: beads of the documents, ascending.
        environments: what `make peers` built.
        place: an empty folder for documents and answers.
    """
    pairs = {size: synthetic_pair(size, SEED) for size in sizes}
    for size, pair in pairs.items():
        write_documents(
            place / f"{size}.npz", Documents(_with_texts(pair.source), _with_texts(pair.target))
        )
    lines = [_HEAD.format(sizes=" ".join(map(str, sizes)))]
    for peer in GROWING:
        print(peer.name, file=sys.stderr)
        lines += _rows(peer, pairs, environments, place)
    return "\n".join(lines) + "\n"


def _rows(
    peer: Peer, pairs: dict[int, SyntheticPair], environments: Path, place: Path
) -> Iterator[str]:
    before: tuple[int, float] | None = None
    for size, pair in pairs.items():
        if size > peer.most_beads:
            yield f"| {peer.name} | {size:,} | | | more than this machine holds | |"
            continue
        jobs = [(place / f"{size}.npz", place / f"{size}.json")]
        (answer,) = run_peer(peer, jobs, environments)
        if "error" in answer:
            yield f"| {peer.name} | {size:,} | | | {shorten(answer['error'], 80)} | |"
            continue
        seconds = answer["cpu_seconds"]
        exponent = ""
        if before:
            exponent = f"{math.log(seconds / before[1]) / math.log(size / before[0]):.2f}"
        before = (size, seconds)
        beads = [(tuple(source), tuple(target)) for source, target in answer["beads"]]
        score = bead_scores(beads, pair.gold).strict.f1
        megabytes = answer["peak_bytes"] / 1e6
        cells = [f"{size:,}", f"{seconds:.2f}", exponent, f"{megabytes:,.0f}", f"{score:.3f}"]
        yield f"| {peer.name} | {' | '.join(cells)} |"


def _with_texts(side: DocumentSide) -> Side:
    """Texts of the right lengths that say nothing, for aligners that count letters."""
    counts = np.maximum(1, np.rint(side.lengths)).astype(int).tolist()
    return Side(["x" * count for count in counts], side.vectors)
