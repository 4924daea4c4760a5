"""Classification from a few examples of each class, exactly as mteb does it.

Pure. A logistic regression on frozen features learns from eight texts of each class; ten such
experiments, each with other examples, are averaged (Muennighoff et al. 2023). Draws, classifier and
averages are those of mteb's classification tasks, so that figures stand beside public tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from pipeline.errors import InputError
from pipeline.evaluation.measures.scores import DIFFERENCE, START, Row, Scored
from pipeline.evaluation.models import Features, Model, Texts
from pipeline.evaluation.tasks.classification import macro_f1
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.quiet import quiet
from pipeline.statistics import Array, Statistic, percentile_interval

Labels = npt.NDArray[np.int64]
_Figures = Mapping[str, Array]  # by metric: its value, and behind it those of the resamples

MTEB_SEED = 42  # of the draws behind every published figure
_MOST_ITERATIONS = 100  # mteb's, reached or not
_RESAMPLE_CELLS = 1 << 20  # drawn at once: 8 MiB, whatever n and count are


@dataclass(frozen=True)
class Protocol:
    """How many examples, and how often.

    Attributes:
        samples_per_label: texts to learn from, of each class; a class with fewer gives all.
        experiment_count: draws of such texts.
    """

    samples_per_label: int = 8
    experiment_count: int = 10


@dataclass(frozen=True)
class FewShotTask:
    """Texts with a class each, some to learn from and some to be asked about.

    Attributes:
        suite: name of the data set.
        train: texts that examples are drawn from, in the data set's order: it decides the draws.
        train_labels: a class for each.
        test: texts that are asked about.
        test_labels: likewise.
        protocol: samples and experiments.
    """

    suite: str
    train: Texts
    train_labels: Sequence[str]
    test: Texts
    test_labels: Sequence[str]
    protocol: Protocol = Protocol()


def few_shot_draws(labels: Sequence[object], protocol: Protocol) -> list[npt.NDArray[np.int64]]:
    """Positions of the texts to learn from, one array for each experiment.

    Each experiment shuffles the order that the one before left, always from the same seed, and
    takes the first texts of every class.
    """
    order, draws = list(range(len(labels))), []
    for _ in range(protocol.experiment_count):
        # the legacy generator, for it is the one that mteb draws with
        np.random.RandomState(MTEB_SEED).shuffle(order)
        taken: dict[object, int] = {}
        chosen = []
        for place in order:
            taken[labels[place]] = taken.get(labels[place], 0) + 1
            if taken[labels[place]] <= protocol.samples_per_label:
                chosen.append(place)
        draws.append(np.array(chosen))
    return draws


def few_shot_outcomes(
    train: Features, train_labels: Labels, test: Features, protocol: Protocol
) -> Labels:
    """Labels that the classifier of each experiment gives each test text, (experiments, n).

    Args:
        train: features (m, d), dense or sparse.
        train_labels: (m,).
        test: features (n, d).
        protocol: samples and experiments.

    Raises:
        InputError: features and labels differ in number, or there is one class only.
    """
    if train.shape[0] != len(train_labels) or len(np.unique(train_labels)) < 2:  # noqa: PLR2004
        raise InputError(
            f"{train.shape[0]} texts with {len(train_labels)} labels of "
            f"{len(np.unique(train_labels))} classes: a classifier needs one label for each text, "
            "and two classes"
        )
    predicted = []
    for drawn in few_shot_draws(train_labels.tolist(), protocol):
        classifier = LogisticRegression(max_iter=_MOST_ITERATIONS, random_state=MTEB_SEED)
        with quiet("sklearn"):  # mteb stops there as well, and says so each time
            classifier.fit(train[drawn], train_labels[drawn])
        predicted.append(classifier.predict(test))
    return np.array(predicted)


def score_few_shot(
    task: FewShotTask, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """Accuracy and macro-F1, averaged over experiments; models without features are left out.

    Intervals come from resampling experiments and test texts independently of one another, the
    pigeonhole bootstrap (Owen 2007): chance lies in the examples drawn as well as in the questions
    asked. It errs on the wide side, for what is peculiar to a text in an experiment is drawn twice.
    All draws are from the one training set, so chance in that set is not covered. Gains over
    `start` use the same experiments and texts for both; their p-value is twice the share of
    resamples in which the gain is none or a loss, or the other way about. `n` counts test texts.

    Args:
        task: texts and classes.
        models: by name; `start` first.
        params: resamples and seed of the intervals; the draws of examples have mteb's own.

    Raises:
        InputError: there is nothing to ask, labels and texts differ in number, or there is one
            class only.
    """
    train_labels, gold = _numbered(task)
    class_count = len({*task.train_labels, *task.test_labels})
    measured = Measurement(
        task.suite,
        f"{task.train.language}-{task.test.language}",
        hash_texts(task.train.texts, task.train_labels, task.test.texts, task.test_labels),
        "",
        "",
        params.seed,
        class_count,
    )
    note = (
        f"mean of {task.protocol.experiment_count} experiments with "
        f"{task.protocol.samples_per_label} texts of each of {class_count} classes"
    )
    known: dict[str, _Figures] = {}
    rows: list[Row] = []
    for name, model in models.items():
        features = model.features(task.train, task.test)
        if features is None:
            continue
        predicted = few_shot_outcomes(features[0], train_labels, features[1], task.protocol)
        known[name] = _figures(predicted, gold, params)
        own = replace(measured, model=name, model_fingerprint=model.fingerprint)
        rows += _rows(own, known[name], len(gold), note)
        if name != START and START in known:
            gain = {metric: known[name][metric] - known[START][metric] for metric in known[name]}
            compared, said = replace(own, model=DIFFERENCE), f"{name} minus start"
            rows += _rows(compared, gain, len(gold), said, is_gain=True)
    return Scored(rows)


def _numbered(task: FewShotTask) -> tuple[Labels, Labels]:
    """Classes of the train and the test texts as numbers, in the order of their names."""
    for texts, labels in ((task.train, task.train_labels), (task.test, task.test_labels)):
        if not labels or len(labels) != len(texts.texts):
            raise InputError(f"{task.suite}: {len(texts.texts)} texts with {len(labels)} labels")
    numbers = {
        label: number
        for number, label in enumerate(sorted({*task.train_labels, *task.test_labels}))
    }
    train, test = (
        np.array([numbers[label] for label in labels], dtype=np.int64)
        for labels in (task.train_labels, task.test_labels)
    )
    return train, test


def _accuracy(predicted: Array, gold: Array) -> Array:
    return np.asarray((predicted == gold).mean(axis=-1))


_STATISTICS: Mapping[str, Statistic] = {
    "few_shot_accuracy": _accuracy,
    "few_shot_macro_f1": macro_f1,
}


def _figures(predicted: Labels, gold: Labels, params: EvaluationParams) -> _Figures:
    """Each metric's value, and behind it those of all resamples, which are the same for all."""
    return {
        metric: np.append(
            np.mean([statistic(one, gold) for one in predicted]),
            _resampled(statistic, predicted, gold, params),
        )
        for metric, statistic in _STATISTICS.items()
    }


