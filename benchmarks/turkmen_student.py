"""What training with two cores gives a language: Turkmen beside Russian and English, by seed.

Students are multilingual-e5-small with vectors of its own as the teacher's; what they learn is told
in `turkmen_pairs`, what they are scored on, of which nothing is learnt, in `student_scores`. Each
seed is trained by the code that assets run, and taken up where it was killed. Run from the
project's root, an hour of a processor for each seed:
`OMP_NUM_THREADS=1 python -m benchmarks.turkmen_student FOLDER [SEED ...]`. With `--averaged` a text
with a Russian and an English counterpart is taught their mean, in half the steps.
"""

import json
import resource
import sys
from pathlib import Path

import pyarrow as pa

from benchmarks.student_scores import score_students, table_lines
from benchmarks.turkmen_pairs import PIVOTS, STANDARDS, neighbour_texts, turkmen_corpus
from pipeline.distillation.lessons.lesson_table import lesson_facts, make_lessons
from pipeline.distillation.lessons.teacher import (
    TeacherVectors,
    teacher_texts,
    write_teacher_vectors,
)
from pipeline.distillation.teaching import Course, Taught, retained_words, teach
from pipeline.encoders import EmbeddingCache, load_encoder, resolve_model_folder
from pipeline.evaluation.measures.scores import START
from pipeline.parameters import DistillationParams, EvaluationParams, LessonParams
from pipeline.settings import embedding_cache, test_data
from pipeline.student_kind import StudentKind

MODEL = "embedded:e5-small"
ALIGNER = "respelled:embedded:e5-small"
SEEDS = (1, 2, 3)
LESSONS = LessonParams(
    sampling_exponent=0.5,
    running_text=STANDARDS,
    paragraph_fraction=0.05,
    are_pivots_averaged=False,
)
PARAMS = DistillationParams(epochs=1)
OBJECTIVE = "mse+mnr+kl"
KIND = StudentKind()
FREQUENT_WORDS = 100_000
AVERAGED = "--averaged"

NEIGHBOURS = ("azj_Latn", "uzn_Latn", "kaz_Cyrl")
WORD_LISTS = {"azj_Latn": "az", "kaz_Cyrl": "kk", "tuk_Latn": "tk", "uzn_Latn": "uz"}


def word_lists() -> dict[str, Path]:
    """Frequency lists of languages that pruning must leave readable, and wordfreq does not know."""
    folder = test_data() / "unilex_freq"
    return {code: folder / f"{name}.txt.xz" for code, name in WORD_LISTS.items()}


def make_course(
    folder: Path, corpus: pa.Table, lesson_params: LessonParams, params: DistillationParams
) -> Course:
    """The course of a training; the teacher's vectors are made in `folder`."""
    cache = EmbeddingCache(embedding_cache())
    lessons = make_lessons(corpus, neighbour_texts(), lesson_params)
    print(json.dumps(lesson_facts(lessons)), flush=True)
    vectors = folder / "teacher"
    if not vectors.is_dir():
        write_teacher_vectors(load_encoder(MODEL, cache=cache), teacher_texts(lessons), vectors)
    return Course(
        start_folder=resolve_model_folder(MODEL),
        corpus=corpus,
        lessons=lessons,
        teacher=TeacherVectors.open(vectors),
        retained_words=retained_words(
            (*PIVOTS.values(), *NEIGHBOURS), FREQUENT_WORDS, word_lists()
        ),
        params=params,
        objective=OBJECTIVE,
        kind=KIND,
    )


def train_once(course: Course, folder: Path) -> Path:
    """Train a student in a folder, or find the one that is there; print what it cost."""
    student = folder / "training" / "student"
    if not student.is_dir():
        before = _child_seconds()
        taught = teach(course, folder, _tell)
        _report(folder.name, taught, _child_seconds() - before)
    return student


def _child_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _report(name: str, taught: Taught, seconds: float) -> None:
    facts = {"student": name, "cpu_seconds": round(seconds), **taught.facts}
    print(json.dumps(facts), flush=True)


def _tell(done: int, total: int, message: str) -> None:
    if done % 50 == 0:
        print(f"{done} of {total}: {message}", file=sys.stderr, flush=True)


def main(folder: Path, seeds: list[int], lessons: LessonParams) -> None:
    """Train a student for each seed and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = EmbeddingCache(embedding_cache())
    corpus = turkmen_corpus(load_encoder(ALIGNER, cache=cache))
    students = {
        f"seed {seed}": train_once(
            make_course(folder, corpus, lessons, PARAMS.model_copy(update={"seed": seed})),
            folder / f"seed-{seed}",
        )
        for seed in seeds
    }
    names = {START: MODEL, **{name: str(path) for name, path in students.items()}}
    encoders = {name: load_encoder(path, cache=cache) for name, path in names.items()}
    print(*table_lines(score_students(encoders, EvaluationParams()), list(names)), sep="\n")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != AVERAGED]
    taught = LESSONS.model_copy(update={"are_pivots_averaged": AVERAGED in sys.argv})
    main(Path(words[0]), [int(seed) for seed in words[1:]] or list(SEEDS), taught)
