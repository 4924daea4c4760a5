"""Bitext retrieval: does a sentence find its translation among many? Exact, in bounded memory.

Pure but for the models, which are given. P@1 is the share of queries whose nearest candidate is
right, MRR the mean of one over the rank of the best right one (Voorhees 1999), xSIM's error the
share whose widest ratio margin is wrong (Chen et al. 2023).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.measures.margins import NEIGHBOUR_COUNT, margin_errors
from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import Mistake, Row, Scored
from pipeline.evaluation.measures.similarities import Similarities
from pipeline.evaluation.measures.sweeps import Answers, Counted, Nearest, least_tied, tiles
from pipeline.evaluation.models import Model, Texts
from pipeline.evaluation.tasks.retrieval_errors import Asked, worst_mistakes
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.search import Neighbours

METRICS = (Metric("p_at_1"), Metric("mrr"), Metric("xsim_error"))
"""Of retrieval among sentences."""


@dataclass(frozen=True)
class RetrievalOutcomes:
    """What became of each query.

    Attributes:
        is_hit: bool (n,), whether a right candidate came first.
        reciprocal_rank: float64 (n,), in (0, 1].
        is_margin_error: bool (n,), whether the widest margin is a wrong candidate's.
        nearest: the nearest candidates of each query, up to four.
        best_right: float32 (n,), similarity of the best right candidate.
    """

    is_hit: npt.NDArray[np.bool_]
    reciprocal_rank: npt.NDArray[np.float64]
    is_margin_error: npt.NDArray[np.bool_]
    nearest: Neighbours
    best_right: npt.NDArray[np.float32]

    def as_columns(self, fingerprint: str, note: str) -> Outcomes:
        """What `METRICS` are made of."""
        columns = {
            "p_at_1": self.is_hit,
            "mrr": self.reciprocal_rank,
            "xsim_error": self.is_margin_error,
        }
        return Outcomes(fingerprint, columns, dict.fromkeys(columns, note))


@dataclass(frozen=True)
class ParallelTexts:
    """Translations, line by line, and what makes two of them the same text.

    Attributes:
        suite: name of the data set.
        languages: codes of the source and the target side.
        sources: texts, or their comparison keys.
        targets: likewise, one for each source.
        attributes: labels of each pair, by what they tell, such as `domain`.
        note: what a reader of the scores must know.
    """

    suite: str
    languages: tuple[str, str]
    sources: Sequence[str]
    targets: Sequence[str]
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""

    @property
    def direction(self) -> str:
        """As in the scores."""
        return "-".join(self.languages)

    @property
    def sides(self) -> tuple[Texts, Texts]:
        """Sources and targets, as halves of pairs."""
        source, target = self.languages
        return Texts(source, self.sources), Texts(target, self.targets)

    def asked(self) -> Asked:
        """Sources as queries, targets as the pool, and what is right."""
        right = right_answers(self.sources, self.targets)
        return Asked(self.suite, self.direction, self.sources, self.targets, right)

    def reversed(self) -> Self:
        """The same pairs, asked about from the other side."""
        return replace(
            self, languages=self.languages[::-1], sources=self.targets, targets=self.sources
        )


def right_answers(queries: Sequence[str], pool: Sequence[str]) -> list[set[int]]:
    """Positions in the pool that are right for each query of line-aligned texts.

    Right are the translation itself, every identical text, and the translations of an identical
    query: a model cannot tell them apart, so it is not asked to.
    """
    by_query: dict[str, set[str]] = {}
    places: dict[str, set[int]] = {}
    for number, (query, answer) in enumerate(zip(queries, pool, strict=True)):
        by_query.setdefault(query, set()).add(answer)
        places.setdefault(answer, set()).add(number)
    return [set().union(*(places[answer] for answer in by_query[query])) for query in queries]


def retrieval_outcomes(
    similarities: Similarities, right: Sequence[Collection[int]]
) -> RetrievalOutcomes:
    """Rank the best right candidate of every query among the wrong ones.

    Ties are counted against the model: a wrong candidate within 1e-6 (of 1, or of the value where
    that is larger) of the best right one stands before it, so that a collapsed model, for which
    all are equal, scores as badly as it deserves. Other right candidates never stand in the way.

    Args:
        similarities: of n queries and m candidates. Memory beyond them is bounded for any n and m.
        right: for each query the positions of its right candidates, at least one.

    Raises:
        InputError: no queries, or a query without a right answer inside the pool.
    """
    answers = Answers(similarities, right)
    best = answers.best()
    before = Counted(least_tied(best))
    onward = Nearest(similarities.shape, NEIGHBOUR_COUNT)
    for tile in tiles(similarities):
        onward.see(tile)
        answers.hide_in(tile)
        before.see(tile)
    errors = margin_errors(similarities, onward.found, right)
    rank = 1 + before.counts
    return RetrievalOutcomes(before.counts == 0, 1.0 / rank, errors, onward.found, best)


def score_retrieval(
    task: ParallelTexts, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """P@1, MRR and xSIM's error of every model in both directions, and its worst mistakes.

    The mistakes are those from source to target.

    Args:
        task: translations; its attributes make slices.
        models: by name; `start` comes first when present, and later ones are compared with it.
        params: resamples and seed.
    """
    ways = (task, task.reversed())
    asked = [way.asked() for way in ways]
    columns: tuple[dict[str, Outcomes], ...] = ({}, {})
    mistakes: list[Mistake] = []
    for name, model in models.items():
        onward, back = (
            retrieval_outcomes(similarities, one.right)
            for similarities, one in zip(model.both_ways(*task.sides), asked, strict=True)
        )
        mistakes += worst_mistakes(asked[0], name, onward.nearest, onward.best_right)
        for column, outcomes in zip(columns, (onward, back), strict=True):
            column[name] = outcomes.as_columns(model.fingerprint, task.note)
    rows = [
        row
        for way, column in zip(ways, columns, strict=True)
        for row in _rows(task, way, column, params)
    ]
    return Scored(rows, mistakes)


def _rows(
    task: ParallelTexts,
    way: ParallelTexts,
    models: Mapping[str, Outcomes],
    params: EvaluationParams,
) -> list[Row]:
    dataset_hash = hash_texts(task.sources, task.targets)
    measured = Measurement(
        task.suite, way.direction, dataset_hash, "", "", params.seed, len(way.targets)
    )
    return list(comparison_rows(measured, METRICS, models, params, slices=task.attributes))
