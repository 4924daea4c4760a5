"""Tasks by language, and whether their texts are in the languages that they state. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from pipeline.evaluation.gates.languages import language_gate
from pipeline.evaluation.models import Texts
from pipeline.evaluation.suites.bitexts import HardTask
from pipeline.evaluation.tasks.classification import ClassificationTask
from pipeline.evaluation.tasks.few_shot import FewShotTask
from pipeline.evaluation.tasks.mining_f1 import MiningTask
from pipeline.evaluation.tasks.paraphrase import ParaphraseTask
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.storage import GateVerdict

GATE = "language"
Task = TypeVar("Task")

_SIDES: dict[type, Callable[[Any], Iterable[Texts]]] = {
    ParallelTexts: lambda task: task.sides,
    HardTask: lambda task: task.texts.sides,
    RatedPairs: lambda task: task.sides,
    ParaphraseTask: lambda task: (
        Texts(task.pairs.languages[0], task.pairs.first),
        Texts(task.pairs.languages[1], task.pairs.second),
    ),
    ClassificationTask: lambda task: (Texts(task.test.language, task.test.texts),),
    FewShotTask: lambda task: (task.test,),
    MiningTask: lambda task: (
        Texts(task.languages[0], task.sources),
        Texts(task.languages[1], task.targets),
    ),
    PassageTask: lambda task: (
        Texts(task.languages[0], task.queries),
        Texts(task.languages[1], task.passages),
    ),
}


def in_languages(tasks: Sequence[Task], codes: Collection[str]) -> list[Task]:
    """Of suites in many languages the tasks in these; a suite without any of them stays whole.

    Args:
        tasks: of suites, in order.
        codes: languages that a recipe is about; a task counts if all of its languages are.
    """
    by_suite: defaultdict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_suite[task.suite].append(task)  # type: ignore[attr-defined] # every kind has it

    def is_about(task: Task) -> bool:
        return {side.language for side in _sides_of(task)} <= set(codes)

    return [
        task
        for of_suite in by_suite.values()
        for task in [one for one in of_suite if is_about(one)] or of_suite
    ]


def language_verdict(tasks: Iterable[Any]) -> GateVerdict:
    """Gate `language`: the refusals of all suites' texts, each suite and language looked at once.

    Args:
        tasks: of suites; kinds without texts of their own are passed over.
    """
    sides: dict[str, dict[str, Texts]] = {}
    for task in tasks:
        for number, side in enumerate(_sides_of(task)):
            named = sides.setdefault(task.suite, {})
            named.setdefault(f"{task.suite}, {side.language}, side {number + 1}", side)
    verdicts = [language_gate(named) for named in sides.values()]
    refused = [one.reason for one in verdicts if not one.is_passed]
    fine = f"In the languages that they state: {len(verdicts)} suites."
    return GateVerdict(GATE, is_passed=not refused, reason=" ".join(refused) or fine)


def _sides_of(task: object) -> Iterable[Texts]:
    return _SIDES.get(type(task), lambda _: ())(task)
