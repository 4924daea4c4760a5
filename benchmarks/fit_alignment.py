"""Fits the weights of sentence alignment, and says what they are worth where they were not fitted.

Coordinate descent on the mean strict F1 of three corpora: Text+Berg's development article, hard
documents of FLORES dev and of the Turkmen standards service, and one synthetic pair. They are
drawn with other seeds than those that `benchmarks.aligners` scores. Then each corpus is left out in
turn and scored with weights fitted on the others. Run from the project's root; takes half an hour:
`OMP_NUM_THREADS=1 python -m benchmarks.fit_alignment`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.hard_documents import alignment_sets, set_vectors
from benchmarks.synthetic_documents import synthetic_pair
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import DocumentSide, describe_side
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.evaluation.measures.bead_scores import Bead, bead_scores
from pipeline.parameters import AlignmentParams
from pipeline.settings import embedding_cache

SEED = 1
ROUNDS = 2
LEAST_GAIN = 2e-4
STEPS: Mapping[str, Sequence[float]] = {
    "size_penalty": (-0.01, 0.01, 0.02),
    "part_weight": (-0.07, 0.07),
    "spelling_weight": (-0.1, 0.15),
    "length_weight": (-0.05, 0.05),
    "merge_penalty": (-0.025, 0.025),
    "neighbour_weight": (-0.1, 0.1),
    "number_weight": (-0.1, 0.1),
    "skip_scale": (-0.015, 0.015),
    "neutral_skip_fraction": (-0.02, 0.02),
}
ENDINGS = ("textberg-dev", "d10-c0", "d05-c0", "d10-c3")


class Example(NamedTuple):
    """Two documents, what joins them, and the corpus they are of."""

    corpus: str
    source: DocumentSide
    target: DocumentSide
    gold: Sequence[Bead]


def examples() -> Iterator[Example]:
    """All documents, each sentence encoded once."""
    encoder = load_encoder("embedded:e5-small", cache=EmbeddingCache(embedding_cache()))
    for one in alignment_sets(SEED):
        if one.name.endswith(ENDINGS):
            sources, targets = set_vectors(one, encoder)
            sides = describe_side(one.sources, sources), describe_side(one.targets, targets)
            yield Example(one.name.split("-")[0], *sides, one.gold)
    made = synthetic_pair(900, SEED)
    yield Example("synthetic", made.source, made.target, made.gold)


def mean_f1(params: AlignmentParams, documents: Sequence[Example]) -> float:
    """Mean over corpora of the mean strict F1 of their documents."""
    scores: dict[str, list[float]] = {}
    for one in documents:
        aligned = align_sentences(one.source, one.target, params)
        beads = [(bead.source, bead.target) for bead in aligned]
        scores.setdefault(one.corpus, []).append(bead_scores(beads, one.gold).strict.f1)
    return float(np.mean([np.mean(values) for values in scores.values()]))


def fitted(documents: Sequence[Example]) -> AlignmentParams:
    """The weights at a local maximum, from the defaults on."""
    params = AlignmentParams()
    best = mean_f1(params, documents)
    for _ in range(ROUNDS):
        before = best
        for name, steps in STEPS.items():
            for step in steps:
                moved = {name: max(getattr(params, name) + step, 1e-6)}
                tried = params.model_copy(update=moved)
                score = mean_f1(tried, documents)
                if score > best + LEAST_GAIN:
                    params, best = tried, score
        if best == before:
            break
    return params


def main() -> None:
    """Print the fitted weights, then each corpus' score with the weights of the others."""
    documents = [*examples()]
    params = fitted(documents)
    weights = {name: round(getattr(params, name), 4) for name in STEPS}
    print(f"fitted on all: {mean_f1(params, documents):.4f} {weights}")
    for corpus in dict.fromkeys(one.corpus for one in documents):
        others = [one for one in documents if one.corpus != corpus]
        own = [one for one in documents if one.corpus == corpus]
        inside, outside = mean_f1(params, own), mean_f1(fitted(others), own)
        print(f"{corpus:<10} strict F1 {inside:.4f}, with weights of the others {outside:.4f}")


if __name__ == "__main__":
    main()
