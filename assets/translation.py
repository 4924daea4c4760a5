"""Translation group: a corpus in, a translation model for each direction out, and their scores."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.previews import translation_preview, translation_scores_preview
from assets.resources import Artefacts
from assets.scoring import scores_product
from assets.stage_asset import Product, Stage, stage_asset
from assets.training import piped_trainer
from pipeline.directed_pairs import pairs_of, texts_without_pair
from pipeline.encoders import encoder_fingerprint, resolve_model_folder
from pipeline.errors import InputError
from pipeline.evaluation.held_out.translations import (
    TRAINED,
    Translate,
    score_translators,
    translation_tasks,
    translation_verdict,
)
from pipeline.evaluation.measures.scores import START, Scored
from pipeline.evaluation.suites.sources import hash_suite
from pipeline.parameters import EvaluationParams, TranslationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.suite_entries import Suite
from pipeline.suites import open_suites
from pipeline.tables import SCORES
from pipeline.translation.monolingual import kept_texts
from pipeline.translation.teaching import TranslationCourse, teach_translator
from pipeline.translation.using import translator
from pipeline.translation_directions import Direction
from pipeline.translation_models import Translation


def translation_origin(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What a translation model depends on outside the graph."""
    wanted = translation_of(recipe)
    start = encoder_fingerprint(wanted.model) if wanted.model else ""
    return {"start": start, "wanted": wanted.model_dump_json(), "direction": partition}


def translation_of(recipe: Recipe) -> Translation:
    """The recipe's wishes.

    Raises:
        InputError: it has none.
    """
    if recipe.translation is None:
        raise InputError(f"the recipe {recipe.name} names no `translation`; see docs/recipes.md")
    return recipe.translation


@stage_asset(
    group="translation",
    code_version="3",
    partitioning=Partitioning.DIRECTIONS,
    outside=translation_origin,
    preview=translation_preview,
    kinds=frozenset({"torch"}),
)
def translation_models(
    stage: Stage,
    params: TranslationParams,
    parallel_corpus: Artefact,
    monolingual_sentences: Artefact,
) -> Product:
    """A model that translates one way: fine-tuned, or made from nothing, on the training split."""
    wanted, corpus = translation_of(stage.recipe), parallel_corpus.read()
    direction = Direction.named(stage.partition)
    alone = kept_texts(monolingual_sentences.read(), direction.target)
    course = TranslationCourse(
        start=wanted.scratch or resolve_model_folder(wanted.model or ""),
        direction=direction,
        pairs=pairs_of(corpus, direction, "train"),
        dev=pairs_of(corpus, direction, "dev"),
        params=params,
        monolingual=texts_without_pair(corpus, direction, alone),
    )
    run = piped_trainer(stage, "translation")
    taught = teach_translator(course, stage.work_folder, stage.progress, run)
    return Product(taught.folder, facts=taught.facts)


def translated_suites(recipe: Recipe) -> list[Suite]:
    """Suites whose pairs the models translate too; test sets only when they are opened."""
    names = recipe.translation.suites if recipe.translation else ()
    return open_suites(names, are_test_sets_opened=recipe.evaluation.are_test_sets_opened)


def translators_of(stage: Stage, model: Artefact) -> dict[str, Translate]:
    """A direction's model before training, where there was one, and after."""
    recipe, direction = stage.recipe, Direction.named(str(model.address.partition))
    start, beams = translation_of(recipe).model, recipe.translating.beams
    folders = {START: resolve_model_folder(start)} if start else {}
    folders |= {TRAINED: model.folder()}
    return {
        name: translator(folder, direction, beams, stage.progress)
        for name, folder in folders.items()
    }


def scoring_origin(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What scores depend on outside the graph: the start model, beams, and suites' files."""
    if recipe.translation is None:
        return {}
    suites = {suite.name: hash_suite(suite) for suite in translated_suites(recipe)}
    beams = str(recipe.translating.beams)
    return {**translation_origin(recipe, partition), "beams": beams, **suites}


@stage_asset(
    group="evaluation",
    code_version="1",
    gates=("sample_size",),
    outside=scoring_origin,
    preview=translation_scores_preview,
    kinds=frozenset({"torch"}),
    schema=SCORES,
)
def translation_scores(
    stage: Stage,
    params: EvaluationParams,
    parallel_corpus: Artefact,
    translation_models: Artefacts,
) -> Product:
    """chrF++, BLEU and TER on text that was not learnt, beside the start, a copy, a dictionary."""
    corpus, suites = parallel_corpus.read(), translated_suites(stage.recipe)
    directions = {Direction.named(str(one.address.partition)): one for one in translation_models}
    scored = Scored.all_of(
        score_translators(
            translation_tasks(corpus, direction, suites),
            translators_of(stage, model),
            pairs_of(corpus, direction, "train"),
            params,
        )
        for direction, model in directions.items()
    )
    return scores_product(scored, [translation_verdict(scored.table(), params)])
