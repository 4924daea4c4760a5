"""F1 of sentence alignments against beads that people made, whole and by the beads' shape. Pure."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.evaluation.measures.bead_scores import Bead, bead_f1_interval, bead_scores
from pipeline.evaluation.measures.scores import Mistake, Row, Scored
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams

INTERVAL_NOTE = "interval over blocks of five neighbouring beads"
LEAST_BEADS = 20  # of a shape, before it has a row of its own
MISTAKE_COUNT = 10


@dataclass(frozen=True)
class AlignmentTask:
    """Two texts, sentence by sentence, and which belong together.

    Attributes:
        suite: name of the data set.
        languages: codes of both sides.
        sources: sentences.
        targets: sentences.
        gold: beads of 0-based positions.
        note: what a reader of the scores must know.
    """

    suite: str
    languages: tuple[str, str]
    sources: Sequence[str]
    targets: Sequence[str]
    gold: Sequence[Bead]
    note: str = ""


@dataclass(frozen=True)
class Alignment:
    """What an aligner made of a task.

    Attributes:
        fingerprint: of the encoder it used; empty for none.
        beads: in order.
    """

    fingerprint: str
    beads: Sequence[Bead] = field(default=())


def score_alignment(
    task: AlignmentTask, alignments: Mapping[str, Alignment], params: EvaluationParams
) -> Scored:
    """Strict and lax F1 of every aligner, by shape too, and the first beads it got wrong."""
    dataset = hash_texts(task.sources, task.targets, [str(task.gold)])
    measured = Measurement(task.suite, "-".join(task.languages), dataset, "", "", params.seed)
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    for name, alignment in alignments.items():
        own = dataclasses.replace(measured, model=name, model_fingerprint=alignment.fingerprint)
        rows += bead_rows(own, alignment.beads, task.gold, params)
        mistakes += _mistakes(task, name, alignment.beads)
    return Scored(rows, mistakes)


def bead_rows(
    measured: Measurement,
    predicted: Sequence[Bead],
    gold: Sequence[Bead],
    params: EvaluationParams,
    note: str = INTERVAL_NOTE,
) -> Iterator[dict[str, object]]:
    """Rows of schema `SCORES`: strict and lax F1, then strict F1 of each shape of bead.

    `n` counts gold beads. Insertions and deletions have no row of their own: recall leaves them
    out by definition. Shapes with fewer than twenty gold beads have none either.
    """
    documents = [(predicted, gold)]
    seed, count = params.seed, params.bootstrap_count
    n = bead_scores(predicted, gold).n
    for metric, is_lax in (("strict_f1", False), ("lax_f1", True)):
        interval = bead_f1_interval(documents, seed=seed, count=count, is_lax=is_lax)
        yield measured.score(metric, dataclasses.replace(interval, n=n), note)
    for shape in ("1-1", "1-many", "many-many"):
        own = [bead for bead in gold if _shape(bead) == shape]
        if len(own) >= LEAST_BEADS:
            alike = [bead for bead in predicted if _shape(bead) == shape]
            interval = bead_f1_interval([(alike, own)], seed=seed, count=count)
            part = dataclasses.replace(measured, slice=f"shape: {shape}")
            yield part.score("strict_f1", dataclasses.replace(interval, n=len(own)), note)


def _shape(bead: Bead) -> str:
    """`1-1`, `1-many` (either way round), `many-many`, or `none` for an empty side."""
    fewer, more = sorted(min(len(side), 2) for side in bead)
    return {(1, 1): "1-1", (1, 2): "1-many", (2, 2): "many-many"}.get((fewer, more), "none")


def _mistakes(task: AlignmentTask, model: str, predicted: Sequence[Bead]) -> list[Mistake]:
    gold = {(tuple(source), tuple(target)) for source, target in task.gold}
    right_of = {sentence: bead for bead in sorted(gold) for sentence in bead[0]}
    wrong = [(tuple(a), tuple(b)) for a, b in predicted if a and (tuple(a), tuple(b)) not in gold]
    return [
        Mistake(
            task.suite,
            "-".join(task.languages),
            model,
            query=" ".join(task.sources[number] for number in bead[0]),
            right=_targets(task, right_of.get(bead[0][0])),
            found=_targets(task, bead),
            margin=0.0,
            kind=f"{_shape(bead)} instead of {_shape(right_of.get(bead[0][0], bead))}",
        )
        for bead in wrong[:MISTAKE_COUNT]
    ]


def _targets(task: AlignmentTask, bead: Bead | None) -> str:
    texts = [task.targets[number] for number in bead[1]] if bead else []
    return " ".join(texts) or "nothing"
