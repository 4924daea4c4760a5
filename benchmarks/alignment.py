"""Sentence alignment: accuracy on real gold, and growth of time and memory on synthetic gold.

Run from the project's root: `OMP_NUM_THREADS=1 python -m benchmarks.alignment`. One thread, because
the products are small and threads only wait for one another.
"""

import math
import time
import tracemalloc

from benchmarks.synthetic_documents import synthetic_pair
from pipeline.alignment.commands.align import align_texts, read_lines
from pipeline.alignment.sentences.length_baseline import length_baseline
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.encoders import load_encoder
from pipeline.evaluation.measures.bead_scores import Bead, bead_f1_interval, bead_scores
from pipeline.parameters import AlignmentParams
from pipeline.settings import test_data
from pipeline.text import beads as alignment_beads
from pipeline.text.beads import parse_bead

SEED = 13
PARAMS = AlignmentParams()


def accuracy_row(name: str, predicted: list[Bead], gold: list[Bead]) -> str:
    """One line of the table of accuracies."""
    scores = bead_scores(predicted, gold)
    interval = bead_f1_interval([(predicted, gold)], seed=SEED)
    return (
        f"{name:<24} {scores.strict.precision:.3f} {scores.strict.recall:.3f} "
        f"{scores.strict.f1:.3f} [{interval.ci_low:.3f}, {interval.ci_high:.3f}] "
        f"{scores.lax.f1:.3f} {scores.n:>5}"
    )


def real_gold() -> None:
    """Text+Berg's development article, German-French, on which the weights were fitted."""
    folder = test_data() / "textberg"
    german, french = read_lines(folder / "dev.de"), read_lines(folder / "dev.fr")
    gold = [pair(parse_bead(line)) for line in read_lines(folder / "dev.defr")]
    encoder = load_encoder("embedded:e5-small")
    aligned = align_texts(("deu_Latn", german), ("fra_Latn", french), encoder, PARAMS)
    by_length = length_baseline([*map(len, german)], [*map(len, french)])
    print("Text+Berg dev            P     R     strict F1            lax F1  beads")
    for name, beads in (("embeddings", aligned), ("length (Gale-Church)", by_length)):
        print(accuracy_row(name, [pair(bead) for bead in beads], gold))


def growth() -> None:
    """Documents that double twice, then one with a missing chapter."""
    print("\nsynthetic, beads   seconds  MB over inputs  strict F1  exponent of time")
    before: tuple[int, float] | None = None
    for beads, hole in ((2_000, 0), (8_000, 0), (32_000, 0), (8_000, 2_000)):
        documents = synthetic_pair(beads, SEED, hole=hole)
        start = time.perf_counter()
        aligned = align_sentences(documents.source, documents.target, PARAMS)
        seconds = time.perf_counter() - start
        tracemalloc.start()
        align_sentences(documents.source, documents.target, PARAMS)
        megabytes = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        score = bead_scores([pair(bead) for bead in aligned], documents.gold).strict.f1
        exponent = ""
        if before and not hole:
            exponent = f"{math.log(seconds / before[1]) / math.log(beads / before[0]):.2f}"
        label = f"{beads} hole of {hole}" if hole else str(beads)
        print(f"{label:<18} {seconds:>7.2f} {megabytes:>15.0f} {score:>10.4f}  {exponent}")
        before = (beads, seconds)


def pair(bead: alignment_beads.Bead) -> Bead:
    """A bead as the scorer takes it."""
    return bead.source, bead.target


if __name__ == "__main__":
    real_gold()
    growth()
