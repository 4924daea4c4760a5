"""Our own aligners, in the same harness as the others.

`embeddings`: the pipeline's. `length`: its baseline, which sees lengths only.
Run from the project's root: `python -m benchmarks.peers.with_dutar embeddings JOBS`.
"""

from collections.abc import Iterable

from benchmarks.peers.harness import Beads, Documents, arguments, serve
from pipeline.alignment.sentences.length_baseline import length_baseline
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import describe_side
from pipeline.parameters import AlignmentParams
from pipeline.text.beads import Bead


def by_embeddings(documents: Documents) -> Beads:
    """Beads of the pipeline's aligner, from given vectors."""
    sides = [
        describe_side(side.texts, side.vectors) for side in (documents.source, documents.target)
    ]
    return _plain(align_sentences(sides[0], sides[1], AlignmentParams()))


def by_length(documents: Documents) -> Beads:
    """Beads of the baseline."""
    lengths = [[len(text) for text in side.texts] for side in (documents.source, documents.target)]
    return _plain(length_baseline(*lengths))


def _plain(beads: Iterable[Bead]) -> Beads:
    return [([*bead.source], [*bead.target]) for bead in beads]


_ALIGNERS = {"embeddings": by_embeddings, "length": by_length}

if __name__ == "__main__":
    chosen, *jobs = arguments()
    serve(lambda documents: documents, _ALIGNERS[chosen], jobs)
