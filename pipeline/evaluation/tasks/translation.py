"""How good machine translations are: chrF++, BLEU and TER against one reference each. Pure.

chrF++ is the figure to quote: it needs no tokeniser and gives credit for a right stem, which counts
in languages that join many endings to a word. BLEU and TER stand beside it for older tables. All
keep sacrebleu's scale (BLEU and chrF++ 0 to 100, TER a percentage that may exceed 100, lower is
better) and its signatures (Post 2018), so that they can be set beside published figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.errors import InputError
from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import START, Mistake, Scored
from pipeline.evaluation.measures.translation_metrics import TranslationMetric, translation_metrics
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array, Statistic
from pipeline.tables import identify

COPY = "copy"  # the baseline that hands back the source, see `copied_sources`
_MOST_MISTAKES = 10
_HIGHEST = 100.0


@dataclass(frozen=True)
class TranslationTask:
    """Sentences to translate, and what a person made of them.

    Attributes:
        suite: name of the data set.
        languages: codes of the source and the target side, e.g. `("rus_Cyrl", "tuk_Latn")`.
        sources: texts.
        references: one translation of each, none empty.
        attributes: for each kind of slice a label for each segment.
    """

    suite: str
    languages: tuple[str, str]
    sources: Sequence[str]
    references: Sequence[str]
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def copied_sources(task: TranslationTask) -> list[str]:
    """What a system that translates nothing gives: every source as it is."""
    return list(task.sources)


def score_translation(
    task: TranslationTask,
    systems: Mapping[str, Sequence[str]],
    params: EvaluationParams,
    against: str = START,
) -> Scored:
    """Corpus chrF++, BLEU and TER of each system, with bootstrap intervals over segments.

    Systems are compared with `against` on the same resamples (Koehn 2004), and by swapping their
    translations of a sentence at random (Riezler and Maxwell 2005). `n` counts segments, the note
    holds sacrebleu's signature, and a system's fingerprint is the hash of what it said. The worst
    sentences by chrF++ come as mistakes; their margin is what they lack to 100.

    Args:
        task: sources and references.
        systems: hypotheses by name, one for each source, empty where nothing was said.
        params: resamples and seed.
        against: name of the system that the others are compared with, if it is there.

    Raises:
        InputError: there are no segments, columns differ in length, or a reference is empty.
    """
    _check(task, systems)
    metrics = translation_metrics(task.languages[1])
    counts = {
        metric.name: {
            name: metric.counts(hypotheses, task.references) for name, hypotheses in systems.items()
        }
        for metric in metrics
    }
    measured = Measurement(
        task.suite,
        "-".join(task.languages),
        hash_texts(task.sources, task.references),
        "",
        "",
        params.seed,
    )
    figures = [
        Metric(metric.name, _statistic(metric, list(counts[metric.name].values())))
        for metric in metrics
    ]
    outcomes = _outcomes(metrics, systems)
    rows = comparison_rows(measured, figures, outcomes, params, task.attributes, against)
    primary = metrics[0]
    return Scored(
        rows,
        [
            mistake
            for name, hypotheses in systems.items()
            for mistake in _worst(
                task, name, hypotheses, primary.figure(counts[primary.name][name])
            )
        ],
    )


def _outcomes(
    metrics: Sequence[TranslationMetric], systems: Mapping[str, Sequence[str]]
) -> dict[str, Outcomes]:
    """Of each system the numbers of its segments in the table that `_statistic` looks them up in.

    A figure rests on many counts of a segment, and a column holds but one value for each.
    """
    notes = {metric.name: metric.signature for metric in metrics}
    return {
        name: Outcomes(
            identify(*hypotheses),
            dict.fromkeys(notes, np.arange(len(hypotheses)) + place * len(hypotheses)),
            notes,
        )
        for place, (name, hypotheses) in enumerate(systems.items())
    }


def _statistic(metric: TranslationMetric, counts: Sequence[Array]) -> Statistic:
    """From numbers (..., n) of segments to the figure (...) of them together."""
    columns = np.ascontiguousarray(np.concatenate(counts).T)

    def figure(numbers: Array) -> Array:
        rows = numbers.astype(np.int64)
        return metric.figure(np.stack([one[rows].sum(axis=-1) for one in columns], axis=-1))

    return figure


def _worst(
    task: TranslationTask, name: str, hypotheses: Sequence[str], chrf: Array
) -> list[Mistake]:
    """Segments of the lowest sentence chrF++, the worst first, equals in order."""
    order = np.argsort(chrf, kind="stable")[:_MOST_MISTAKES]
    return [
        Mistake(
            task.suite,
            "-".join(task.languages),
            name,
            task.sources[row],
            task.references[row],
            hypotheses[row],
            _HIGHEST - float(chrf[row]),
            _kind(task.sources[row], hypotheses[row]),
        )
        for row in order
        if chrf[row] < _HIGHEST
    ]


def _kind(source: str, hypothesis: str) -> str:
    if not hypothesis.strip():
        return "nothing said"
    return "source copied" if hypothesis.strip() == source.strip() else ""


def _check(task: TranslationTask, systems: Mapping[str, Sequence[str]]) -> None:
    n = len(task.sources)
    if not n or n != len(task.references):
        raise InputError(
            f"{task.suite}: {n} sources and {len(task.references)} references; translations are "
            "scored line by line, on one line at least"
        )
    for name, hypotheses in systems.items():
        if len(hypotheses) != n:
            raise InputError(
                f"{task.suite}: {name} gives {len(hypotheses)} translations of {n} sources; "
                "give an empty line where nothing was said"
            )
    empty = [number + 1 for number, text in enumerate(task.references) if not text.strip()]
    if empty:
        raise InputError(f"{task.suite}: line {empty[0]} has no reference; leave it out")
