"""What the assets of the evaluation group share: who is measured, on which suites, stored how."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from assets.encoders import encoders_of, of_model
from assets.outside import start_model
from assets.resources import Artefacts
from assets.stage_asset import OutsideInputs, Product, Stage
from pipeline import settings
from pipeline.encoders import (
    EmbeddingCache,
    encoder_fingerprint,
    load_encoder,
    resolve_model_folder,
)
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.evaluation.baselines import BASELINES, load_models
from pipeline.evaluation.cost.rows import SUITE as COST_SUITE
from pipeline.evaluation.cost.rows import size_rows
from pipeline.evaluation.cost.size import folder_size
from pipeline.evaluation.gates.prompts import declared_prompt_gate, read_prompts
from pipeline.evaluation.measures.scores import START, Mistake, Scored
from pipeline.evaluation.measures.significance import with_adjusted_p
from pipeline.evaluation.models import Model, as_models
from pipeline.evaluation.suites.languages import in_languages
from pipeline.evaluation.suites.running import Task, score_tasks, tasks_of
from pipeline.evaluation.suites.sources import hash_suite
from pipeline.evaluation.suites.trained import with_training_slices
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.measurements import Measurement
from pipeline.parameters import EvaluationParams
from pipeline.progress import Progress
from pipeline.recipe import Recipe
from pipeline.recipe_sections import TRANSLATION
from pipeline.storage import Artefact, GateVerdict
from pipeline.suite_entries import Suite
from pipeline.suites import load_suites, open_suites
from pipeline.tables import SCORES, as_table

SHOWN_MISTAKES = 3  # of each model, suite and direction
TEACHER = "teacher"
TASKS = ("retrieval", "mining", "similarity", "paraphrase", "classification", "passages")
"""Of suites that assets score."""


def compared_models(
    recipe: Recipe, students: Artefacts, translators: Artefacts, progress: Progress
) -> dict[str, Model]:
    """The start model, every student, then the recipe's baselines.

    Raises:
        InputError: a translation model among the baselines has not been trained.
    """
    cache = EmbeddingCache(settings.embedding_cache())
    named = {TEACHER: recipe.models.teacher}
    named |= {TRANSLATION + str(one.address.partition): str(one.folder()) for one in translators}
    for name in recipe.models.baselines:
        if name.startswith(TRANSLATION) and name not in named:
            raise InputError(
                f"the baseline {name} has not been trained: run train_translator first"
            )
    baselines = load_models(
        recipe.models.baselines,
        lambda name: load_encoder(
            named.get(name, name), cache=cache, progress=of_model(name, progress)
        ),
    )
    return as_models(encoders_of(recipe, students, progress)) | baselines


def chosen_suites(recipe: Recipe, kinds: Sequence[str]) -> list[Suite]:
    """The recipe's suites of these tasks; test sets only when they are opened."""
    suites = open_suites(recipe.suites, are_test_sets_opened=recipe.evaluation.are_test_sets_opened)
    return [suite for suite in suites if suite.task in kinds]


def read_tasks(recipe: Recipe, kinds: Sequence[str]) -> list[Task]:
    """Their tasks in the recipe's languages, the files read."""
    suites = chosen_suites(recipe, kinds)
    tasks = [task for suite in suites for task in tasks_of(suite, recipe.evaluation.seed)]
    return in_languages(tasks, recipe.languages)


def parallel_suites(recipe: Recipe) -> list[ParallelTexts]:
    """Translations to be found among one another, of the recipe's suites."""
    return [one for one in read_tasks(recipe, ("retrieval",)) if isinstance(one, ParallelTexts)]


