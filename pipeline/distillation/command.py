"""A student from files alone: what `dutar distil` runs, with the same functions as the assets.

Torch is not imported here; the teacher imports it when it is used, the trainer has its own process.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.distillation.lessons.lesson_table import make_lessons
from pipeline.distillation.lessons.teacher import teacher_texts, write_teacher_vectors
from pipeline.distillation.teaching import Course, Taught, retained_words, teach
from pipeline.encoders import Encoder
from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams, LessonParams, Objective
from pipeline.progress import Progress
from pipeline.tables import NEIGHBOUR_TEXTS, PARALLEL_CORPUS, as_table, identify, kept

DEV_SHARE = 20
"""Every so-manieth text, by its hash, is no lesson: it says what the student still knows."""


@dataclass(frozen=True)
class Wishes:
    """How a student is to be made of a bitext.

    Attributes:
        start_folder: the model before.
        objective: what teaches the focus language.
        params: of the training.
        frequent_words: of the pivot language, kept in the pruned vocabulary besides the bitext's.
    """

    start_folder: Path
    objective: Objective
    params: DistillationParams
    frequent_words: int


def distil(
    bitext: pa.Table,
    teacher: Encoder,
    wishes: Wishes,
    folder: Path,
    work_folder: Path,
    progress: Progress,
) -> Taught:
    """Teach a student from a bitext and leave it in a folder of its own.

    Args:
        bitext: table of schema `BITEXT_PAIRS`, one focus language and one or more pivots.
        teacher: its vectors of the pivot side are what the student learns.
        wishes: how.
        folder: where the student appears, whole or not at all; must not be there yet.
        work_folder: holds what a killed call takes up; kept.
        progress: hears of every step.

    Returns:
        What `teach` returns, with `folder` as the student's.

    Raises:
        InputError: `folder` is there, or the bitext cannot be learnt from.
        SourceUnavailable: the trainer was killed; another call resumes.
    """
    if folder.exists():
        raise InputError(f"{folder} is there already: name a new folder for the student")
    corpus = corpus_of(bitext)
    sides = ("source_language", "target_language")
    languages = sorted({code for side in sides for code in corpus[side].to_pylist()})
    lessons = make_lessons(corpus, NEIGHBOUR_TEXTS.empty_table(), LessonParams())
    work_folder.mkdir(parents=True, exist_ok=True)
    vectors = write_teacher_vectors(
        teacher, teacher_texts(lessons), work_folder / "vectors", progress
    )
    course = Course(
        start_folder=wishes.start_folder,
        corpus=corpus,
        lessons=lessons,
        teacher=vectors,
        retained_words=retained_words(languages, wishes.frequent_words),
        params=wishes.params,
        objective=wishes.objective,
    )
    taught = teach(course, work_folder, progress)
    with appearing_whole(folder) as unfinished:
        shutil.copytree(taught.folder, unfinished, dirs_exist_ok=True)
    return Taught(folder, taught.facts, taught.log)


def corpus_of(bitext: pa.Table) -> pa.Table:
    """A corpus of every distinct pair of a bitext: most to train on, a few for development.

    Which pairs are for development depends on the hashes of their pivot texts alone, so that a
    text is never on both sides.

    Args:
        bitext: table of schema `BITEXT_PAIRS`.

    Returns:
        Table of schema `PARALLEL_CORPUS`, in the bitext's order.

    Raises:
        InputError: no pair is left.
    """
    rows = {row["pair_id"]: row for row in _corpus_rows(bitext)}
    if not rows:
        raise InputError("the bitext has no pair to learn from")
    return as_table(list(rows.values()), PARALLEL_CORPUS)


def _corpus_rows(bitext: pa.Table) -> Iterator[dict[str, Any]]:
    names = set(PARALLEL_CORPUS.names)
    for row in kept(bitext).to_pylist():
        is_dev = int(identify(row["target_text"]), 16) % DEV_SHARE == 0
        yield {name: value for name, value in row.items() if name in names} | {
            "origin": "bitexts",
            "source_document": row["document_key"],
            "target_document": row["document_key"],
            "is_reviewed": False,
            "split": "dev" if is_dev else "train",
        }
