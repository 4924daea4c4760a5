"""From a start model and a corpus to a student: make a model of its kind, then train it.

The trainer runs in its own process; torch is not imported here.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.distillation.lessons.hard_negatives import hard_negatives, why_not_mined
from pipeline.distillation.lessons.lesson_table import (
    neighbour_texts,
    taught_pairs,
    taught_triplets,
)
from pipeline.distillation.lessons.targets import Targets, write_targets
from pipeline.distillation.lessons.teacher import TeacherVectors, retained_texts
from pipeline.distillation.students.building import (
    Facts,
    Readership,
    build_student,
    suited_params,
)
from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.distillation.task_adapters import train_adapters
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import read_projection
from pipeline.distillation.training.log import TrainingLog, read_log
from pipeline.distillation.training.process import run_trainer, train_in_process
from pipeline.parameters import TRIPLETS, DistillationParams, Objective
from pipeline.progress import Progress
from pipeline.student_kind import StudentKind
from pipeline.tables import distinct_texts, identify
from pipeline.text.casing import capitalise
from pipeline.text.frequent_words import NO_LISTS, WordLists, frequent_words
from pipeline.training.folder import CHECKPOINT_NAME, write_log
from pipeline.training.process import RunTrainer

LOG_NAME = "training_log.json"
MATRYOSHKA = "matryoshka_dimensions"
"""Fact of a student whose vectors serve cut short: to how many dimensions, by commas."""
RETAINED_TEXT_COUNT = 200
"""Development texts, and words, of each pivot on which the student's retention is measured."""


@dataclass(frozen=True)
class Course:
    """All that decides a student.

    Attributes:
        start_folder: the model before; of a student from scratch, what it is compared with.
        corpus: table of schema `PARALLEL_CORPUS`; its development split says what was kept.
        lessons: table of schema `LESSONS`, made of its training split.
        teacher: vectors of all that the teacher reads in the lessons.
        retained_words: by language, what the pruned vocabulary must still know besides the
            training texts.
        params: of the training.
        objective: what teaches the focus language.
        kind: what is made of the start model before it is taught, and what of it learns.
        samples: by language, on which the pruned vocabulary's coverage is measured; beside them
            stand the development texts of languages that are not among them.
    """

    start_folder: Path
    corpus: pa.Table
    lessons: pa.Table
    teacher: TeacherVectors
    retained_words: Mapping[str, Sequence[str]]
    params: DistillationParams
    objective: Objective = "mse+mnr+kl"
    kind: StudentKind = field(default_factory=StudentKind)
    samples: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Taught:
    """A trained student.

    Attributes:
        folder: a sentence-transformers folder with its training log beside the model.
        facts: sizes and counts, and what was done to the vocabulary, plain JSON.
        log: what happened in training.
    """

    folder: Path
    facts: Facts
    log: TrainingLog


def retained_words(
    codes: Iterable[str], count: int, lists: WordLists = NO_LISTS
) -> dict[str, list[str]]:
    """The most frequent words of languages that the student must not lose, in both cases.

    Without the capitals a third of ordinary sentences would be cut into other pieces.
    """
    return {
        code: [
            form
            for word in frequent_words(code, count, lists)
            for form in (word, capitalise(word, code))
        ]
        for code in codes
    }


def coverage_samples(
    codes: Iterable[str], count: int, lists: WordLists = NO_LISTS
) -> dict[str, list[str]]:
    """Words of which half are kept in any case, to see what becomes of the rarer half.

    Languages without a frequency list are left out.
    """
    samples = {code: frequent_words(code, 2 * count, lists) for code in codes}
    return {code: words for code, words in samples.items() if words}


def teach(
    course: Course, work_folder: Path, progress: Progress, run: RunTrainer = run_trainer
) -> Taught:
    """Make a model of the course's kind, train it, then its adapters.

    The development split and words say how far the student may go from its start. The test split
    is never looked at, not even for its vocabulary. A `work_folder` left by a killed call over the
    same course is taken up.

    Args:
        course: what to learn.
        work_folder: holds the model before training, checkpoints, and the student.
        progress: hears of every step.
        run: starts the trainer's process, see `train_in_process`.

    Raises:
        InputError: there are no lessons, or the model cannot be made or trained.
        SourceUnavailable: the trainer was killed; another call resumes.
    """
    kind, params = course.kind, suited_params(course.kind, course.params)
    made = work_folder / "made"
    built = build_student(kind, course.start_folder, readership(course), made, seed=params.seed)
    suited = replace(course, params=params)
    job = training_job(suited, built.folder, work_folder / "targets")
    folder = work_folder / "training"
    log = train_in_process(job, folder, progress, run)
    if kind.are_triplets_after and course.objective != TRIPLETS:
        student = folder / "student"
        further = replace(suited, start_folder=student, objective=TRIPLETS)
        triplets = training_job(further, student, work_folder / "triplet_targets")
        triplets = replace(triplets, earlier_projection=read_projection(folder))
        folder = work_folder / "triplets"
        log = log.followed_by(train_in_process(triplets, folder, progress, run))
    student = folder / "student"
    job = replace(job, earlier_projection=read_projection(folder))
    shutil.rmtree(student / LORA_FOLDER, ignore_errors=True)  # its weights are in the student's
    adapter_logs = train_adapters(job, student, kind, work_folder / "adapters", progress, run)
    write_log(log, student / LOG_NAME)
    for checkpoint in work_folder.rglob(f"{CHECKPOINT_NAME}*"):
        checkpoint.unlink()
    facts = {
        **built.facts,
        **asdict(log.trials[-1]),
        "pair_count": log.pair_count,
        "step_count": len(log.steps),
        "skipped_step_count": log.skipped_step_count,
        "memory_halving_count": log.memory_halving_count,
        "teacher_kept_fraction": log.teacher_kept_fraction,
        **_negative_facts(suited, job),
        **{f"{task}_adapter_step_count": len(one.steps) for task, one in adapter_logs.items()},
        **({MATRYOSHKA: params.matryoshka_dimensions} if params.matryoshka_dimensions else {}),
    }
    return Taught(student, facts, log)


