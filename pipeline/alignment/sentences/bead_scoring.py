"""How well a block of source sentences matches a block of target sentences.

Pure. Meaning, numbers and spelling are compared as bags of vectors, see `block_cosines`; lengths by
the log of their ratio.
"""

import numpy as np

from pipeline.alignment.sentences.block_cosines import BlockCosines, block_sums
from pipeline.alignment.sentences.dynamic_programming import BeadScores, Shape
from pipeline.alignment.sentences.sides import DocumentSide, FloatArray
from pipeline.alignment.sentences.spelling import weighted_by_rarity
from pipeline.parameters import AlignmentParams


def bead_shapes(max_bead_sentences: int) -> list[Shape]:
    """Two-sided shapes from small to large, even before uneven, then deletion and insertion.

    The order decides ties: an earlier shape wins.
    """
    counts = range(1, max_bead_sentences)
    shapes = [(a, b) for a in counts for b in counts if a + b <= max_bead_sentences]
    return [*sorted(shapes, key=lambda shape: (sum(shape), max(shape), shape)), (1, 0), (0, 1)]


class EmbeddingScores:
    """Scores beads by meaning, spelling, length and numbers.

    A two-sided bead of k sentences scores sqrt(k / 2) * s - p, where s is

        cosine of the blocks' meaning
        - neighbour_weight * its mean with the blocks before and after, on either side
        - part_weight * the least cosine of one of its sentences with the whole other block
        + spelling_weight * cosine of their trigrams
        + number_weight * (cosine of their numbers - one half)
        - length_weight * |log length ratio|

    The third line counts only in beads of more than two sentences and the fifth only if both blocks
    have numbers. p is merge_penalty for every sentence of the smaller side but one, and
    size_penalty for every one of the larger side but one. The root stands between a sum over beads,
    which splits wherever it can, and a sum over sentences, which swallows unrelated neighbours; the
    penalties answer that means of noisy vectors are closer than the vectors. The second line is the
    margin of Artetxe & Schwenk (2019) brought to documents: blocks that are as close to their
    neighbours' counterparts are no evidence.

    Attributes:
        shapes: what the layers are, in order.
    """

    def __init__(self, source: DocumentSide, target: DocumentSide, params: AlignmentParams) -> None:
        self.shapes = bead_shapes(params.max_bead_sentences)
        self._params = params
        self._two_sided = shapes = self.shapes[:-2]
        counts = np.array(shapes)
        self._reach = int(counts.max())
        self._meaning = BlockCosines(source.vectors, target.vectors, shapes)
        self._numbers = self._spelling = None
        if source.numbers.nnz and target.numbers.nnz:
            self._numbers = BlockCosines(source.numbers, target.numbers, shapes)
        spelling = weighted_by_rarity(source.spelling, target.spelling)
        if spelling[0].nnz:
            self._spelling = BlockCosines(*spelling, shapes)
        self._counts = counts.T - 1
        self._source_logs = _log_lengths(source.lengths, self._reach)
        self._target_logs = _log_lengths(target.lengths, self._reach)
        penalties = np.float32(params.merge_penalty) * (counts.min(axis=1) - 1)
        penalties += np.float32(params.size_penalty) * (counts.max(axis=1) - 1)
        self._penalties = penalties.astype(np.float32)[:, None, None]
        self._size_factors = np.sqrt(counts.sum(axis=1, dtype=np.float32) / 2)[:, None, None]

    def skipping_at(self, skip_score: float) -> BeadScores:
        """Scores of all shapes, where a sentence left alone has this score."""

        def scores(source: range, target: range) -> FloatArray:
            layers = np.full((len(self.shapes), len(source), len(target)), skip_score, np.float32)
            layers[:-2] = self._matches(source, target)
            return layers

        return scores

    def _matches(self, source: range, target: range) -> FloatArray:
        """Scores (shapes, len(source), len(target)) of two-sided beads that end at the nodes."""
        matches = self._meaning_in_context(source, target)
        if self._spelling is not None:
            likeness = self._spelling.cosines(source, target)
            matches += likeness * np.float32(self._params.spelling_weight)
        if self._numbers is not None:
            agreement = self._numbers.cosines(source, target)
            agreement -= self._numbers.presence(source, target) * np.float32(0.5)
            matches += agreement * np.float32(self._params.number_weight)
        matches -= self._length_penalties(source, target)
        matches *= self._size_factors
        matches -= self._penalties
        return matches

    def _meaning_in_context(self, source: range, target: range) -> FloatArray:
        """Cosines of blocks less what their neighbours and their own parts have of them."""
        nodes = self._meaning.node_counts
        reach = self._reach
        wide = [
            range(max(0, side.start - reach), min(count, side.stop + reach))
            for side, count in zip((source, target), nodes, strict=True)
        ]
        cosines = self._meaning.cosines(*wide)
        before = (source.start - reach - wide[0].start, target.start - reach - wide[1].start)
        after = (wide[0].stop - source.stop - reach, wide[1].stop - target.stop - reach)
        padding = [(-low, -high) for low, high in zip(before, after, strict=True)]
        around = np.pad(cosines, [(0, 0), *padding])
        size = len(source), len(target)

        def moved(layer: int, rows: int, columns: int) -> FloatArray:
            """The layer, for blocks that end so many sentences later."""
            top, left = reach + rows, reach + columns
            return np.asarray(around[layer, top : top + size[0], left : left + size[1]])

        number = {shape: layer for layer, shape in enumerate(self._two_sided)}
        matches = np.empty((len(number), *size), dtype=np.float32)
        for (a, b), layer in number.items():
            beside = moved(layer, -a, 0) + moved(layer, a, 0)
            beside += moved(layer, 0, -b) + moved(layer, 0, b)
            matches[layer] = moved(layer, 0, 0)
            matches[layer] -= beside * np.float32(self._params.neighbour_weight / 4)
            parts = [moved(number[1, b], -row, 0) for row in range(a) if a > 1]
            parts += [moved(number[a, 1], 0, -column) for column in range(b) if b > 1]
            if parts:
                least = np.minimum.reduce(parts)
                matches[layer] -= least * np.float32(self._params.part_weight)
        return matches

    def _length_penalties(self, source: range, target: range) -> FloatArray:
        left = self._source_logs[self._counts[0], source.start : source.stop]
        right = self._target_logs[self._counts[1], target.start : target.stop]
        ratios = np.abs(left[:, :, None] - right[:, None, :])
        return np.asarray(ratios * np.float32(self._params.length_weight))


def _log_lengths(lengths: FloatArray, reach: int) -> FloatArray:
    """(reach, n + 1) log of the characters in blocks; one is added for every sentence."""
    padded = np.pad(lengths + np.float32(1), (reach, 0))
    return np.log(np.maximum(block_sums(padded, reach), np.float32(1)))
