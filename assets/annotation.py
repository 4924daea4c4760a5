"""Annotation group: scored pairs out to people, what they said back in."""

from collections.abc import Mapping

import pyarrow as pa

from assets.previews import calibration_preview
from assets.resources import Artefacts, by_document
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.annotation.agreement import agreement_verdict, score_agreement
from pipeline.annotation.calibration import calibrate
from pipeline.annotation.describing import describe_tasks, no_pictures
from pipeline.annotation.precision import score_precision
from pipeline.annotation.services import review_source, task_sink
from pipeline.annotation.sources import ReviewSource
from pipeline.annotation.tasks import select_tasks
from pipeline.annotation.verdicts import resolve_verdicts
from pipeline.parameters import AnnotationParams, CalibrationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.textbooks.crops import inbox_crops


def state_of_reviews(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What people have said so far, as a token."""
    del partition
    return {"reviews": _source(recipe).state()}


def queue(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """Whom tasks are for, where they go, and what orders them."""
    del partition
    connection = settings.label_studio()
    annotators = " ".join(recipe.annotation.annotators)
    server = connection.url if connection else ""
    return {"annotators": annotators, "server": server, "seed": str(recipe.tasks.seed)}


@stage_asset(group="annotation", code_version="1", outside=state_of_reviews)
def reviews(stage: Stage) -> Product:
    """What annotators said: a snapshot of Label Studio, or of files where there is no server."""
    previous = next((one.read() for one in stage.stored()), None)
    return Product(_source(stage.recipe).pull(previous, stage.progress))


@stage_asset(group="annotation", code_version="1")
def verdicts(_: Stage, reviews: Artefact, scored_pairs: Artefact) -> Product:
    """One decision per reviewed pair: accepted, rejected or disputed, with the text as mended."""
    resolved = resolve_verdicts(reviews.read(), scored_pairs.read())
    return Product(resolved.table, facts=resolved.facts)


@stage_asset(group="annotation", code_version="3", outside=queue, gates=("agreement",))
def agreement(
    stage: Stage,
    params: CalibrationParams,
    reviews: Artefact,
    verdicts: Artefact,
    scored_pairs: Artefact,
) -> Product:
    """How far annotators agree beyond chance, and how many pairs of a fair sample are right."""
    scores = score_agreement(reviews.read(), params)
    precision = score_precision(scored_pairs.read(), verdicts.read(), stage.recipe.tasks)
    verdict = agreement_verdict(scores, params)
    return Product(pa.concat_tables([scores, precision]), [verdict])


@stage_asset(group="annotation", code_version="2", preview=calibration_preview)
def calibration(
    _: Stage,
    params: CalibrationParams,
    scored_pairs: Artefact,
    verdicts: Artefact,
    synthetic_pairs: Artefact,
) -> Product:
    """From a pair's scores to the probability that it is correct, learnt from made pairs first."""
    fitted = calibrate(scored_pairs.read(), verdicts.read(), synthetic_pairs.read(), params)
    return Product(fitted.table, facts={**fitted.facts, "curve": fitted.curve})


@stage_asset(group="annotation", code_version="1", outside=queue, kinds=frozenset({"labelstudio"}))
def annotation_tasks(
    stage: Stage,
    params: AnnotationParams,
    scored_pairs: Artefact,
    pair_probabilities: Artefact,
    reviews: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
) -> Product:
    """Pairs that people are asked about, with context, page crop or link; sent where they work."""
    annotators, inbox = stage.recipe.annotation.annotators, stage.recipe.inbox
    scored, probable = scored_pairs.read(), pair_probabilities.read()
    chosen = select_tasks(scored, probable, reviews.read(), annotators, params)
    pictures = inbox_crops(inbox, stage.progress) if inbox else no_pictures
    sentences = by_document(textbook_sentences, news_sentences)
    tasks = describe_tasks(chosen, scored, sentences, pictures, params.context_sentences)
    sink = task_sink(stage.recipe.name, annotators)
    facts = sink.push(tasks, stage.progress)._asdict() if sink else {}
    return Product(tasks, facts=facts)


def _source(recipe: Recipe) -> ReviewSource:
    asked = recipe.annotation
    return review_source(recipe.name, asked.annotators, asked.reviews)
