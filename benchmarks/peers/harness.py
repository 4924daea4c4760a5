"""What every aligner is run in: a process of its own, files in, files out.

Runs in the environments of other people's aligners too, so it needs nothing but numpy. A job is a
pair of paths: documents come as `.npz`, beads go out as JSON with the seconds and the memory that
they took. One process does many jobs, for some aligners take seconds to be imported.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Beads = list[tuple[list[int], list[int]]]

_WARM_UP_SENTENCES = 40
_Prepared = TypeVar("_Prepared")


@dataclass(frozen=True)
class Side:
    """One document: n sentences in reading order and their (n, d) float32 vectors."""

    texts: list[str]
    vectors: Vectors


@dataclass(frozen=True)
class Documents:
    """What an aligner is given."""

    source: Side
    target: Side


def write_documents(path: Path, documents: Documents) -> None:
    """Write documents for `serve`; texts as JSON, for numpy would pad them to equal lengths."""
    content: dict[str, Any] = {}
    for name, side in (("source", documents.source), ("target", documents.target)):
        content[f"{name}_vectors"] = side.vectors
        content[f"{name}_texts"] = np.frombuffer(json.dumps(side.texts).encode(), np.uint8)
    np.savez(path, **content)


def read_documents(path: Path) -> Documents:
    """Read what `write_documents` wrote."""
    with np.load(path) as file:
        sides = [
            Side(json.loads(file[f"{name}_texts"].tobytes()), file[f"{name}_vectors"])
            for name in ("source", "target")
        ]
    return Documents(*sides)


def serve(
    prepare: Callable[[Documents], _Prepared],
    align: Callable[[_Prepared], Beads],
    paths: list[str],
) -> None:
    """Do jobs; what an aligner refuses is written down as its error.

    Args:
        prepare: makes the aligner's own input, such as vectors of blocks; not timed.
        align: timed. It is called on the beginnings first, so that nothing is compiled later.
        paths: of documents and of answers, in turn.
    """
    for question, answer in zip(paths[::2], paths[1::2], strict=True):
        documents = read_documents(Path(question))
        try:
            align(prepare(_beginnings(documents)))
            found = _timed(align, prepare(documents))
        except Exception as error:  # noqa: BLE001 - other people's programs may raise anything
            found = {"error": f"{type(error).__name__}: {error}"}
        Path(answer).write_text(json.dumps(found), encoding="utf-8")


def centred(documents: Documents) -> Documents:
    """Each side's vectors less their mean, of unit length again."""
    return Documents(*(_centred(side) for side in (documents.source, documents.target)))


def block_vectors(side: Side, most: int) -> Vectors:
    """Vectors of all runs of neighbouring sentences: means, weighted by characters.

    Returns:
        (most, n, d) unit rows: at [k - 1, i] that of the k sentences that end with sentence i; zero
        where there are not so many.
    """
    weights = np.array([max(1, len(text)) for text in side.texts], np.float32)[:, None]
    weighted = side.vectors * weights
    blocks = np.zeros((most, *side.vectors.shape), np.float32)
    for layer in range(min(most, len(weighted))):
        if layer:
            blocks[layer, layer:] = blocks[layer - 1, layer - 1 : -1] + weighted[layer:]
        else:
            blocks[0] = weighted
    norms = np.linalg.norm(blocks, axis=2, keepdims=True)
    return np.asarray(blocks / np.maximum(norms, 1e-12), np.float32)


def _centred(side: Side) -> Side:
    vectors = side.vectors - side.vectors.mean(axis=0)
    return Side(side.texts, vectors / np.maximum(np.linalg.norm(vectors, axis=1)[:, None], 1e-12))


def _beginnings(documents: Documents) -> Documents:
    few = slice(_WARM_UP_SENTENCES)
    return Documents(
        *(Side(s.texts[few], s.vectors[few]) for s in (documents.source, documents.target))
    )


def _timed(align: Callable[[_Prepared], Beads], prepared: _Prepared) -> dict[str, Any]:
    before = _reset_peak_bytes()
    start, start_cpu = time.perf_counter(), time.process_time()
    beads = align(prepared)
    return {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - start_cpu,
        "peak_bytes": _memory_bytes("VmHWM") - before,
        "beads": [[[*map(int, source)], [*map(int, target)]] for source, target in beads],
    }


def _reset_peak_bytes() -> int:
    """Let Linux count the peak anew from here; returns the memory in use."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory_bytes("VmRSS")


def _memory_bytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def arguments() -> list[str]:
    """What stands behind the module's name on the command line."""
    return sys.argv[1:]
