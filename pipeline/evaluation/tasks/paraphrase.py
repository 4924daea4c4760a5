"""Paraphrase detection: does a model tell texts of one meaning from texts that look alike?

Pure but for the models, which are given. A pair counts as a paraphrase from a similarity on. The
customary threshold of 0.8 stands beside one tuned on other pairs, for models differ in how high
their cosines are; average precision needs none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import Mistake, Scored
from pipeline.evaluation.models import Model, Texts
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array

FIXED_THRESHOLD = 0.8
LEAST_TUNING_PAIRS = 20
MISTAKE_COUNT = 10
_TIE = 1e-9  # puts a near miss before a paraphrase of the same cosine


@dataclass(frozen=True)
class ParaphrasePairs:
    """Pairs of texts, some of one meaning and some not.

    Attributes:
        languages: of the first and of the second texts.
        first: texts.
        second: one for each first.
        is_paraphrase: which of the two.
    """

    languages: tuple[str, str]
    first: Sequence[str]
    second: Sequence[str]
    is_paraphrase: Sequence[bool]

    def values(self, model: Model) -> Array:
        """Similarity of each pair, (n,)."""
        first, second = self.languages
        return model.pairwise(Texts(first, self.first), Texts(second, self.second))


@dataclass(frozen=True)
class ParaphraseTask:
    """Pairs to be told apart.

    Attributes:
        suite: name of the data set.
        pairs: what is asked.
        tuning: other pairs, that the threshold is tuned on; None where there are none.
        attributes: for each kind of slice a label for each pair.
        note: what a reader of the scores must know.
    """

    suite: str
    pairs: ParaphrasePairs
    tuning: ParaphrasePairs | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""


def score_paraphrases(
    task: ParaphraseTask, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """Average precision, accuracy at both thresholds, and the paraphrases' mean cosine.

    `n` counts pairs (paraphrases alone for the mean cosine). With fewer than 20 pairs to tune it
    on there is no tuned threshold. The mistakes are on the wrong side of it by most.

    Args:
        task: the pairs.
        models: by name; `start` comes first.
        params: bootstrap and seed.
    """
    pairs = task.pairs
    labels = np.array(pairs.is_paraphrase, np.float64)
    dataset_hash = hash_texts(pairs.first, pairs.second)
    direction = "-".join(dict.fromkeys(pairs.languages))
    measured = Measurement(task.suite, direction, dataset_hash, "", "", params.seed)
    metrics = [
        Metric("average_precision", average_precision, (labels,)),
        Metric("accuracy_at_0.8"),
        Metric("accuracy_at_tuned"),
        Metric("mean_cosine"),
    ]
    outcomes, mistakes = {}, []
    for name, model in models.items():
        values, threshold = pairs.values(model), _tuned_threshold(task, model)
        outcomes[name] = _outcomes(task, model, values, threshold)
        mistakes += _mistakes(
            task, name, values, FIXED_THRESHOLD if threshold is None else threshold
        )
    rows = comparison_rows(measured, metrics, outcomes, params, slices=task.attributes)
    return Scored(rows, mistakes)


def average_precision(scores: Array, labels: Array) -> Array:
    """Mean precision at each positive, along the last axis; nan without positives.

    Equal scores are ordered against the model: negatives first.
    """
    order = np.argsort(_TIE * labels - scores, axis=-1, kind="stable")
    ranked = np.take_along_axis(labels, order, axis=-1)
    precision = np.cumsum(ranked, axis=-1) / np.arange(1, ranked.shape[-1] + 1)
    with np.errstate(invalid="ignore"):
        return np.asarray((precision * ranked).sum(axis=-1) / ranked.sum(axis=-1))


def best_threshold(scores: Array, labels: Array) -> float:
    """The score from which on to say yes, for the most right answers; the lowest of equals.

    Args:
        scores: (n,), n > 0.
        labels: (n,), 1 for what should be accepted, else 0.
    """
    candidates = np.unique(scores)
    right = [np.count_nonzero((scores >= least) == (labels > 0)) for least in candidates]
    return float(candidates[int(np.argmax(right))])


def _tuned_threshold(task: ParaphraseTask, model: Model) -> float | None:
    if task.tuning is None or len(task.tuning.first) < LEAST_TUNING_PAIRS:
        return None
    labels = np.array(task.tuning.is_paraphrase, np.float64)
    return best_threshold(task.tuning.values(model), labels)


def _outcomes(
    task: ParaphraseTask, model: Model, values: Array, threshold: float | None
) -> Outcomes:
    is_true = np.array(task.pairs.is_paraphrase)
    columns = {
        "average_precision": values,
        "accuracy_at_0.8": (values >= FIXED_THRESHOLD) == is_true,
        "mean_cosine": values[is_true],
    }
    notes = {"mean_cosine": "of paraphrases"}
    if threshold is not None and task.tuning is not None:
        columns["accuracy_at_tuned"] = (values >= threshold) == is_true
        notes["accuracy_at_tuned"] = (
            f"from {threshold:.3f} on, tuned on {len(task.tuning.first)} other pairs"
        )
    return Outcomes(model.fingerprint, columns, notes)


def _mistakes(task: ParaphraseTask, model: str, values: Array, threshold: float) -> list[Mistake]:
    pairs = task.pairs
    is_wrong = (values >= threshold) != np.array(pairs.is_paraphrase)
    distance = np.where(is_wrong, np.abs(values - threshold), -1.0)
    worst = np.argsort(-distance, kind="stable")[:MISTAKE_COUNT]
    return [
        Mistake(
            task.suite,
            "-".join(dict.fromkeys(pairs.languages)),
            model,
            query=f"{pairs.first[row]} | {pairs.second[row]}",
            right="a paraphrase" if pairs.is_paraphrase[row] else "no paraphrase",
            found=f"similarity {values[row]:.3f}, threshold {threshold:.3f}",
            margin=float(distance[row]),
            kind="missed" if pairs.is_paraphrase[row] else "taken in by a look-alike",
        )
        for row in worst
        if is_wrong[row]
    ]
