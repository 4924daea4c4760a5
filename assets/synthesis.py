"""Synthesis group: sentences of the focus language in, triplets that a language model wrote out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from assets.distillation import teacher_of
from assets.outside import teacher_model
from assets.partitions import Partitioning
from assets.previews import triplet_preview
from assets.resources import Artefacts
from assets.scoring import TASKS, read_tasks, suite_files
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.evaluation.suites.evaluated import evaluated_in
from pipeline.monolingual.choosing import choose_sentences
from pipeline.monolingual.reading import monolingual_version, read_monolingual, sentence_rows
from pipeline.parameters import (
    AdapterParams,
    AnchorParams,
    GenerationParams,
    TripletFilterParams,
)
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.synthesis.generators.opening import generator_folder
from pipeline.synthesis.inferences import inference_versions, read_inferences
from pipeline.synthesis.prompting import prompt_files
from pipeline.synthesis.quality.filtering import filter_triplets
from pipeline.synthesis.quality.funnel import funnel_facts
from pipeline.synthesis.strategies import STRATEGIES, Asking, Materials
from pipeline.synthesis.writers import generator_version, keep_prompts, open_writer
from pipeline.synthesis.writing import write_triplets
from pipeline.synthesis_sections import StrategyName
from pipeline.tables import (
    ANCHOR_SENTENCES,
    FILTERED_TRIPLETS,
    SYNTHETIC_TRIPLETS,
    identify,
    kept,
)

TORCH = frozenset({"torch"})


def monolingual_text(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What anchors depend on outside the graph: files of text, and what anchors must not hold."""
    sources = recipe.synthesis.monolingual.items()
    return {
        **suite_files(recipe, partition),
        **{f"text {name}": monolingual_version(source) for name, source in sources},
    }


def strategy_of(stage: Stage) -> StrategyName:
    """The strategy that is the partition."""
    return next(name for name in stage.recipe.synthesis.strategies if name == stage.partition)


def language_model(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What triplets depend on outside the graph: the model, prompts, and what adapters learn."""
    synthesis = recipe.synthesis
    learnt = synthesis.inferences.items()
    return {
        "strategy": partition,
        "model": generator_version(synthesis.generator),
        "prompts": identify(prompt_files()),
        "written": written_language(recipe),
        **{name: identify(*inference_versions(source)) for name, source in learnt},
    }


def written_language(recipe: Recipe) -> str:
    """The language of positives and negatives."""
    return recipe.synthesis.written_language or recipe.pivots[0]


def teacher_embed(stage: Stage) -> Callable[[Sequence[str], str], npt.NDArray[np.float32]]:
    """The teacher, as the stage asks for it."""
    teacher = teacher_of(stage)
    return lambda texts, language: teacher.encode(texts, language=language)


@stage_asset(group="synthesis", code_version="1", outside=monolingual_text, schema=ANCHOR_SENTENCES)
def anchor_sentences(
    stage: Stage, params: AnchorParams, textbook_sentences: Artefacts, news_sentences: Artefacts
) -> Product:
    """Sentences of the focus language about which a model is asked; the others, and why not."""
    recipe = stage.recipe
    found = [one.read() for one in (*textbook_sentences, *news_sentences)]
    rows = [
        *sentence_rows(found, recipe.focus),
        *read_monolingual(recipe.synthesis.monolingual, recipe.focus),
    ]
    own = [row for row in rows if row["language"] == recipe.focus]
    suites = evaluated_in(read_tasks(recipe, TASKS))([(recipe.focus, row["text"]) for row in own])
    return Product(choose_sentences(own, recipe.focus, params, suites))


@stage_asset(
    group="synthesis",
    code_version="2",
    partitioning=Partitioning.STRATEGIES,
    outside=language_model,
    kinds=TORCH,
)
def triplet_generators(stage: Stage, params: AdapterParams, anchor_sentences: Artefact) -> Product:
    """What a strategy makes ready: adapters for positives and negatives, and the prompts."""
    recipe, folder = stage.recipe, stage.work_folder / "prepared"
    synthesis = recipe.synthesis
    materials = Materials(
        model=generator_folder(synthesis.generator),
        written=written_language(recipe),
        focus=recipe.focus,
        inferences=read_inferences(synthesis.inferences.values()),
        focus_texts=kept(anchor_sentences.read())["text"].to_pylist(),
        params=params,
    )
    logs = STRATEGIES[strategy_of(stage)].prepare(materials, folder, stage.progress)
    keep_prompts(folder)
    return Product(folder, facts={"adapters": {name: asdict(log) for name, log in logs.items()}})


@stage_asset(
    group="synthesis",
    code_version="3",
    partitioning=Partitioning.STRATEGIES,
    outside=language_model,
    kinds=TORCH,
    schema=SYNTHETIC_TRIPLETS,
)
def synthetic_triplets(
    stage: Stage, params: GenerationParams, anchor_sentences: Artefact, triplet_generators: Artefact
) -> Product:
    """What a model wrote about every anchor, raw answers beside what was taken from them."""
    recipe, synthesis = stage.recipe, stage.recipe.synthesis
    inferences = read_inferences(synthesis.inferences.values())
    asking = Asking(written_language(recipe), inferences, teacher_embed(stage), params)
    writer = open_writer(
        strategy_of(stage), synthesis.generator, triplet_generators.folder(), asking
    )
    written = write_triplets(anchor_sentences.read(), writer, stage.work_folder, stage.progress)
    return Product(written.triplets, facts=written.facts)


@stage_asset(
    group="synthesis",
    code_version="1",
    partitioning=Partitioning.STRATEGIES,
    outside=lambda recipe, partition: {
        **teacher_model(recipe, partition),
        **suite_files(recipe, partition),
    },
    preview=triplet_preview,
    kinds=TORCH,
    schema=FILTERED_TRIPLETS,
)
def filtered_triplets(
    stage: Stage, params: TripletFilterParams, synthetic_triplets: Artefact
) -> Product:
    """Every triplet, kept or with the reason against it."""
    suites = evaluated_in(read_tasks(stage.recipe, TASKS))
    table = filter_triplets(synthetic_triplets.read(), teacher_embed(stage), suites, params)
    return Product(table, facts=funnel_facts(table))
