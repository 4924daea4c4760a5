"""Whether suites are in the languages that they say they are in. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

from pipeline.evaluation.gates.languages import language_gate
from pipeline.evaluation.models import Texts
from pipeline.evaluation.suites.bitexts import HardTask
from pipeline.evaluation.tasks.classification import ClassificationTask
from pipeline.evaluation.tasks.paraphrase import ParaphraseTask
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.storage import GateVerdict

GATE = "language"

_SIDES: dict[type, Callable[[Any], Iterable[Texts]]] = {
    ParallelTexts: lambda task: task.sides,
    HardTask: lambda task: task.texts.sides,
    RatedPairs: lambda task: task.sides,
    ParaphraseTask: lambda task: (
        Texts(task.pairs.languages[0], task.pairs.first),
        Texts(task.pairs.languages[1], task.pairs.second),
    ),
    ClassificationTask: lambda task: (Texts(task.test.language, task.test.texts),),
    PassageTask: lambda task: (
        Texts(task.languages[0], task.queries),
        Texts(task.languages[1], task.passages),
    ),
}


def language_verdict(tasks: Iterable[Any]) -> GateVerdict:
    """Gate `language`: the refusals of all suites' texts, each suite and language looked at once.

    Args:
        tasks: of suites; kinds without texts of their own are passed over.
    """
    sides: dict[str, dict[str, Texts]] = {}
    for task in tasks:
        for number, side in enumerate(_SIDES.get(type(task), lambda _: ())(task)):
            named = sides.setdefault(task.suite, {})
            named.setdefault(f"{task.suite}, {side.language}, side {number + 1}", side)
    verdicts = [language_gate(named) for named in sides.values()]
    refused = [one.reason for one in verdicts if not one.is_passed]
    fine = f"In the languages that they state: {len(verdicts)} suites."
    return GateVerdict(GATE, is_passed=not refused, reason=" ".join(refused) or fine)
