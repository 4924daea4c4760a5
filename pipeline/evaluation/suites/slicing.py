"""Tasks with their slices: length and script of what is asked, beside what the suite says. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.evaluation.measures.slices import slice_labels, with_attributes
from pipeline.evaluation.tasks.classification import ClassificationTask
from pipeline.evaluation.tasks.paraphrase import ParaphraseTask
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs

_ASKED: dict[type, Callable[[Any], tuple[Sequence[str], str]]] = {
    ParallelTexts: lambda task: (task.sources, task.languages[0]),
    RatedPairs: lambda task: (task.first, task.languages[0]),
    ParaphraseTask: lambda task: (task.pairs.first, task.pairs.languages[0]),
    ClassificationTask: lambda task: (task.test.texts, task.test.language),
    PassageTask: lambda task: (task.queries, task.languages[0]),
}


def sliced(task: Any) -> Any:  # noqa: ANN401 - a task of any kind comes back as it went in
    """The same task with slices by length and script; tasks that have no slices stay as they are.

    Bitexts are sliced by their sources, in either direction: a pair stays in its slice.
    """
    if type(task) not in _ASKED:
        return task
    texts, language = _ASKED[type(task)](task)
    return replace(task, attributes=with_attributes(slice_labels(texts, language), task.attributes))
