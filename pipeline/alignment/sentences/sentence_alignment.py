"""Sentence alignment of two documents: a monotone cover by beads, in linear time and memory.

Pure and deterministic. Anchors show where the documents run together, and dynamic programming finds
the best cover in a narrow corridor along them. How readily a sentence is left alone depends on how
often that happens in these two documents, which is learnt from one cover for the next.
"""

import math
from collections.abc import Sequence
from itertools import groupby

from pipeline.alignment.sentences.anchors import find_anchors
from pipeline.alignment.sentences.bead_scoring import EmbeddingScores
from pipeline.alignment.sentences.corridor import Corridor, corridor_along
from pipeline.alignment.sentences.dynamic_programming import best_cover
from pipeline.alignment.sentences.sides import DocumentSide
from pipeline.parameters import AlignmentParams
from pipeline.text.beads import Bead

_COVERS = 3  # a fourth changes nothing any more
_EXPECTED_SKIPS = 0.075  # of all sentences, before anything is known
_SENTENCES_OF_EXPECTATION = 20  # that the expectation weighs as much as
_LONGEST_RUN = 5  # of sentences left alone, that tells of the documents' habits
_FEWEST_SKIPS, _MOST_SKIPS = 0.004, 0.4


def align_sentences(
    source: DocumentSide, target: DocumentSide, params: AlignmentParams
) -> list[Bead]:
    """Align two documents.

    Args:
        source: the n sentences of one side, see `describe_side`.
        target: the m sentences of the other; vectors of the same encoder.
        params: weights and widths.

    Returns:
        Beads in ascending order that hold every sentence of both sides exactly once. Of equally
        good covers the one whose last beads are smallest is returned, see `bead_shapes`.
    """
    count = len(source), len(target)
    anchors = find_anchors(source.vectors, target.vectors)
    corridor = corridor_along(anchors, *count, 2 * params.band_sentences + 1)
    scores = EmbeddingScores(source, target, params)
    skipped = _EXPECTED_SKIPS
    beads: list[Bead] = []
    for _ in range(_COVERS):
        beads = best_cover(
            corridor, scores.shapes, scores.skipping_at(_skip_score(skipped, params))
        )
        skipped = _skipped_fraction(beads, sum(count))
        corridor = _along(beads, *count, params.band_sentences)
    return beads


def _skip_score(fraction: float, params: AlignmentParams) -> float:
    return params.skip_scale * math.log(fraction / params.neutral_skip_fraction)


def _skipped_fraction(beads: Sequence[Bead], sentence_count: int) -> float:
    """How often a sentence is left alone; a lost chapter is no habit and counts as a few."""
    runs = [
        sum(1 for _ in run)
        for is_skipped, run in groupby(beads, lambda bead: not (bead.source and bead.target))
        if is_skipped
    ]
    skips = sum(min(run, _LONGEST_RUN) for run in runs)
    seen = sentence_count - sum(runs) + skips
    expected = _EXPECTED_SKIPS * _SENTENCES_OF_EXPECTATION
    fraction = (skips + expected) / (seen + _SENTENCES_OF_EXPECTATION)
    return min(max(fraction, _FEWEST_SKIPS), _MOST_SKIPS)


def _along(beads: Sequence[Bead], source_count: int, target_count: int, width: int) -> Corridor:
    """A corridor around a cover."""
    ends = [
        (bead.source[-1] + 1, bead.target[-1] + 1) for bead in beads if bead.source and bead.target
    ]
    return corridor_along(ends, source_count, target_count, width)
