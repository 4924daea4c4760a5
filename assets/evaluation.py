"""Evaluation group: models in, scores with intervals out."""

import pyarrow as pa

from assets.encoders import encoders_of, sizes_of
from assets.outside import start_model
from assets.previews import curve_preview, leaderboard_preview, retrieval_preview
from assets.resources import Artefacts, concatenated
from assets.scoring import (
    TASKS,
    Measured,
    compared_models,
    every_suite,
    parallel_suites,
    prompt_verdict,
    read_tasks,
    scored_on,
    scores_product,
)
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.data_curve import CurvePoint
from pipeline.evaluation.gates import suite_gate
from pipeline.evaluation.held_out import corpus_split
from pipeline.evaluation.held_out.news_passages import news_passages
from pipeline.evaluation.held_out.news_topics import topic_tasks
from pipeline.evaluation.held_out.paraphrase_pairs import held_out_paraphrases
from pipeline.evaluation.held_out.reviewed_similarity import reviewed_pairs
from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.models import as_models
from pipeline.evaluation.release.kept import retention_verdict
from pipeline.evaluation.release.leaderboard import leaderboard as rank_models
from pipeline.evaluation.suites.languages import language_verdict
from pipeline.evaluation.suites.running import score_tasks
from pipeline.evaluation.suites.trained import find_trained_units
from pipeline.evaluation.tasks.geometry import score_geometry
from pipeline.evaluation.tasks.sts_retention import pivot_ratings, score_sts_retention
from pipeline.parameters import EvaluationParams
from pipeline.storage import Artefact
from pipeline.tables import CONTAMINATION, LEADERBOARD, NEWS_ARTICLES, SCORES

TORCH = frozenset({"torch"})


@stage_asset(
    group="evaluation",
    code_version="3",
    gates=("contamination", "language"),
    outside=every_suite,
    kinds=TORCH,
    schema=CONTAMINATION,
)
def contamination(stage: Stage, parallel_corpus: Artefact, filtered_triplets: Artefacts) -> Product:
    """Units of evaluation suites whose text, or a translation of it, was trained on."""
    tasks = read_tasks(stage.recipe, TASKS)
    encoder = encoders_of(stage.recipe, (), stage.progress)[START] if tasks else None
    triplets = [one.read() for one in filtered_triplets]
    training = corpus_split.training_texts(parallel_corpus.read(), triplets)
    found, verdict = find_trained_units(tasks, training, encoder)
    return Product(found, [verdict, language_verdict(tasks)])


@stage_asset(
    group="evaluation",
    code_version="3",
    gates=("sample_size", "saturation", "collapse", "language", "prompt"),
    outside=scored_on("retrieval", "mining"),
    preview=retrieval_preview,
    kinds=TORCH,
    schema=SCORES,
)
def retrieval_scores(
    stage: Stage,
    params: EvaluationParams,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    translation_models: Artefacts,
    contamination: Artefact,
) -> Product:
    """How often each model finds the translation of a sentence it was not trained on."""
    own = corpus_split.held_out_suites(parallel_corpus.read(), stage.recipe.pivots)
    measured = Measured(stage, params, student_models, translation_models, contamination)
    scored = measured.on(own, "retrieval", "mining")
    judged = own or parallel_suites(stage.recipe)
    verdicts = corpus_split.retrieval_verdicts(judged, measured.models, scored.table(), params)
    return scores_product(scored, [*verdicts, prompt_verdict(stage.recipe, student_models)])


@stage_asset(
    group="evaluation", code_version="1", outside=scored_on("retrieval"), kinds=TORCH, schema=SCORES
)
def geometry_scores(
    stage: Stage,
    params: EvaluationParams,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    translation_models: Artefacts,
) -> Product:
    """How each model's space uses its room: anisotropy, alignment and uniformity."""
    recipe = stage.recipe
    own = corpus_split.held_out_suites(parallel_corpus.read(), recipe.pivots)
    tasks = [task for task in own if task.suite == corpus_split.ALL_ORIGINS]
    models = compared_models(recipe, student_models, translation_models, stage.progress)
    tasks += parallel_suites(recipe)
    return Product(score_geometry(tasks, recipe.focus, models, params))


@stage_asset(
    group="evaluation",
    code_version="3",
    gates=("retention",),
    outside=scored_on("similarity"),
    kinds=TORCH,
    schema=SCORES,
)
def retention_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """How much each student keeps of what the start model knew of every pivot."""
    recipe, corpus = stage.recipe, parallel_corpus.read()
    rated = pivot_ratings(read_tasks(recipe, ("similarity",)), recipe.pivots)
    unrated = [pivot for pivot in recipe.pivots if pivot not in rated]
    sentences = corpus_split.held_out_pivot_sentences(corpus, unrated, params.retention_sentences)
    encoders = encoders_of(recipe, student_models, stage.progress)
    scores = corpus_split.score_retention(sentences, encoders, params)
    scores = pa.concat_tables([score_sts_retention(rated, as_models(encoders), params), scores])
    return Product(scores, [retention_verdict(scores, params)])


