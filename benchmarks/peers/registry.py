"""The aligners that are compared, and how each is run on given documents."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.settings import project_root

_ONE_THREAD = [
    f"{library}_NUM_THREADS=1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")
]  # threads would wait for one another on products as small as these


@dataclass(frozen=True)
class Peer:
    """An aligner.

    Attributes:
        name: in tables.
        command: module of `benchmarks.peers` and what it is told.
        environment: folder of `.peers/` that it runs in; empty for the project's own.
        most_beads: longer synthetic documents would take more memory than a laptop has.
    """

    name: str
    command: tuple[str, ...]
    environment: str = ""
    most_beads: int = 32_000


OURS = Peer("Dutar", ("with_dutar", "embeddings"))
PEERS = (
    OURS,
    Peer("bertalign 2.0.1, centred", ("with_bertalign", "centred"), "bertalign"),
    Peer("bertalign 2.0.1", ("with_bertalign", "raw"), "bertalign"),
    Peer("sentweave 0.3.3 (Vecalign)", ("with_vecalign", "sentweave", "raw"), "vecalign"),
    Peer(
        "sentweave 0.3.3, centred",
        ("with_vecalign", "sentweave", "centred"),
        "vecalign",
    ),
    Peer("sentalign 0.3.0 (Vecalign)", ("with_vecalign", "sentalign", "raw"), "vecalign"),
    Peer("LASER margin, mutual best", ("with_margin", "laser", "raw"), most_beads=8_000),
    Peer(
        "margin, greedy (sentence-transformers)", ("with_margin", "greedy", "raw"), most_beads=8_000
    ),
    Peer("galechurch 0.1.0, length only", ("with_galechurch",), "galechurch"),
    Peer("Dutar, length only", ("with_dutar", "length")),
)
"""Ours first, then the others."""

GROWING = [peer for peer in PEERS if not {"centred", "sentalign"} & {*peer.command}]
"""One for each algorithm: centring costs next to nothing, and sentalign is sentweave's twin."""


def python_of(peer: Peer, environments: Path) -> Path | None:
    """The interpreter that runs a peer; None where its environment is not built, or not whole."""
    if not peer.environment:
        return Path(sys.executable)
    folder = environments / peer.environment
    is_whole = any(folder.glob(".installed-*"))  # left by scripts/peers.sh at the very end
    return folder / "bin" / "python" if is_whole else None


def run_peer(
    peer: Peer, jobs: Sequence[tuple[Path, Path]], environments: Path
) -> list[dict[str, Any]]:
    """Answers of a peer, each with beads, seconds and peak_bytes, or with an error.

    Args:
        peer: what is run, in a process of its own and on one thread.
        jobs: documents as `write_documents` wrote them, and where the answer shall lie.
        environments: what `make peers` built.
    """
    python = python_of(peer, environments)
    if python is None:
        return [{"error": "not installed"} for _ in jobs]
    module, *told = peer.command
    paths = [str(path.resolve()) for job in jobs for path in job]
    for _, answer in jobs:
        answer.unlink(missing_ok=True)
    done = subprocess.run(
        ["env", *_ONE_THREAD, str(python), "-m", f"benchmarks.peers.{module}", *told, *paths],
        cwd=project_root(),
        capture_output=True,
        text=True,
        check=False,
    )
    return [_answer(answer, done) for _, answer in jobs]


def _answer(path: Path, done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    lines = done.stderr.strip().splitlines() or ["no message"]
    return {"error": f"ended with status {done.returncode}: {lines[-1]}"}
