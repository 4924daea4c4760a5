"""Which encoder aligns best: F1 with intervals on the same documents, and what each costs.

Nothing is read here but models. Stands outside of the stages, for it joins two of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pipeline.alignment.commands.align import align_texts
from pipeline.alignment.sentences.length_baseline import length_baseline
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.evaluation.cost.passes import Request, measure_speed
from pipeline.evaluation.cost.rows import model_size
from pipeline.evaluation.measures.bead_scores import Bead, bead_f1_gain, bead_f1_interval
from pipeline.evaluation.tasks.alignment_f1 import AlignmentTask
from pipeline.parameters import AlignmentParams, EvaluationParams
from pipeline.progress import Progress, silent
from pipeline.statistics import Interval
from pipeline.text import beads as alignment_beads

LENGTH = "length only"
"""The baseline that stands beside every result."""

_TIMED_TEXTS = 48
_TIMED_PASSES = 3

Beads = Sequence[Sequence[Bead]]
"""Of each task."""


@dataclass(frozen=True)
class EncoderCost:
    """What it takes to encode.

    Attributes:
        seconds: for all sentences of the tasks on one core, from the median speed on some of them.
        peak_memory_bytes: of a process that encodes, interpreter and libraries included.
        parameter_count: numbers that were trained.
        disk_bytes: of the model's files.
    """

    seconds: float
    peak_memory_bytes: int
    parameter_count: int
    disk_bytes: int


@dataclass(frozen=True)
class Standing:
    """A model's place in a ranking.

    Attributes:
        model: name, or `LENGTH`.
        strict: F1.
        lax: F1.
        lead: strict F1 of the ranking's first less this one's, paired; None for the first.
    """

    model: str
    strict: Interval
    lax: Interval
    lead: Interval | None


@dataclass(frozen=True)
class Comparison:
    """What models made of tasks, and at what cost.

    Attributes:
        beads: of each model and of the baseline `LENGTH`, for each task.
        costs: of the models, where they were asked for.
    """

    beads: Mapping[str, Beads]
    costs: Mapping[str, EncoderCost]


def compare_encoders(
    tasks: Sequence[AlignmentTask],
    models: Sequence[str],
    params: AlignmentParams,
    *,
    cache: EmbeddingCache | None = None,
    with_cost: bool = True,
    progress: Progress = silent,
) -> Comparison:
    """Align every task with every model's vectors, and by length.

    Args:
        tasks: documents to be aligned.
        models: names of encoders; one that is named twice is used once.
        params: of the alignment.
        cache: where vectors are remembered.
        with_cost: measure speed and memory too, each model in a process of its own.
        progress: hears of every model.

    Raises:
        InputError: there is no such model.
        SourceUnavailable: the hub cannot be reached.
    """
    distinct = list(dict.fromkeys(models))
    found: dict[str, Beads] = {}
    costs: dict[str, EncoderCost] = {}
    for number, name in enumerate(distinct):
        progress(number, len(distinct), name)
        encoder = load_encoder(name, cache=cache)
        found[name] = [_by_meaning(task, encoder, params) for task in tasks]
        if with_cost:
            costs[name] = encoder_cost(name, tasks)
    found[LENGTH] = [_by_length(task) for task in tasks]
    return Comparison(found, costs)


def rank(
    tasks: Sequence[AlignmentTask], found: Mapping[str, Beads], params: EvaluationParams
) -> list[Standing]:
    """Models by strict F1 on all tasks together, best first; ties in the order given.

    Args:
        tasks: with their gold beads.
        found: what each model made of each of the tasks.
        params: resamples and seed.

    Raises:
        InputError: no task has a gold bead.
    """
    seed, count = params.seed, params.bootstrap_count
    gold = [task.gold for task in tasks]

    def f1(beads: Beads, *, is_lax: bool) -> Interval:
        documents = zip(beads, gold, strict=True)
        return bead_f1_interval(documents, seed=seed, count=count, is_lax=is_lax)

    def lead(beads: Beads) -> Interval:
        documents = zip(beads, best, gold, strict=True)
        return bead_f1_gain(documents, seed=seed, count=count)

    strict = {model: f1(beads, is_lax=False) for model, beads in found.items()}
    ranked = sorted(found, key=lambda model: -strict[model].value)
    best = found[ranked[0]]
    return [
        Standing(
            model,
            strict[model],
            f1(found[model], is_lax=True),
            lead(found[model]) if place else None,
        )
        for place, model in enumerate(ranked)
    ]


def encoder_cost(
    model: str, tasks: Sequence[AlignmentTask], progress: Progress = silent
) -> EncoderCost:
    """Measure a model in a process of its own, on a spread of the tasks' sentences.

    Raises:
        InputError: there is no such model, or it cannot be run.
    """
    texts = sorted({text for task in tasks for text in (*task.sources, *task.targets)})
    some = texts[:: max(1, len(texts) // _TIMED_TEXTS)][:_TIMED_TEXTS]
    speed = measure_speed(Request(model, some, pass_count=_TIMED_PASSES), progress)
    size = model_size(model)
    seconds = median(one.seconds for one in speed.passes) * len(texts) / len(some)
    return EncoderCost(seconds, speed.peak_memory_bytes, size.parameter_count, size.disk_bytes)


def _by_meaning(task: AlignmentTask, encoder: Encoder, params: AlignmentParams) -> list[Bead]:
    source, target = task.languages
    return _plain(align_texts((source, task.sources), (target, task.targets), encoder, params))


def _by_length(task: AlignmentTask) -> list[Bead]:
    return _plain(length_baseline([*map(len, task.sources)], [*map(len, task.targets)]))


def _plain(beads: Iterable[alignment_beads.Bead]) -> list[Bead]:
    return [(bead.source, bead.target) for bead in beads]