@stage_asset(
    group="evaluation",
    code_version="2",
    gates=("sample_size",),
    outside=scored_on("similarity"),
    kinds=TORCH,
    schema=SCORES,
)
def similarity_scores(
    stage: Stage,
    params: EvaluationParams,
    verdicts: Artefact,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    translation_models: Artefacts,
    contamination: Artefact,
) -> Product:
    """How well each model's similarities agree with people's: reviewers', and suites' raters."""
    own = reviewed_pairs(verdicts.read(), parallel_corpus.read())
    measured = Measured(stage, params, student_models, translation_models, contamination)
    scored = measured.on(own, "similarity")
    return scores_product(scored, [suite_gate(scored.table(), params.min_queries, "rated pairs")])


@stage_asset(
    group="evaluation",
    code_version="2",
    gates=("sample_size",),
    outside=scored_on("paraphrase"),
    kinds=TORCH,
    schema=SCORES,
)
def paraphrase_scores(
    stage: Stage,
    params: EvaluationParams,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    translation_models: Artefacts,
    contamination: Artefact,
) -> Product:
    """How well each model tells paraphrases from look-alikes, at 0.8 and at a tuned threshold."""
    own = held_out_paraphrases(parallel_corpus.read())
    measured = Measured(stage, params, student_models, translation_models, contamination)
    scored = measured.on(own, "paraphrase")
    gate = suite_gate(scored.table(), params.min_queries, "pairs of sentences")
    return scores_product(scored, [gate])


@stage_asset(
    group="evaluation",
    code_version="2",
    gates=("sample_size",),
    outside=scored_on("classification"),
    kinds=TORCH,
    schema=SCORES,
)
def classification_scores(
    stage: Stage,
    params: EvaluationParams,
    news_articles: Artefacts,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    translation_models: Artefacts,
    contamination: Artefact,
) -> Product:
    """How well a linear classifier on each model's frozen vectors knows the classes of texts."""
    articles = concatenated(NEWS_ARTICLES, news_articles)
    own = topic_tasks(articles, parallel_corpus.read(), params.seed)
    measured = Measured(stage, params, student_models, translation_models, contamination)
    scored = measured.on(own, "classification")
    return scores_product(scored, [suite_gate(scored.table(), params.min_queries, "texts")])


@stage_asset(
    group="evaluation",
    code_version="2",
    gates=("sample_size",),
    outside=scored_on("passages"),
    kinds=TORCH,
    schema=SCORES,
)
def rag_scores(
    stage: Stage,
    params: EvaluationParams,
    news_articles: Artefacts,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    translation_models: Artefacts,
    contamination: Artefact,
) -> Product:
    """How often a question finds the passage that answers it: titles of articles, and suites."""
    articles = concatenated(NEWS_ARTICLES, news_articles)
    own = news_passages(articles, parallel_corpus.read())
    measured = Measured(stage, params, student_models, translation_models, contamination)
    scored = measured.on(own, "passages")
    return scores_product(scored, [suite_gate(scored.table(), params.min_queries, "questions")])


@stage_asset(
    group="evaluation",
    code_version="2",
    outside=start_model,
    preview=curve_preview,
    kinds=TORCH,
    schema=SCORES,
)
def curve_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, curve_students: Artefacts
) -> Product:
    """Retrieval of the held-out split by the students of the data curve, beside the start model."""
    own = corpus_split.held_out_suites(parallel_corpus.read(), stage.recipe.pivots)
    encoders = encoders_of(stage.recipe, curve_students, stage.progress)
    names = dict(map(_taught_point, curve_students))
    models = as_models({names.get(name, name): one for name, one in encoders.items()})
    tasks = own if curve_students else []
    return Product(score_tasks(tasks, models, params, stage.progress).table())


def _taught_point(student: Artefact) -> tuple[str, str]:
    """A curve's student as it was asked for, and the point that it is by what it was taught."""
    asked = str(student.address.partition)
    taught_count = int(str(student.manifest.metadata["taught_pair_count"]))
    return asked, CurvePoint.named(asked).taught(taught_count).name


@stage_asset(group="evaluation", code_version="2", preview=leaderboard_preview, schema=LEADERBOARD)
def leaderboard(
    stage: Stage,
    params: EvaluationParams,
    retrieval_scores: Artefact,
    retention_scores: Artefact,
    student_models: Artefacts,
) -> Product:
    """All models, the best first, each with what it gained, what it kept, and how large it is."""
    retrieval = retrieval_scores.read_even_if_refused()
    retention = retention_scores.read_even_if_refused()
    sizes = sizes_of(student_models)
    board = rank_models(retrieval, retention, sizes, params, stage.recipe.models.baselines)
    return Product(board)
