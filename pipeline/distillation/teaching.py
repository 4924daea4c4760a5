"""From a start model and a corpus to a student: prune the vocabulary, then train.

The trainer runs in its own process; torch is not imported here.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa

from pipeline.distillation.lessons.teacher import retained_texts, training_pairs, training_targets
from pipeline.distillation.students.vocabulary import prune_vocabulary
from pipeline.distillation.training.job import TrainingJob, TrainingLog, read_log, write_log
from pipeline.distillation.training.process import train_in_process
from pipeline.parameters import DistillationParams, Objective
from pipeline.progress import Progress
from pipeline.tables import distinct_texts, identify
from pipeline.text.casing import capitalise
from pipeline.text.frequent_words import frequent_words

LOG_NAME = "training_log.json"
RETAINED_TEXT_COUNT = 200
"""Development texts, and words, of each pivot on which the student's retention is measured."""


@dataclass(frozen=True)
class Lesson:
    """All that decides a student.

    Attributes:
        start_folder: the model before.
        corpus: table of schema `PARALLEL_CORPUS`; its train split is learnt from.
        teacher_vectors: table of schema `TEACHER_EMBEDDINGS`, see `teacher_texts`.
        retained_words: by language, what the pruned vocabulary must still know besides the
            training texts.
        params: of the training.
        objective: what teaches the focus language.
    """

    start_folder: Path
    corpus: pa.Table
    teacher_vectors: pa.Table
    retained_words: Mapping[str, Sequence[str]]
    params: DistillationParams
    objective: Objective = "mse+mnr"


@dataclass(frozen=True)
class Taught:
    """A trained student.

    Attributes:
        folder: a sentence-transformers folder with its training log beside the model.
        facts: sizes and counts, plain JSON.
        log: what happened in training.
    """

    folder: Path
    facts: dict[str, int | float]
    log: TrainingLog


def retained_words(codes: Iterable[str], count: int) -> dict[str, list[str]]:
    """The most frequent words of languages that the student must not lose, in both cases.

    Without the capitals a third of ordinary sentences would be cut into other pieces.
    """
    return {
        code: [
            form for word in frequent_words(code, count) for form in (word, capitalise(word, code))
        ]
        for code in codes
    }


def teach(lesson: Lesson, work_folder: Path, progress: Progress) -> Taught:
    """Prune the start model's vocabulary and train it.

    The development split and words say how far the student may go from its start. The test split
    is never looked at, not even for its vocabulary. A `work_folder` left by a killed call over the
    same lesson is taken up.

    Args:
        lesson: what to learn.
        work_folder: holds the pruned model, checkpoints, and the student.
        progress: hears of every step.

    Raises:
        InputError: the corpus has no training pairs, or the model cannot be pruned or trained.
        SourceUnavailable: the trainer was killed; another call resumes.
    """
    pairs = training_pairs(lesson.corpus)
    pruned = work_folder / "pruned"
    texts = [text for _, text in distinct_texts([pairs])]
    words = list(chain.from_iterable(lesson.retained_words.values()))
    shutil.rmtree(pruned, ignore_errors=True)
    report = prune_vocabulary(lesson.start_folder, [*texts, *words], pruned)
    job = TrainingJob(
        pruned,
        pairs["source_text"].to_pylist(),
        pairs["target_text"].to_pylist(),
        training_targets(lesson.corpus, lesson.teacher_vectors),
        lesson.params,
        lesson.start_folder,
        _held_out_groups(lesson),
        lesson.objective,
    )
    log = train_in_process(job, work_folder / "training", progress)
    student = work_folder / "training" / "student"
    write_log(log, student / LOG_NAME)
    facts = {
        **asdict(report),
        **asdict(log.trials[-1]),
        "pair_count": log.pair_count,
        "step_count": len(log.steps),
    }
    return Taught(student, facts, log)


def _held_out_groups(lesson: Lesson) -> list[list[str]]:
    """Texts whose order is to be kept: of each pivot development texts, and words beside them."""
    words = (
        sorted(words, key=identify)[:RETAINED_TEXT_COUNT]
        for words in lesson.retained_words.values()
    )
    return [*retained_texts(lesson.corpus, RETAINED_TEXT_COUNT), *filter(None, words)]


def read_training_log(student_folder: Path) -> TrainingLog:
    """The log that `teach` left beside a student."""
    return read_log(student_folder / LOG_NAME)


def loss_curves(log: TrainingLog) -> dict[str, dict[float, float]]:
    """The loss and its parts by step, ready to plot."""
    names = ("loss", "distance", "ranking", "retention")
    return {name: {step.step: getattr(step, name) for step in log.steps} for name in names}
