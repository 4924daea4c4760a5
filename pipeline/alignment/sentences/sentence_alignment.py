"""Sentence alignment of two documents: a monotone cover by beads, in linear time and memory.

Pure and deterministic. Two passes: anchors show where the documents run together, and dynamic
programming finds the best cover in a narrow corridor along them.
"""

from pipeline.alignment.sentences.anchors import find_anchors
from pipeline.alignment.sentences.bead_scoring import EmbeddingScores
from pipeline.alignment.sentences.corridor import corridor_along
from pipeline.alignment.sentences.dynamic_programming import best_cover
from pipeline.alignment.sentences.sides import DocumentSide
from pipeline.parameters import AlignmentParams
from pipeline.text.beads import Bead


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
    anchors = find_anchors(source.vectors, target.vectors)
    width = 2 * params.band_sentences + 1
    corridor = corridor_along(anchors, len(source), len(target), width)
    scores = EmbeddingScores(source, target, params)
    return best_cover(corridor, scores.shapes, scores)
