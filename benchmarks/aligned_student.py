"""What one round of distillation on aligned pairs gives back to the aligner that made them.

The encoder aligns the Turkmen standards service's laws and pages with their Russian and English;
from the beads, the titles of standards and short strings a student is taught, one epoch, and scored
on FLORES dev, of which it has seen nothing: retrieval, and strict F1 of hard documents. Beside them
the same hard documents in English and Russian, which the encoder knows well. Run from the project's
root; the first run takes half an hour of a processor:
`OMP_NUM_THREADS=1 python -m benchmarks.aligned_student FOLDER`.
"""

import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.contamination_plants import flores
from benchmarks.hard_documents import (
    DISTURBANCES,
    SEED,
    AlignmentSet,
    set_vectors,
    standards_documents,
)
from pipeline.alignment.commands.align import align_texts
from pipeline.alignment.sentences.disturbed_documents import disturbed_documents
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import describe_side
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.trainer import train
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder, resolve_model_folder
from pipeline.evaluation.measures.bead_scores import bead_f1_interval
from pipeline.parameters import AlignmentParams, DistillationParams
from pipeline.settings import embedding_cache, test_data
from pipeline.statistics import wilson
from pipeline.text.lines import read_lines

START = "embedded:e5-small"
TURKMEN, ENGLISH, RUSSIAN = "tuk_Latn", "eng_Latn", "rus_Cyrl"
PIVOTS = {"ru": RUSSIAN, "en": ENGLISH}
LEAST_SCORE = 0.1  # of a bead that teaches
MOST_CHARACTERS = 600
SHORT_STRINGS = 3000
RETAINED = 150
PARAMS = DistillationParams(
    epochs=1, max_tokens=48, ranking_weight=1, learning_rate=1e-4, balance=0.8,
    retention_fraction=0.15,
)  # fmt: skip

Lesson = tuple[str, str, str]
"""Turkmen, its counterpart, and the code of the counterpart's language."""


def aligned_lessons(encoder: Encoder) -> Iterator[Lesson]:
    """Beads of laws and pages that are not too doubtful."""
    folder = test_data() / "tds_gov_tm" / "text"
    for document in standards_documents():
        lines = {
            name: [line for line in read_lines(folder / f"{document}.{name}.txt") if line.strip()]
            for name in ("tm", *PIVOTS)
        }
        for name, code in PIVOTS.items():
            texts = (TURKMEN, lines["tm"]), (code, lines[name])
            for bead in align_texts(*texts, encoder, AlignmentParams()):
                if bead.source and bead.target and bead.score > LEAST_SCORE:
                    source = " ".join(lines["tm"][row] for row in bead.source)
                    yield source, " ".join(lines[name][row] for row in bead.target), code


def listed_lessons(path: Path, focus: str, pivots: dict[str, str]) -> Iterator[Lesson]:
    """Pairs of a table with a column for each language."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            for name, code in pivots.items():
                if row.get(focus) and row.get(name) and row[focus] != row[name]:
                    yield row[focus], row[name], code


def lessons(encoder: Encoder) -> list[Lesson]:
    """All that the student is taught, shuffled."""
    found = {*aligned_lessons(encoder)}
    found |= {*listed_lessons(test_data() / "tds_gov_tm" / "standards_titles.tsv", "tm", PIVOTS)}
    phrases = test_data() / "turkmen_phrasebook" / "tuk-rus.tsv"
    short = {*listed_lessons(phrases, "tuk", {"rus": RUSSIAN})}
    for name in ("ui_strings/django_5.1.4", "ui_strings/laravel_lang", "cldr_lexicon/languages",
                 "cldr_lexicon/territories"):  # fmt: skip
        short |= {*listed_lessons(test_data() / f"{name}.tsv", "tk", PIVOTS)}
    generator = random.Random(SEED)  # noqa: S311 - not for secrets
    chosen = [*sorted(found), *generator.sample(sorted(short), min(SHORT_STRINGS, len(short)))]
    chosen = [lesson for lesson in chosen if len(lesson[0]) < MOST_CHARACTERS]
    generator.shuffle(chosen)
    return chosen


def teach(taught: list[Lesson], teacher: Encoder, folder: Path) -> Path:
    """Train the student, or take up where a run before was."""
    vectors = np.empty((len(taught), teacher.dimension), dtype=np.float32)
    retained = []
    for code in PIVOTS.values():
        rows = [row for row, lesson in enumerate(taught) if lesson[2] == code]
        texts = [taught[row][1] for row in rows]
        vectors[rows] = teacher.encode(texts, language=code)
        retained.append(texts[:RETAINED])
    sources, targets, _ = zip(*taught, strict=True)
    start = resolve_model_folder(START)
    job = TrainingJob(start, sources, targets, vectors, PARAMS, retained_texts=retained)
    student = folder / "student"
    if not student.exists():
        train(job, student, folder / "checkpoint.pt")
    return student


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


def main(folder: Path) -> None:
    """Teach in `folder` and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = EmbeddingCache(embedding_cache())
    encoder = load_encoder(START, cache=cache)
    taught = lessons(encoder)
    print(f"{len(taught)} pairs")
    student = load_encoder(str(teach(taught, encoder, folder)), cache=cache)
    report("start", encoder, (ENGLISH, RUSSIAN))
    for pivot in (RUSSIAN, ENGLISH):
        report("start", encoder, (TURKMEN, pivot))
        report("student", student, (TURKMEN, pivot))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
