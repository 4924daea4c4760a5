"""How well translators translate: the corpus's test split, and suites, in one direction.

Pure but for the translators, which are given.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.directed_pairs import TextPairs, pairs_of
from pipeline.evaluation.gates import suite_gate
from pipeline.evaluation.measures.scores import START, Scored
from pipeline.evaluation.suites.bitexts import retrieval_tasks
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.translation import (
    COPY,
    TranslationTask,
    copied_sources,
    score_translation,
)
from pipeline.evaluation.tasks.word_for_word import (
    WORD_FOR_WORD,
    learn_dictionary,
    word_for_word,
)
from pipeline.parameters import EvaluationParams
from pipeline.storage import GateVerdict
from pipeline.suite_entries import BitextSuite, Suite
from pipeline.translation_directions import Direction

Translate = Callable[[Sequence[str]], list[str]]
"""Translates texts, one for one."""

HELD_OUT = "held_out"
TRAINED = "translator"
"""The trained model, in the column `model`."""

_HEADLINE = "chrf2pp"
_NARROW_POINTS = 1.0  # of chrF++: half of an interval that tells systems apart


def translation_tasks(
    corpus: pa.Table, direction: Direction, suites: Iterable[Suite] = ()
) -> list[TranslationTask]:
    """The test split in a direction, if it has any, then suites that pair its languages.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        direction: either way.
        suites: those of retrieval count; they are read.
    """
    held_out = pairs_of(corpus, direction, "test")
    own = [TranslationTask(HELD_OUT, direction, held_out.sources, held_out.targets)]
    bitexts = [suite for suite in suites if isinstance(suite, BitextSuite)]
    found = [_directed(texts, direction) for suite in bitexts for texts in retrieval_tasks(suite)]
    return [task for task in (*own, *found) if task is not None and task.sources]


def score_translators(
    tasks: Iterable[TranslationTask],
    translators: Mapping[str, Translate],
    train: TextPairs,
    params: EvaluationParams,
) -> Scored:
    """Translators beside a copy of the source and a word-for-word translation.

    Gains are over `start`, the model before training; where there was none, over the copy.

    Args:
        tasks: of one direction.
        translators: by name.
        train: pairs from which the word-for-word dictionary is learnt.
        params: resamples and seed.
    """
    dictionary = learn_dictionary(train.sources, train.targets)
    against = START if START in translators else COPY
    return Scored.all_of(
        score_translation(
            task,
            {name: translate(task.sources) for name, translate in translators.items()}
            | {
                COPY: copied_sources(task),
                WORD_FOR_WORD: word_for_word(task.sources, dictionary),
            },
            params,
            against,
        )
        for task in tasks
    )


def translation_verdict(scores: pa.Table, params: EvaluationParams) -> GateVerdict:
    """Gate `sample_size`: enough sentences to tell systems apart by chrF++.

    Args:
        scores: table of schema `SCORES`.
        params: the least number of sentences.
    """
    headline = scores.filter(pc.equal(scores["metric"], _HEADLINE))
    return suite_gate(headline, params.min_queries, "sentences", _NARROW_POINTS)


def _directed(texts: ParallelTexts, direction: Direction) -> TranslationTask | None:
    if tuple(texts.languages) == direction:
        return TranslationTask(texts.suite, direction, texts.sources, texts.targets)
    if tuple(texts.languages) == direction.reverse:
        return TranslationTask(texts.suite, direction, texts.targets, texts.sources)
    return None
