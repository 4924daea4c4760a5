"""Our aligner beside every other that installs, on the same vectors of the same sentences.

Run from the project's root, after `make peers`:

    python -m benchmarks.aligners                      accuracy, into results/aligners.md
    python -m benchmarks.aligners --vectors FOLDER     the same with a student's vectors
    python -m benchmarks.aligners --growth             seconds and memory of longer documents

Every sentence is encoded once; aligners that want vectors of blocks get weighted means. An aligner
that is not installed says so. Encoding the sets takes minutes the first time, and is remembered in
`DUTAR_EMBEDDINGS`.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks.aligner_growth import growth_table
from benchmarks.aligner_tables import Outcome, SetResult, accuracy_tables
from benchmarks.hard_documents import AlignmentSet, alignment_sets, set_vectors
from benchmarks.peers.harness import Documents, Side, write_documents
from benchmarks.peers.registry import PEERS, run_peer
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.settings import embedding_cache, project_root

_RESULTS = project_root() / "benchmarks" / "results"


def main() -> None:
    """Measure what the command line asks for, print it and keep it."""
    told = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if told.growth:
            text = growth_table(told.growth, told.peers, place)
        else:
            text = accuracy_tables([*_results(told, place)], _command(), _model(told.vectors))
    print(text)
    told.out.write_text(text, encoding="utf-8")


def _results(told: argparse.Namespace, place: Path) -> Iterator[SetResult]:
    encoder = load_encoder(_model(told.vectors), cache=EmbeddingCache(embedding_cache()))
    sets = [one for one in alignment_sets() if fnmatchcase(one.name, told.sets)]
    for one in sets:
        vectors = set_vectors(one, encoder)
        sides = [Side(*side) for side in zip((one.sources, one.targets), vectors, strict=True)]
        write_documents(place / f"{one.name}.npz", Documents(*sides))
        print(f"{one.name}: {len(one.sources)} x {len(one.targets)} sentences", file=sys.stderr)
    outcomes = [_outcomes(sets, number, told.peers, place) for number in range(len(PEERS))]
    for one, found in zip(sets, zip(*outcomes, strict=True), strict=True):
        yield SetResult(one.name, len(one.sources), len(one.targets), one.gold, found)


def _outcomes(
    sets: Sequence[AlignmentSet], number: int, environments: Path, place: Path
) -> list[Outcome]:
    peer = PEERS[number]
    print(peer.name, file=sys.stderr)
    jobs = [(place / f"{one.name}.npz", place / f"{one.name}.json") for one in sets]
    return [Outcome(peer.name, answer) for answer in run_peer(peer, jobs, environments)]


def _model(vectors: str) -> str:
    return "embedded:e5-small" if vectors == "e5" else vectors


def _command() -> str:
    return " ".join(["python -m benchmarks.aligners", *sys.argv[1:]])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Our aligner beside others, on the same vectors.")
    parser.add_argument("--vectors", default="e5", help="e5, or any name of an encoder")
    parser.add_argument("--sets", default="*", help="pattern, such as flores-tuk-rus-*")
    parser.add_argument("--peers", type=Path, default=project_root() / ".peers")
    parser.add_argument(
        "--growth", type=int, nargs="*", metavar="BEADS", help="of synthetic documents"
    )
    parser.add_argument("--out", type=Path, help="Markdown; default in benchmarks/results")
    told = parser.parse_args()
    if told.growth == []:
        told.growth = [500, 2_000, 8_000, 32_000]
    told.out = told.out or _RESULTS / ("aligner_growth.md" if told.growth else "aligners.md")
    return told


if __name__ == "__main__":
    main()
