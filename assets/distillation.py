"""Distillation group: a corpus and a teacher in, students and their exports out."""

from collections.abc import Mapping

from assets.outside import teacher_model
from assets.partitions import Partitioning
from assets.previews import training_preview
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.distillation.exports.student_export import (
    export_student,
    export_texts,
    export_verdict,
)
from pipeline.distillation.lessons.teacher import teacher_texts
from pipeline.distillation.teaching import Lesson, retained_words, teach
from pipeline.encoders import (
    EmbeddingCache,
    encoder_fingerprint,
    load_encoder,
    resolve_model_folder,
)
from pipeline.encoders.embeddings import embed_texts
from pipeline.parameters import DistillationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact


def student_origin(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What a student depends on outside the graph, and which of the students it is."""
    start = encoder_fingerprint(recipe.models.start)
    return {"start": start, "student": partition, "words": str(recipe.students.frequent_words)}


@stage_asset(
    group="distillation", code_version="1", outside=teacher_model, kinds=frozenset({"torch"})
)
def teacher_embeddings(stage: Stage, parallel_corpus: Artefact) -> Product:
    """The teacher's vector of every pivot text that a student learns from."""
    cache = EmbeddingCache(settings.embedding_cache())
    encoder = load_encoder(stage.recipe.models.teacher, cache=cache, progress=stage.progress)
    return Product(embed_texts(encoder, teacher_texts(parallel_corpus.read())))


@stage_asset(
    group="distillation",
    code_version="2",
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
    teacher_embeddings: Artefact,
) -> Product:
    """A student: the start model with its vocabulary pruned, taught in a process of its own."""
    recipe, students = stage.recipe, stage.recipe.students
    lesson = Lesson(
        start_folder=resolve_model_folder(recipe.models.start),
        corpus=parallel_corpus.read(),
        teacher_vectors=teacher_embeddings.read(),
        retained_words=retained_words(recipe.pivots, students.frequent_words),
        params=params.model_copy(update={"balance": students.balance_of(stage.partition)}),
        objective=students.objective_of(stage.partition),
    )
    taught = teach(lesson, stage.work_folder, stage.progress)
    return Product(taught.folder, facts=taught.facts)


@stage_asset(
    group="distillation",
    code_version="2",
    partitioning=Partitioning.STUDENTS,
    gates=("exports_agree",),
    is_versioned=True,
    kinds=frozenset({"onnx"}),
)
def student_exports(stage: Stage, student_models: Artefact, parallel_corpus: Artefact) -> Product:
    """The student as ONNX, exact and in eight bits, compared with the original."""
    texts, folder = export_texts(parallel_corpus.read()), stage.work_folder / "onnx"
    export = export_student(student_models.folder(), folder, texts)
    return Product(export.folder, [export_verdict(export.facts)], export.facts)
