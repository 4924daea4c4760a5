"""From suites to scores: every kind of task has one scorer, whoever is measured."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pipeline.evaluation.measures.scores import Scored
from pipeline.evaluation.models import EncoderModel, Model
from pipeline.evaluation.suites.aligned import alignment_task
from pipeline.evaluation.suites.bitexts import HardTask, mining_tasks, retrieval_tasks
from pipeline.evaluation.suites.labelled import classification_tasks, few_shot_tasks
from pipeline.evaluation.suites.pairs import paraphrase_tasks, similarity_tasks, translation_task
from pipeline.evaluation.suites.passages import passage_tasks
from pipeline.evaluation.suites.slicing import sliced
from pipeline.evaluation.tasks.alignment_f1 import Alignment, AlignmentTask, score_alignment
from pipeline.evaluation.tasks.classification import ClassificationTask, score_classification
from pipeline.evaluation.tasks.few_shot import FewShotTask, score_few_shot
from pipeline.evaluation.tasks.hard_negatives import score_hard_retrieval
from pipeline.evaluation.tasks.mining_f1 import MiningTask, score_mining
from pipeline.evaluation.tasks.mteb_tasks import find_mteb_tasks, score_mteb
from pipeline.evaluation.tasks.paraphrase import ParaphraseTask, score_paraphrases
from pipeline.evaluation.tasks.passages import PassageTask, score_passages
from pipeline.evaluation.tasks.retrieval import ParallelTexts, score_retrieval
from pipeline.evaluation.tasks.similarity import RatedPairs, score_similarity
from pipeline.evaluation.tasks.translation import COPY, copied_sources, score_translation
from pipeline.parameters import EvaluationParams
from pipeline.progress import Progress, silent
from pipeline.suite_entries import Suite

Task: TypeAlias = (
    ParallelTexts
    | HardTask
    | MiningTask
    | RatedPairs
    | ParaphraseTask
    | ClassificationTask
    | FewShotTask
    | PassageTask
    | AlignmentTask
)
Align: TypeAlias = Callable[[AlignmentTask, Model], Alignment | None]
"""How a model aligns two texts; None for a model that does not."""

_SCORERS: dict[type, Callable[[Any, Mapping[str, Model], EvaluationParams], Scored]] = {
    ParallelTexts: score_retrieval,
    HardTask: lambda task, *rest: score_hard_retrieval(sliced(task.texts), *rest),
    MiningTask: score_mining,
    RatedPairs: score_similarity,
    ParaphraseTask: score_paraphrases,
    ClassificationTask: score_classification,
    FewShotTask: score_few_shot,
    PassageTask: score_passages,
}


def tasks_of(suite: Suite, seed: int) -> list[Task]:
    """The tasks of a suite, its files read; none for mteb's and translations, which score as one.

    Args:
        suite: its entry.
        seed: of folds and of what is withheld.

    Raises:
        InputError: a file is missing or wrong.
        SourceUnavailable: the hub cannot be reached.
    """
    tasks: Sequence[Task]
    if suite.task == "retrieval":
        tasks = retrieval_tasks(suite)
        return [HardTask(texts) for texts in tasks] if suite.is_hard else list(tasks)
    if suite.task == "classification":
        return [*classification_tasks(suite, seed), *few_shot_tasks(suite)]
    readers: dict[str, Callable[[Any], Sequence[Task]]] = {
        "mining": lambda one: mining_tasks(one, seed),
        "similarity": similarity_tasks,
        "paraphrase": paraphrase_tasks,
        "passages": passage_tasks,
        "alignment": lambda one: [alignment_task(one)],
    }
    return list(readers[suite.task](suite)) if suite.task in readers else []


def score_tasks(
    tasks: Iterable[Task],
    models: Mapping[str, Model],
    params: EvaluationParams,
    progress: Progress = silent,
    align: Align | None = None,
) -> Scored:
    """Every task scored for every model that can do it.

    Args:
        tasks: of any kinds.
        models: by name; `start` comes first.
        params: resamples and seed.
        progress: hears of every task.
        align: how a model aligns two texts; without it alignment tasks are left out.
    """
    found, parts = list(tasks), []
    for number, task in enumerate(found):
        progress(number, len(found), f"{type(task).__name__} of {task.suite}")
        if isinstance(task, AlignmentTask):
            parts.append(_aligned(task, models, params, align))
        else:
            parts.append(_SCORERS[type(task)](sliced(task), models, params))
    return Scored.all_of(parts)


def score_suite(
    suite: Suite,
    models: Mapping[str, Model],
    params: EvaluationParams,
    progress: Progress = silent,
    align: Align | None = None,
) -> Scored:
    """A whole suite, read and scored.

    Raises: as `tasks_of`.
    """
    if suite.task == "mteb":
        encoders = {
            name: model.encoder for name, model in models.items() if isinstance(model, EncoderModel)
        }
        return score_mteb(find_mteb_tasks(suite.tasks, suite.languages), encoders, params.seed)
    if suite.task == "translation":
        task, systems = translation_task(suite)
        return score_translation(task, {COPY: copied_sources(task)} | systems, params)
    return score_tasks(tasks_of(suite, params.seed), models, params, progress, align)


def _aligned(
    task: AlignmentTask,
    models: Mapping[str, Model],
    params: EvaluationParams,
    align: Align | None,
) -> Scored:
    made = {name: align(task, model) for name, model in models.items()} if align else {}
    known = {name: alignment for name, alignment in made.items() if alignment}
    return score_alignment(task, known, params)
