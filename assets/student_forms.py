"""Evaluation group: what a student gives besides itself, beside what it gives itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from assets.encoders import of_model
from assets.resources import Artefacts
from assets.scoring import parallel_suites, read_tasks, scored_on
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.distillation.task_adapters import adapters_of, merge_task_adapter
from pipeline.distillation.teaching import MATRYOSHKA
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.encoders.prefixes import PrefixEncoder
from pipeline.evaluation.held_out import corpus_split
from pipeline.evaluation.measures.significance import with_adjusted_p
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.student_forms import Form, adapter_name, prefix_name, score_forms
from pipeline.evaluation.suites.running import Task
from pipeline.parameters import EvaluationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import SCORES, as_table


@dataclass(frozen=True)
class Asked:
    """What forms are measured on, read when it is needed.

    Attributes:
        recipe: whose suites are read.
        corpus: table of schema `PARALLEL_CORPUS`.
    """

    recipe: Recipe
    corpus: pa.Table

    @cached_property
    def translations(self) -> Sequence[Task]:
        """Held-out pairs, or where there are none the recipe's parallel suites."""
        held_out = corpus_split.held_out_suites(self.corpus, self.recipe.pivots)
        own = [task for task in held_out if task.suite == corpus_split.ALL_ORIGINS]
        return own or parallel_suites(self.recipe)

    @cached_property
    def ratings(self) -> Sequence[Task]:
        """Pairs of sentences that people rated, of the recipe's suites."""
        return read_tasks(self.recipe, ("similarity",))

    @cached_property
    def passages(self) -> Sequence[Task]:
        """Questions and the passages that answer them, likewise."""
        return read_tasks(self.recipe, ("passages",))

    def of_adapter(self, task: str) -> Sequence[Task]:
        """What an adapter is for; translations where the recipe has no suite of it."""
        if task == "similarity":
            return self.ratings or self.translations
        return (self.passages if task == "retrieval" else ()) or self.translations


@stage_asset(
    group="evaluation",
    code_version="1",
    outside=scored_on("retrieval", "similarity", "passages"),
    kinds=frozenset({"torch"}),
    schema=SCORES,
)
def student_form_scores(
    stage: Stage, params: EvaluationParams, parallel_corpus: Artefact, student_models: Artefacts
) -> Product:
    """Students with a task adapter put on, or with shorter vectors, each beside itself."""
    asked = Asked(stage.recipe, parallel_corpus.read())
    rows = [
        row
        for student in student_models
        for row in score_forms(
            str(student.address.partition),
            _model(student.folder(), student, stage),
            dict(_forms(student, asked, stage)),
            params,
            stage.progress,
        )
    ]
    return Product(with_adjusted_p(as_table([dict(row) for row in rows], SCORES)))


def _forms(student: Artefact, asked: Asked, stage: Stage) -> Iterator[tuple[str, Form]]:
    name, folder = str(student.address.partition), student.folder()
    for task in adapters_of(folder):
        merged = stage.work_folder / name / task
        if not merged.is_dir():  # there where a run was killed
            merge_task_adapter(folder, task, merged)
        form = Form(_model(merged, student, stage), asked.of_adapter(task))
        yield adapter_name(name, task), form
    widths = str(student.manifest.metadata.get(MATRYOSHKA, ""))
    for width in map(int, filter(None, widths.split(","))):
        shortened = EncoderModel(PrefixEncoder(_model(folder, student, stage).encoder, width))
        tasks = [*asked.translations, *asked.ratings]
        yield prefix_name(name, width), Form(shortened, tasks)


def _model(folder: Path, student: Artefact, stage: Stage) -> EncoderModel:
    progress = of_model(str(student.address.partition), stage.progress)
    cache = EmbeddingCache(settings.embedding_cache())
    return EncoderModel(load_encoder(str(folder), cache=cache, progress=progress))
