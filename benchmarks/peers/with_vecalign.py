"""Vecalign's algorithm (Thompson & Koehn 2019), as the packages sentweave and sentalign have it.

Run in their environment: `python -m benchmarks.peers.with_vecalign sentweave raw JOBS`.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.peers.harness import (
    Beads,
    Documents,
    Vectors,
    arguments,
    block_vectors,
    centred,
    serve,
)

_FUNCTIONS = {"sentweave": "align", "sentalign": "sentalign"}
_MOST_SENTENCES = 5  # of both sides together in a bead; as good as more on Text+Berg, and faster


class _GivenLayers:
    """An encoder that hands out vectors it has: one layer a call, the source's first."""

    def __init__(self, layers: Iterator[Vectors]) -> None:
        self._layers = layers

    def encode(self, sentences: Sequence[str]) -> Vectors:
        del sentences
        return next(self._layers)


def main() -> None:
    """Serve the jobs of the command line."""
    package, space, *paths = arguments()
    function: Callable[..., Any] = getattr(importlib.import_module(package), _FUNCTIONS[package])

    def prepare(documents: Documents) -> tuple[Documents, list[Vectors]]:
        used = centred(documents) if space == "centred" else documents
        layers = [block_vectors(side, _MOST_SENTENCES) for side in (used.source, used.target)]
        return used, layers

    def align(prepared: tuple[Documents, list[Vectors]]) -> Beads:
        documents, sides = prepared
        encoder = _GivenLayers(layer for layers in sides for layer in layers)
        texts = documents.source.texts, documents.target.texts
        found = function(*texts, encoder, alignment_max_size=_MOST_SENTENCES)
        return [(bead.src_indices, bead.tgt_indices) for bead in found.alignments]

    serve(prepare, align, paths)


if __name__ == "__main__":
    main()
