"""Finding the passage that answers: what retrieval for a language model (RAG) rests on.

Pure but for the models, which are given.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import Mistake, Scored
from pipeline.evaluation.measures.similarities import Similarities
from pipeline.evaluation.measures.sweeps import Answers, Nearest, Values, least_tied, tiles
from pipeline.evaluation.models import Model, Texts
from pipeline.evaluation.tasks.retrieval import retrieval_outcomes
from pipeline.evaluation.tasks.retrieval_errors import Asked, worst_mistakes
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams

_METRICS = (Metric("top_1"), Metric("mrr"), Metric("ndcg_at_10"))
_NDCG_DEPTH = 10
_DISCOUNTS = 1 / np.log2(np.arange(2, _NDCG_DEPTH + 2))


@dataclass(frozen=True)
class PassageTask:
    """Queries of one language to be answered by passages of one language.

    Attributes:
        suite: name of the data set.
        languages: of the queries and of the passages.
        queries: texts.
        passages: the pool.
        right: for each query the positions of its passages; never empty.
        attributes: labels of each query, by what they tell, such as `domain`.
        note: what a reader of the scores must know.
    """

    suite: str
    languages: tuple[str, str]
    queries: Sequence[str]
    passages: Sequence[str]
    right: Sequence[Collection[int]]
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""

    @property
    def asked(self) -> Asked:
        """As mistakes are told of."""
        direction = "-".join(self.languages)
        return Asked(self.suite, direction, self.queries, self.passages, self.right)


def score_passages(
    task: PassageTask, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """Top-1 accuracy, MRR and nDCG@10 of every model, and its worst mistakes.

    Args:
        task: queries and pool; its attributes make slices.
        models: by name; `start` comes first when present, and later ones are compared with it.
        params: resamples and seed.

    Raises:
        InputError: there are no queries, or one has no right answer in the pool.
    """
    asked = Texts(task.languages[0], task.queries, "query")
    pool = Texts(task.languages[1], task.passages, "passage")
    columns: dict[str, Outcomes] = {}
    mistakes: list[Mistake] = []
    for name, model in models.items():
        similarities = model.similarities(asked, pool)
        found = retrieval_outcomes(similarities, task.right)
        column = {
            "top_1": found.is_hit,
            "mrr": found.reciprocal_rank,
            "ndcg_at_10": ndcg(similarities, task.right),
        }
        columns[name] = Outcomes(model.fingerprint, column, dict.fromkeys(column, task.note))
        mistakes += worst_mistakes(task.asked, name, found.nearest, found.best_right)
    measured = Measurement(
        task.suite,
        task.asked.direction,
        hash_texts(task.queries, task.passages),
        "",
        "",
        params.seed,
        len(task.passages),
    )
    rows = comparison_rows(measured, _METRICS, columns, params, slices=task.attributes)
    return Scored(rows, mistakes)


def ndcg(similarities: Similarities, right: Sequence[Collection[int]]) -> npt.NDArray[np.float64]:
    """Normalised discounted cumulative gain at 10 of each query (Jarvelin and Kekalainen 2002).

    Ties are counted against the model: a wrong candidate as alike as a right one, to within 1e-6,
    stands before it.

    Args:
        similarities: of n queries and m candidates.
        right: for each query the positions of what is right, at least one.

    Returns:
        (n,) float64 in [0, 1]; 1 when all ten, or all there are, are right.

    Raises:
        InputError: no queries, or a query without a right answer inside the pool.
    """
    answers = Answers(similarities, right)
    wrong = Nearest(similarities.shape, _NDCG_DEPTH)
    for tile in tiles(similarities):
        answers.hide_in(tile)
        wrong.see(tile)
    own = np.split(answers.values, answers.starts[1:])
    return np.array([_gain(*pair) for pair in zip(own, wrong.found.cosine, strict=True)])


def _gain(right: Values, wrong: Values) -> float:
    """Gain of a query from its right candidates' similarities and the best wrong ones'."""
    best_first = np.sort(right)[::-1][:_NDCG_DEPTH]
    wrong_before = (wrong >= least_tied(best_first)[:, None]).sum(axis=1)
    ranks = np.arange(len(best_first)) + wrong_before
    gained = _DISCOUNTS[ranks[ranks < _NDCG_DEPTH]].sum()
    return float(gained / _DISCOUNTS[: len(best_first)].sum())