def training_job(course: Course, start_folder: Path, target_folder: Path) -> TrainingJob:
    """What the trainer is to do with a model that has been made ready.

    Args:
        course: lessons, teacher and parameters.
        start_folder: the model made ready, such as with a pruned vocabulary.
        target_folder: made; holds the vectors that the job maps into memory.

    Raises:
        InputError: there are fewer than two pairs, or the teacher has not read one of the texts.
    """
    is_of_triplets = course.objective == TRIPLETS
    pairs = taught_triplets(course.lessons) if is_of_triplets else taught_pairs(course.lessons)
    neighbours = neighbour_texts(course.lessons)
    params, targets = course.params, write_targets(pairs, course.teacher, target_folder)
    is_mined = not is_of_triplets and not _why_not_mined(course, targets)
    return TrainingJob(
        start_folder=start_folder,
        source_texts=pairs["source_text"].to_pylist(),
        target_texts=pairs["target_text"].to_pylist(),
        teacher_vectors=targets.pivot,
        focus_vectors=targets.focus,
        weights=pairs["weight"].to_numpy(),
        shares=pairs["epoch_share"].to_numpy(),
        negative_rows=hard_negatives(pairs, course.teacher, params) if is_mined else None,
        negative_texts=pairs["negative_text"].to_pylist() if is_of_triplets else (),
        neighbour_texts=neighbours["source_text"].to_pylist(),
        neighbour_vectors=course.teacher.matrix[course.teacher.of_lessons(neighbours)],
        params=params,
        reference_folder=course.start_folder,
        retained_texts=_held_out_groups(course),
        objective=course.objective,
    )


def _why_not_mined(course: Course, targets: Targets) -> str:
    taught = targets.pivot if targets.focus is None else targets.focus
    objectives = course.objective, *course.kind.adapters.values()
    return why_not_mined(objectives, taught, course.params)


def _negative_facts(course: Course, job: TrainingJob) -> Facts:
    """Whether hard negatives that are wanted were mined, and if not why."""
    if not course.params.hard_negatives:
        return {}
    reason = _why_not_mined(course, Targets(job.teacher_vectors, job.focus_vectors))
    return {"hard_negatives": f"not mined: {reason}" if job.negative_rows is None else "mined"}


def readership(course: Course) -> Readership:
    """For whom the vocabulary is: all lessons, and the languages of the retained words."""
    triplets, words = taught_triplets(course.lessons), course.retained_words.values()
    taught = pa.concat_tables([taught_pairs(course.lessons), triplets])
    dev = course.corpus.filter(pc.equal(course.corpus["split"], "dev"))
    dev_texts: dict[str, list[str]] = {}
    for code, text in distinct_texts([dev]):
        dev_texts.setdefault(code, []).append(text)
    return Readership(
        texts=[
            *(text for _, text in distinct_texts([course.lessons])),
            *triplets["negative_text"].to_pylist(),
            *chain(*words),
        ],
        focus=next(iter(taught["source_language"].unique().to_pylist()), None),
        focus_texts=taught["source_text"].to_pylist(),
        samples={**dev_texts, **course.samples},
    )


def _held_out_groups(course: Course) -> list[list[str]]:
    """Texts whose order is to be kept: of each pivot development texts, and words beside them.

    Words of the focus language are not among them: it is to change, and does with its new pieces.
    """
    focus = readership(course).focus
    words = (
        sorted(words, key=identify)[:RETAINED_TEXT_COUNT]
        for code, words in course.retained_words.items()
        if code != focus
    )
    return [*retained_texts(course.corpus, RETAINED_TEXT_COUNT), *filter(None, words)]


def read_training_log(student_folder: Path) -> TrainingLog:
    """The log that `teach` left beside a student."""
    return read_log(student_folder / LOG_NAME)