@dataclass(frozen=True)
class Measured:
    """Every model of a recipe, to be scored on tasks of the corpus's own and on suites.

    Attributes:
        stage: of the asset that scores.
        params: as they are in this run.
        students: artefacts of the trained models.
        translators: translation models, whose encoders may be baselines.
        contamination: what of the suites was trained on.
    """

    stage: Stage
    params: EvaluationParams
    students: Artefacts
    translators: Artefacts
    contamination: Artefact

    @cached_property
    def models(self) -> dict[str, Model]:
        """The start model, every student, then the recipe's baselines."""
        stage = self.stage
        return compared_models(stage.recipe, self.students, self.translators, stage.progress)

    def on(self, own: Sequence[Task], *kinds: str) -> Scored:
        """Scores on the given tasks and on the recipe's suites of these kinds."""
        recipe, found = self.stage.recipe, self.contamination.read_even_if_refused()
        tasks = [*own, *with_training_slices(read_tasks(recipe, kinds), found)]
        return score_tasks(tasks, self.models, self.params, self.stage.progress)


def scored_on(*kinds: str) -> OutsideInputs:
    """What scores depend on outside the graph: the start model, baselines, and suites' files."""

    def outside(recipe: Recipe, partition: str) -> Mapping[str, str]:
        encoders = [
            name
            for name in recipe.models.baselines
            if name not in BASELINES and not name.startswith(TRANSLATION)
        ]
        named = {TEACHER: recipe.models.teacher}
        return {
            **start_model(recipe, partition),
            "baselines": " ".join(recipe.models.baselines),
            **{name: encoder_fingerprint(named.get(name, name)) for name in encoders},
            **{suite.name: hash_suite(suite) for suite in chosen_suites(recipe, kinds)},
        }

    return outside


def scores_product(scored: Scored, gates: Sequence[GateVerdict]) -> Product:
    """The scores as they are stored, the worst mistakes beside them."""
    kept: dict[tuple[str, ...], list[Mistake]] = {}
    for mistake in scored.mistakes:
        place = mistake.suite, mistake.direction, mistake.model
        kept.setdefault(place, []).append(mistake)
    shown = [asdict(one) for mistakes in kept.values() for one in mistakes[:SHOWN_MISTAKES]]
    return Product(with_adjusted_p(scored.table()), gates, {"mistakes": shown})


def mistakes_of(*scores: Artefact) -> list[Mistake]:
    """The mistakes stored beside scores."""
    stored: list[Any] = [table.manifest.metadata.get("mistakes", []) for table in scores]
    return [Mistake(**one) for mistakes in stored for one in mistakes]


def suite_files(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The files of every suite that assets score."""
    del partition
    return {suite.name: hash_suite(suite) for suite in chosen_suites(recipe, TASKS)}


def every_suite(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The start model, and the files of every suite that assets score."""
    return {**start_model(recipe, partition), **suite_files(recipe, partition)}


def prompt_verdict(recipe: Recipe, students: Artefacts) -> GateVerdict:
    """Gate `prompt`: whether the start model and every student bring the prompts they need."""
    folders = {recipe.models.start: resolve_model_folder(recipe.models.start)}
    folders |= {str(one.address.partition): one.folder() for one in students}
    verdicts = [
        declared_prompt_gate(*read_prompts(name, folder)) for name, folder in folders.items()
    ]
    return min(verdicts, key=lambda verdict: verdict.is_passed)


def model_sizes(recipe: Recipe, students: Artefacts) -> pa.Table:
    """Parameters and bytes of the start model and every student, as scores; speed is not stored."""
    folders = {START: resolve_model_folder(recipe.models.start)}
    folders |= {str(one.address.partition): one.folder() for one in students}
    rows = []
    for name, folder in folders.items():
        measured = Measurement(
            COST_SUITE, "", "", name, hash_model_folder(folder), recipe.evaluation.seed
        )
        rows += size_rows(measured, folder_size(folder))
    return as_table(rows, SCORES)


def suite_words(recipe: Recipe) -> dict[str, str]:
    """What reports say of the recipe's suites, and who is a baseline."""
    told = {suite.name: suite.model_dump_json() for suite in load_suites(recipe.suites)}
    return {**told, "baselines": " ".join(recipe.models.baselines)}
