"""Evaluation group: models and gold in, scores with intervals and a report out."""

from collections.abc import Mapping

from assets.lineage import lineage_of
from assets.resources import Artefacts, by_document
from assets.showing import report_preview, retrieval_preview
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.alignment.documents import align_documents_by_length
from pipeline.corpus.funnel import funnel
from pipeline.distillation.teaching import loss_curves, read_training_log
from pipeline.encoders import EmbeddingCache, Encoder, encoder_fingerprint, load_encoder
from pipeline.evaluation import held_out
from pipeline.evaluation.gold import hash_gold, read_gold, score_alignments, score_reading
from pipeline.evaluation.report import ReportData
from pipeline.evaluation.report_folder import write_report
from pipeline.evaluation.scores import START
from pipeline.parameters import EvaluationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact


def gold_files(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What scores against gold depend on outside the graph."""
    del partition
    return {"gold": hash_gold(recipe.gold_folder) if recipe.gold_folder else ""}


def start_model(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The model that students are compared with."""
    del partition
    return {"start": encoder_fingerprint(recipe.models.start)}


@stage_asset(group="evaluation", code_version="1", outside=gold_files)
def ocr_scores(stage: Stage, params: EvaluationParams, textbook_pages: Artefacts) -> Product:
    """Character and word error rates of the editions whose text is known."""
    folder = stage.recipe.gold_folder
    books = read_gold(folder) if folder else []
    return Product(score_reading(books, by_document(textbook_pages), params))


@stage_asset(group="evaluation", code_version="1", outside=gold_files)
def alignment_scores(
    stage: Stage,
    params: EvaluationParams,
    aligned_pairs: Artefact,
    document_pairs: Artefact,
    textbook_sentences: Artefacts,
) -> Product:
    """F1 of the alignment against gold, OCR and splitting included, beside a length-only one."""
    gold, folder = stage.recipe.gold, stage.recipe.gold_folder
    sentences = by_document(textbook_sentences)
    baseline = align_documents_by_length(document_pairs.read(), sentences)
    alignments = {"length only": baseline, "aligner": aligned_pairs.read()}
    books = read_gold(folder) if folder else []
    unit = gold.unit if gold else "sentence"
    return Product(score_alignments(books, alignments, sentences, unit, params))


@stage_asset(
    group="evaluation",
    code_version="1",
    gates=("sample_size", "saturation", "collapse"),
    outside=start_model,
    preview=retrieval_preview,
    kinds=frozenset({"torch"}),
)
def retrieval_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """How often each model finds the translation of a held-out sentence, before and after."""
    encoders = _encoders(stage.recipe, student_models)
    suites = held_out.held_out_suites(parallel_corpus.read(), stage.recipe.pivots)
    scores = held_out.score_retrieval(suites, encoders, params, stage.progress)
    return Product(scores, held_out.retrieval_verdicts(suites, encoders, scores, params))


@stage_asset(
    group="evaluation",
    code_version="1",
    gates=("retention",),
    outside=start_model,
    kinds=frozenset({"torch"}),
)
def retention_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """How well each student keeps the start model's view of held-out pivot sentences."""
    encoders = _encoders(stage.recipe, student_models)
    sentences = held_out.held_out_pivot_sentences(
        parallel_corpus.read(), stage.recipe.pivots, params.retention_sentences
    )
    scores = held_out.score_retention(sentences, encoders, params)
    return Product(scores, [held_out.retention_verdict(scores, params.min_retention)])


@stage_asset(group="evaluation", code_version="1", outside=start_model, preview=report_preview)
def evaluation_report(
    stage: Stage,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    retrieval_scores: Artefact,
    retention_scores: Artefact,
    alignment_scores: Artefact,
    ocr_scores: Artefact,
) -> Product:
    """Every score in one HTML page for people who have not read the code, refused ones included."""
    recipe, corpus = stage.recipe, parallel_corpus.read_even_if_refused()
    suites = held_out.held_out_suites(corpus, recipe.pivots)
    encoders = _encoders(recipe, student_models)
    scored = (parallel_corpus, retrieval_scores, retention_scores, alignment_scores, ocr_scores)
    data = ReportData(
        title=recipe.title,
        focus=recipe.focus,
        pivots=recipe.pivots,
        scores=retrieval_scores.read_even_if_refused(),
        retention=retention_scores.read_even_if_refused(),
        alignment=alignment_scores.read(),
        ocr=ocr_scores.read(),
        funnel=funnel(corpus),
        training=loss_curves(read_training_log(student_models[0].folder())),
        errors=tuple(held_out.main_errors(suites, list(encoders.values())[-1])),
        gates=tuple(gate for one in scored for gate in one.manifest.gates),
        lineage=lineage_of(*scored, *student_models),
        facts={"command": f"make demo RECIPE={recipe.name}", "seed": str(recipe.evaluation.seed)},
    )
    folder = write_report(data, stage.work_folder / "report")
    return Product(folder)


def _encoders(recipe: Recipe, students: Artefacts) -> dict[str, Encoder]:
    """The start model first, then every student under its partition's name."""
    cache = EmbeddingCache(settings.embedding_cache())
    models = {START: recipe.models.start}
    models |= {str(one.address.partition): str(one.folder()) for one in students}
    return {name: load_encoder(model, cache=cache) for name, model in models.items()}
