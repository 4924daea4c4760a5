"""Bertalign (Liu & Zhu 2022), which is GPL-3.0: run as a program apart, by its public class.

Run in its environment: `python -m benchmarks.peers.with_bertalign raw JOBS`.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from bertalign.aligner import Bertalign
from bertalign.encoder import Encoder

from benchmarks.peers.harness import (
    Documents,
    Side,
    Vectors,
    arguments,
    block_vectors,
    centred,
    serve,
)

_MOST_SENTENCES = 5  # of both sides together in a bead; its default
_Layers = tuple[Vectors, npt.NDArray[np.int64]]


class _GivenVectors(Encoder):
    """An encoder that hands out vectors and lengths it has, the source's first."""

    def __init__(self, sides: Iterator[_Layers]) -> None:
        self.model_name = "given vectors"
        self._sides = sides

    def transform(self, sents: Iterable[str], num_overlaps: int) -> _Layers:
        del sents, num_overlaps
        return next(self._sides)


def main() -> None:
    """Serve the jobs of the command line."""
    space, *paths = arguments()

    def prepare(documents: Documents) -> Bertalign:
        used = centred(documents) if space == "centred" else documents
        sides = (used.source, used.target)
        # it drops blank lines and wants a language it knows; vectors and lengths are given anyhow
        lines = ["\n".join(["This is a sentence of English."] * len(s.texts)) for s in sides]
        return Bertalign(
            *lines,
            max_align=_MOST_SENTENCES,
            is_split=True,
            model=_GivenVectors(_layers(side) for side in sides),
        )

    serve(prepare, Bertalign.align_sents, paths)


def _layers(side: Side) -> _Layers:
    """Vectors and UTF-8 lengths of all runs of up to four sentences."""
    most = _MOST_SENTENCES - 1
    ends = np.cumsum([0, *(len(text.encode()) + 1 for text in side.texts)])
    lengths = np.full((most, len(side.texts)), len("PAD"), np.int64)
    for layer in range(most):
        lengths[layer, layer:] = (ends[layer + 1 :] - ends[: -layer - 1]) - 1
    return block_vectors(side, most), lengths


if __name__ == "__main__":
    main()
