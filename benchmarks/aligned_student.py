"""What a student gives back to the aligner that made the pairs it was taught.

Of FLORES dev, of which the student has seen nothing: retrieval, and strict F1 of hard documents,
with the start model and with a student of `turkmen_student`. Beside them the same hard documents in
English and Russian, which the start knows well. Run from the project's root:
`OMP_NUM_THREADS=1 python -m benchmarks.aligned_student STUDENT`.
"""

import sys

import numpy as np

from benchmarks.contamination_plants import flores
from benchmarks.hard_documents import DISTURBANCES, SEED, AlignmentSet, set_vectors
from pipeline.alignment.sentences.disturbed_documents import disturbed_documents
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import describe_side
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.evaluation.measures.bead_scores import bead_f1_interval
from pipeline.parameters import AlignmentParams
from pipeline.settings import embedding_cache
from pipeline.statistics import wilson

START = "embedded:e5-small"
TURKMEN, ENGLISH, RUSSIAN = "tuk_Latn", "eng_Latn", "rus_Cyrl"


def report(name: str, encoder: Encoder, languages: tuple[str, str]) -> None:
    """Print what an encoder makes of FLORES dev in two languages."""
    bitext = [(row[languages[0]], row[languages[1]]) for row in flores()]
    plain = [source for source, _ in bitext], [target for _, target in bitext]
    hard = disturbed_documents(bitext, DISTURBANCES["d10-c0"], SEED)
    vectors = set_vectors(AlignmentSet(name, languages, *hard, plain=plain), encoder)
    sides = describe_side(hard.sources, vectors[0]), describe_side(hard.targets, vectors[1])
    found = align_sentences(*sides, AlignmentParams())
    beads = [(bead.source, bead.target) for bead in found]
    f1 = bead_f1_interval([(beads, hard.gold)], seed=SEED)
    left, right = (encoder.encode(p, language=c) for p, c in zip(plain, languages, strict=True))
    hits = int(((left @ right.T).argmax(axis=1) == np.arange(len(bitext))).sum())
    first = wilson(hits, len(bitext))
    print(
        f"{name:<10} {'-'.join(languages)}  P@1 {first.value:.3f} "
        f"[{first.ci_low:.3f}, {first.ci_high:.3f}] of {len(bitext)}, strict F1 {f1.value:.3f} "
        f"[{f1.ci_low:.3f}, {f1.ci_high:.3f}] of {len(hard.gold)} beads",
        flush=True,
    )


def main(student: str) -> None:
    """Print the table."""
    cache = EmbeddingCache(embedding_cache())
    encoders = {name: load_encoder(name, cache=cache) for name in (START, student)}
    report("start", encoders[START], (ENGLISH, RUSSIAN))
    for pivot in (RUSSIAN, ENGLISH):
        report("start", encoders[START], (TURKMEN, pivot))
        report("student", encoders[student], (TURKMEN, pivot))


if __name__ == "__main__":
    main(sys.argv[1])
