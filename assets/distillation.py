"""Distillation group: a corpus and a teacher in, students and their exports out."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from assets.outside import teacher_model
from assets.partitions import Partitioning
from assets.previews import training_preview
from assets.resources import Artefacts
from assets.stage_asset import Product, Stage, stage_asset
from assets.training import piped_trainer
from pipeline import settings
from pipeline.data_curve import CurvePoint
from pipeline.distillation.exports.student_export import (
    export_student,
    export_texts,
    export_verdict,
)
from pipeline.distillation.lessons.data_curve import corpus_at
from pipeline.distillation.lessons.lesson_table import lesson_facts, make_lessons
from pipeline.distillation.lessons.teacher import (
    TeacherVectors,
    teacher_texts,
    write_teacher_vectors,
)
from pipeline.distillation.teaching import Course, coverage_samples, retained_words, teach
from pipeline.encoders import (
    EmbeddingCache,
    Encoder,
    encoder_fingerprint,
    load_encoder,
    resolve_model_folder,
)
from pipeline.parameters import DistillationParams, LessonParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import LESSONS


def student_origin(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What a student depends on outside the graph, and which of the students it is."""
    students = recipe.students
    variants = students.variants()  # a student of the data curve is of the first one's kind
    kind = students.kind_of(partition if partition in variants else variants[0])
    return {
        "start": encoder_fingerprint(kind.start or recipe.models.start),
        "kind": kind.model_dump_json(),
        "student": partition,
        "words": str(students.frequent_words),
        **{f"words {code}": _hash(path) for code, path in students.word_lists.items()},
        "neighbours": "+".join(students.neighbours),
    }


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def curve_origin(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What a student of the data curve depends on outside the graph."""
    return {
        **student_origin(recipe, partition),
        **teacher_model(recipe, partition),
        "lessons": recipe.lessons.model_dump_json(),
    }


def teacher_of(stage: Stage) -> Encoder:
    """The recipe's teacher, which remembers what it has read."""
    cache = EmbeddingCache(settings.embedding_cache())
    return load_encoder(stage.recipe.models.teacher, cache=cache, progress=stage.progress)


def course_of(
    recipe: Recipe,
    variant: str,
    params: DistillationParams,
    corpus: pa.Table,
    lessons: pa.Table,
    teacher_folder: Path,
) -> Course:
    """All that decides one of the recipe's students, named as its partition."""
    students = recipe.students
    kind = students.kind_of(variant)
    words = students.frequent_words, students.word_lists
    start = resolve_model_folder(kind.start or recipe.models.start)
    changes = {"balance": students.balance_of(variant)}
    if start != resolve_model_folder(recipe.models.teacher):
        changes["retention_floor"] = 0.0  # in another space it would unlearn the teacher
    return Course(
        start_folder=start,
        corpus=corpus,
        lessons=lessons,
        teacher=TeacherVectors.open(teacher_folder),
        retained_words=retained_words(recipe.languages, *words),
        params=params.model_copy(update=changes),
        objective=students.objective_of(variant),
        kind=kind,
        samples=coverage_samples(recipe.languages, *words),
    )


@stage_asset(group="distillation", code_version="3", schema=LESSONS)
def lessons(
    _: Stage,
    params: LessonParams,
    parallel_corpus: Artefact,
    neighbour_texts: Artefact,
    filtered_triplets: Artefacts,
    triplet_verdicts: Artefact,
) -> Product:
    """What students learn: pairs and paragraphs, how much each counts, and triplets."""
    triplets = [one.read() for one in filtered_triplets]
    pairs, neighbours, judged = (
        one.read() for one in (parallel_corpus, neighbour_texts, triplet_verdicts)
    )
    table = make_lessons(pairs, neighbours, params, triplets, judged)
    return Product(table, facts=lesson_facts(table))


@stage_asset(
    group="distillation", code_version="2", outside=teacher_model, kinds=frozenset({"torch"})
)
def teacher_embeddings(stage: Stage, lessons: Artefact) -> Product:
    """The teacher's vector of every text that it reads in the lessons, to be mapped into memory."""
    texts, folder = teacher_texts(lessons.read()), stage.work_folder / "vectors"
    vectors = write_teacher_vectors(teacher_of(stage), texts, folder)
    return Product(folder, facts={"text_count": len(vectors.text_ids)})


@stage_asset(
    group="distillation",
    code_version="6",
    partitioning=Partitioning.STUDENTS,
    outside=student_origin,
    preview=training_preview,
    by_partition=("balance",),
    is_versioned=True,
    kinds=frozenset({"torch"}),
)
def student_models(
    stage: Stage,
    params: DistillationParams,
    parallel_corpus: Artefact,
    lessons: Artefact,
    teacher_embeddings: Artefact,
) -> Product:
    """A student: the start model with its vocabulary pruned, taught in a process of its own."""
    read = parallel_corpus.read(), lessons.read(), teacher_embeddings.folder()
    return _taught(stage, course_of(stage.recipe, stage.partition, params, *read))


@stage_asset(
    group="distillation",
    code_version="4",
    partitioning=Partitioning.CURVE,
    outside=curve_origin,
    preview=training_preview,
    by_partition=("balance",),
    kinds=frozenset({"torch"}),
)
def curve_students(
    stage: Stage, params: DistillationParams, parallel_corpus: Artefact, neighbour_texts: Artefact
) -> Product:
    """The recipe's first student as it would be of a smaller or a worse corpus."""
    recipe, point = stage.recipe, CurvePoint.named(stage.partition)
    corpus = corpus_at(parallel_corpus.read(), point, params.seed)
    chosen = make_lessons(corpus, neighbour_texts.read(), recipe.lessons)
    folder = stage.work_folder / "vectors"
    write_teacher_vectors(teacher_of(stage), teacher_texts(chosen), folder)
    variant = recipe.students.variants()[0]
    product = _taught(stage, course_of(recipe, variant, params, corpus, chosen, folder))
    taught_count = lesson_facts(chosen)["sentence_count"]
    if taught_count < point.pair_count:
        said = f"pairs of '{point.name}' were taught: the corpus or lessons.most_pairs has no more"
        stage.progress(int(taught_count), point.pair_count, said)
    return replace(product, facts={**product.facts, "taught_pair_count": taught_count})


def _taught(stage: Stage, course: Course) -> Product:
    taught = teach(course, stage.work_folder, stage.progress, piped_trainer(stage))
    return Product(taught.folder, facts=taught.facts)


@stage_asset(
    group="distillation",
    code_version="4",
    partitioning=Partitioning.STUDENTS,
    gates=("exports_agree",),
    is_versioned=True,
    kinds=frozenset({"onnx"}),
)
def student_exports(
    stage: Stage, student_models: Artefact, parallel_corpus: Artefact, lessons: Artefact
) -> Product:
    """The student as ONNX, exact and in eight bits, compared with the original."""
    texts = export_texts(parallel_corpus.read(), lessons.read())
    folder = stage.work_folder / "onnx"
    export = export_student(student_models.folder(), folder, texts)
    return Product(export.folder, [export_verdict(export.facts)], export.facts)
