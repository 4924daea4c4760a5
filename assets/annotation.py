"""Annotation group: scored pairs and written triplets out to people, what they said back in."""

from collections.abc import Mapping

import pyarrow as pa

from assets.partitions import Partitioning
from assets.previews import calibration_preview, triplet_scores_preview
from assets.resources import Artefacts, by_document
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.annotation.agreement import agreement_verdict, score_agreement
from pipeline.annotation.calibration import calibrate
from pipeline.annotation.describing import describe_tasks, no_pictures
from pipeline.annotation.precision import score_precision
from pipeline.annotation.services import review_source, task_sink, triplet_sink, triplet_source
from pipeline.annotation.tasks import select_tasks
from pipeline.annotation.triplet_scores import score_triplets
from pipeline.annotation.triplet_tasks import select_triplets
from pipeline.annotation.triplet_verdicts import resolve_triplets
from pipeline.annotation.verdicts import resolve_verdicts
from pipeline.parameters import AnnotationParams, CalibrationParams, TripletFilterParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import (
    ANNOTATION_TASKS,
    CALIBRATION,
    REVIEWS,
    SCORES,
    TRIPLET_REVIEWS,
    TRIPLET_TASKS,
    TRIPLET_VERDICTS,
    VERDICTS,
)
from pipeline.textbooks.crops import inbox_crops


def state_of_reviews(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What people have said so far, as a token."""
    del partition
    return {"reviews": review_source(recipe).state()}


def state_of_triplet_reviews(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The same of triplets."""
    del partition
    return {"reviews": triplet_source(recipe).state()}


def queue(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """Whom tasks are for, where they go, and what orders them."""
    del partition
    connection = settings.label_studio()
    annotators = " ".join(recipe.annotation.annotators)
    server = connection.url if connection else ""
    return {"annotators": annotators, "server": server, "seed": str(recipe.tasks.seed)}


@stage_asset(group="annotation", code_version="1", outside=state_of_reviews, schema=REVIEWS)
def reviews(stage: Stage) -> Product:
    """What annotators said: a snapshot of Label Studio, or of files where there is no server."""
    previous = next((one.read() for one in stage.stored()), None)
    return Product(review_source(stage.recipe).pull(previous, stage.progress))


@stage_asset(group="annotation", code_version="1", schema=VERDICTS)
def verdicts(_: Stage, reviews: Artefact, scored_pairs: Artefact) -> Product:
    """One decision per reviewed pair: accepted, rejected or disputed, with the text as mended."""
    resolved = resolve_verdicts(reviews.read(), scored_pairs.read())
    return Product(resolved.table, facts=resolved.facts)


@stage_asset(
    group="annotation", code_version="3", outside=queue, gates=("agreement",), schema=SCORES
)
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


@stage_asset(group="annotation", code_version="2", preview=calibration_preview, schema=CALIBRATION)
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


@stage_asset(
    group="annotation",
    code_version="1",
    outside=queue,
    kinds=frozenset({"labelstudio"}),
    schema=ANNOTATION_TASKS,
)
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
    sink = task_sink(stage.recipe)
    facts = sink.push(tasks, stage.progress)._asdict() if sink else {}
    return Product(tasks, facts=facts)


@stage_asset(
    group="annotation",
    code_version="2",
    partitioning=Partitioning.STRATEGIES,
    outside=queue,
    kinds=frozenset({"labelstudio"}),
    schema=TRIPLET_TASKS,
)
def triplet_tasks(
    stage: Stage, params: TripletFilterParams, filtered_triplets: Artefact
) -> Product:
    """Kept triplets, drawn by lot, that people are asked about; sent where they work."""
    tasks, sink = select_triplets(filtered_triplets.read(), params), triplet_sink(stage.recipe)
    return Product(tasks, facts=sink.push(tasks, stage.progress)._asdict() if sink else {})


@stage_asset(
    group="annotation", code_version="1", outside=state_of_triplet_reviews, schema=TRIPLET_REVIEWS
)
def triplet_reviews(stage: Stage) -> Product:
    """What annotators said of triplets: a snapshot, as `reviews` is one of pairs."""
    return Product(triplet_source(stage.recipe).pull(None, stage.progress))


@stage_asset(group="annotation", code_version="1", schema=TRIPLET_VERDICTS)
def triplet_verdicts(_: Stage, triplet_reviews: Artefact) -> Product:
    """One decision per reviewed triplet: right in both of its sides, or not."""
    return Product(resolve_triplets(triplet_reviews.read()))


@stage_asset(group="annotation", code_version="1", preview=triplet_scores_preview, schema=SCORES)
def triplet_scores(
    _: Stage, params: CalibrationParams, triplet_reviews: Artefact, triplet_tasks: Artefacts
) -> Product:
    """How many positives follow and negatives contradict, by strategy, as people judge them."""
    samples = [one.read() for one in triplet_tasks]
    return Product(score_triplets(triplet_reviews.read(), samples, params))