def _resampled(
    statistic: Statistic, predicted: Labels, gold: Labels, params: EvaluationParams
) -> Array:
    """The mean of a statistic over drawn experiments, of drawn texts, (count,)."""
    generator = np.random.default_rng(params.seed)
    n, means = len(gold), []
    most = max(1, _RESAMPLE_CELLS // n)
    for start in range(0, params.bootstrap_count, most):
        count = min(most, params.bootstrap_count - start)
        texts = generator.integers(0, n, (count, n))
        experiments = generator.integers(0, len(predicted), (len(predicted), count))
        values = np.stack([statistic(one[texts], gold[texts]) for one in predicted])
        means.append(np.take_along_axis(values, experiments, axis=0).mean(axis=0))
    return np.concatenate(means)


def _rows(
    measured: Measurement, figures: _Figures, n: int, note: str, *, is_gain: bool = False
) -> list[dict[str, object]]:
    return [
        measured.score(
            metric,
            percentile_interval(float(values[0]), values[1:], n, measured.seed),
            note,
            _p_value(values[1:]) if is_gain else None,
        )
        for metric, values in figures.items()
    ]


def _p_value(gains: Array) -> float:
    """Two-sided, never below 2 / (count + 1)."""
    rarer = min(np.count_nonzero(gains <= 0), np.count_nonzero(gains >= 0))
    return min(1.0, 2 * (rarer + 1) / (len(gains) + 1))
