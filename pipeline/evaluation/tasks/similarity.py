"""Semantic textual similarity: do models order sentence pairs as people do?

Pure but for the models, which are given. Spearman is the measure to quote (Reimers et al. 2016);
Pearson stands beside it for comparison with older tables. Gold may have any scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import Mistake, Scored
from pipeline.evaluation.models import Model, Texts
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array, pearson, spearman

MISTAKE_COUNT = 10


@dataclass(frozen=True)
class RatedPairs:
    """Sentence pairs rated by people.

    Attributes:
        suite: name of the data set.
        languages: codes of the first and the second sentences.
        first: texts.
        second: texts, one for each first.
        gold: ratings, higher for more alike; finite, on any scale.
        attributes: for each kind of slice a label for each pair.
        note: what a reader of the scores must know about the ratings.
    """

    suite: str
    languages: tuple[str, str]
    first: Sequence[str]
    second: Sequence[str]
    gold: Sequence[float]
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""

    @property
    def sides(self) -> tuple[Texts, Texts]:
        """The two sides as a model takes them."""
        first, second = self.languages
        return Texts(first, self.first), Texts(second, self.second)


def score_similarity(
    pairs: RatedPairs, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """Spearman and Pearson of each model's similarities with the gold, intervals over pairs.

    The mistakes are the pairs whose place in the model's order is farthest from the one in
    people's.

    Args:
        pairs: the rated pairs.
        models: by name; `start` comes first.
        params: resamples and seed.

    Raises:
        InputError: one side of a correlation does not vary.
    """
    gold = np.asarray(pairs.gold, np.float64)
    dataset_hash = hash_texts(pairs.first, pairs.second, [f"{score:g}" for score in gold])
    direction = "-".join(pairs.languages)
    measured = Measurement(pairs.suite, direction, dataset_hash, "", "", params.seed)
    metrics = [Metric("spearman", spearman, (gold,)), Metric("pearson", pearson, (gold,))]
    values = {name: model.pairwise(*pairs.sides) for name, model in models.items()}
    outcomes = {
        name: Outcomes(
            model.fingerprint,
            {metric.name: values[name] for metric in metrics},
            {metric.name: pairs.note for metric in metrics},
        )
        for name, model in models.items()
    }
    return Scored(
        comparison_rows(measured, metrics, outcomes, params, slices=pairs.attributes),
        [mistake for name in models for mistake in _mistakes(pairs, gold, name, values[name])],
    )


def _mistakes(pairs: RatedPairs, gold: Array, model: str, values: Array) -> list[Mistake]:
    n = len(gold)
    by_model, by_people = (stats.rankdata(column) / n for column in (values, gold))
    distance = by_model - by_people
    worst = np.argsort(-np.abs(distance), kind="stable")[:MISTAKE_COUNT]
    return [
        Mistake(
            pairs.suite,
            "-".join(pairs.languages),
            model,
            query=f"{pairs.first[row]} | {pairs.second[row]}",
            right=f"rated {gold[row]:g}, more alike than {by_people[row]:.0%} of all pairs",
            found=f"similarity {values[row]:.3f}, more alike than {by_model[row]:.0%}",
            margin=float(abs(distance[row])),
            kind="too alike" if distance[row] > 0 else "too different",
        )
        for row in worst
    ]
