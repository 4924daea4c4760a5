"""Evaluation group: models and gold in, scores with intervals out."""

from collections.abc import Mapping

from assets.encoders import encoders_of, sizes_of
from assets.outside import start_model
from assets.previews import leaderboard_preview, retrieval_preview
from assets.resources import Artefacts, by_document, concatenated
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.alignment.documents import align_documents_by_length
from pipeline.evaluation import held_out
from pipeline.evaluation.classification import score_classification
from pipeline.evaluation.gates import suite_gate
from pipeline.evaluation.gold import hash_gold, read_gold, score_alignments, score_reading
from pipeline.evaluation.leaderboard import leaderboard as rank_models
from pipeline.evaluation.paraphrase import score_paraphrases
from pipeline.evaluation.passages import score_rag
from pipeline.evaluation.similarity_suites import score_similarity
from pipeline.parameters import EvaluationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import NEWS_ARTICLES

TORCH = frozenset({"torch"})


def gold_files(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What scores against gold depend on outside the graph."""
    del partition
    return {"gold": hash_gold(recipe.gold_folder) if recipe.gold_folder else ""}


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
    news_sentences: Artefacts,
) -> Product:
    """F1 of the alignment against gold, OCR and splitting included, beside a length-only one."""
    gold, folder = stage.recipe.gold, stage.recipe.gold_folder
    sentences = by_document(textbook_sentences, news_sentences)
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
    kinds=TORCH,
)
def retrieval_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """How often each model finds the translation of a held-out sentence, before and after."""
    encoders = encoders_of(stage.recipe, student_models)
    suites = held_out.held_out_suites(parallel_corpus.read(), stage.recipe.pivots)
    scores = held_out.score_retrieval(suites, encoders, params, stage.progress)
    return Product(scores, held_out.retrieval_verdicts(suites, encoders, scores, params))


@stage_asset(
    group="evaluation", code_version="1", gates=("retention",), outside=start_model, kinds=TORCH
)
def retention_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """How well each student keeps the start model's view of held-out pivot sentences."""
    encoders = encoders_of(stage.recipe, student_models)
    sentences = held_out.held_out_pivot_sentences(
        parallel_corpus.read(), stage.recipe.pivots, params.retention_sentences
    )
    scores = held_out.score_retention(sentences, encoders, params)
    return Product(scores, [held_out.retention_verdict(scores, params.min_retention)])


@stage_asset(
    group="evaluation", code_version="1", gates=("sample_size",), outside=start_model, kinds=TORCH
)
def similarity_scores(
    stage: Stage,
    params: EvaluationParams,
    verdicts: Artefact,
    parallel_corpus: Artefact,
    student_models: Artefacts,
) -> Product:
    """Each model's cosine against what reviewers said of how much two texts have in common."""
    encoders = encoders_of(stage.recipe, student_models)
    scores = score_similarity(verdicts.read(), parallel_corpus.read(), encoders, params)
    return Product(scores, [suite_gate(scores, params.min_queries, "rated pairs")])


@stage_asset(
    group="evaluation", code_version="1", gates=("sample_size",), outside=start_model, kinds=TORCH
)
def paraphrase_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """How well each model tells paraphrases from look-alikes, at 0.8 and at a tuned threshold."""
    encoders = encoders_of(stage.recipe, student_models)
    scores = score_paraphrases(parallel_corpus.read(), encoders, params)
    return Product(scores, [suite_gate(scores, params.min_queries, "pairs of sentences")])


@stage_asset(
    group="evaluation", code_version="1", gates=("sample_size",), outside=start_model, kinds=TORCH
)
def classification_scores(
    stage: Stage,
    params: EvaluationParams,
    news_articles: Artefacts,
    parallel_corpus: Artefact,
    student_models: Artefacts,
) -> Product:
    """How well a linear classifier on each model's vectors knows the topics of articles."""
    articles = concatenated(NEWS_ARTICLES, news_articles)
    encoders = encoders_of(stage.recipe, student_models)
    scores = score_classification(articles, parallel_corpus.read(), encoders, params)
    return Product(scores, [suite_gate(scores, params.min_queries, "articles")])


@stage_asset(
    group="evaluation", code_version="1", gates=("sample_size",), outside=start_model, kinds=TORCH
)
def rag_scores(
    stage: Stage,
    params: EvaluationParams,
    news_articles: Artefacts,
    parallel_corpus: Artefact,
    student_models: Artefacts,
) -> Product:
    """How often a title finds a passage of its article, within a language and across two."""
    articles = concatenated(NEWS_ARTICLES, news_articles)
    encoders = encoders_of(stage.recipe, student_models)
    scores = score_rag(articles, parallel_corpus.read(), encoders, params)
    return Product(scores, [suite_gate(scores, params.min_queries, "titles")])


@stage_asset(group="evaluation", code_version="1", preview=leaderboard_preview)
def leaderboard(
    _: Stage,
    params: EvaluationParams,
    retrieval_scores: Artefact,
    retention_scores: Artefact,
    student_models: Artefacts,
) -> Product:
    """All models, the best first, each with what it gained, what it kept, and how large it is."""
    retrieval, retention = (
        one.read_even_if_refused() for one in (retrieval_scores, retention_scores)
    )
    sizes = sizes_of(student_models)
    return Product(rank_models(retrieval, retention, sizes, params))
