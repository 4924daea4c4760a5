"""Classification with a frozen encoder: a logistic regression on top of each model's features.

Pure but for the models, which are given. How strongly the regression is regularised is chosen for
each model on a part of the training texts, for the features of one model spread wide and those of
another lie close together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit

from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import Mistake, Scored
from pipeline.evaluation.models import Features, Model, Texts
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.quiet import quiet
from pipeline.statistics import Array

MISTAKE_COUNT = 10
_INVERSE_REGULARISATIONS = (1.0, 10.0, 100.0)
_CHOOSING_FRACTION = 0.25  # of the training texts, to choose by
_LEAST_OF_A_CLASS = 4  # so that each is on either side
_MOST_ITERATIONS = 500

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts of one language with their classes.

    Attributes:
        language: code.
        texts: in order.
        labels: a class for each.
        folds: (n,) int64; a text is asked about by a classifier that saw no text of its fold.
    """

    language: str
    texts: Sequence[str]
    labels: Sequence[str]
    folds: npt.NDArray[np.int64]

    @classmethod
    def of_one_fold(
        cls, language: str, texts: Sequence[str], labels: Sequence[str], fold: int
    ) -> "LabelledTexts":
        """Texts that all stand in one fold, as those of a given split do."""
        return cls(language, texts, labels, np.full(len(texts), fold))


@dataclass(frozen=True)
class ClassificationTask:
    """Texts to learn from and texts to be asked about.

    Attributes:
        suite: name of the data set.
        train: texts to learn from.
        test: texts that are asked about; may be the same ones, in folds.
        attributes: for each kind of slice a label for each text of `test`.
        note: what a reader of the scores must know.
        is_sensitive: whether its texts must not be shown.
    """

    suite: str
    train: LabelledTexts
    test: LabelledTexts
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""
    is_sensitive: bool = False

    @property
    def classes(self) -> list[str]:
        """All classes, in alphabetical order."""
        return sorted({*self.train.labels, *self.test.labels})


def score_classification(
    task: ClassificationTask, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """Macro-F1 and accuracy; models without features are left out.

    `direction` is the language learnt from, then the language asked about. Without two classes to
    learn there are no rows.

    Args:
        task: the texts.
        models: by name; `start` comes first.
        params: bootstrap and seed.
    """
    classes = task.classes
    train_labels, gold = (
        np.array([classes.index(label) for label in side.labels])
        for side in (task.train, task.test)
    )
    predicted: dict[str, Labels] = {}
    for name, model in models.items():
        features = model.features(_texts(task.train), _texts(task.test))
        if features is not None:
            predicted[name] = _predict(task, features, train_labels, params.seed)
    if not predicted or any((labels < 0).any() for labels in predicted.values()):
        return Scored([])
    rows = _rows(task, models, predicted, gold, params)
    shown = {} if task.is_sensitive else predicted
    return Scored(
        rows,
        [one for name, labels in shown.items() for one in _mistakes(task, name, labels, gold)],
    )


def fit_classifier(
    features: Features, labels: Labels, seed: int
) -> LogisticRegression | GridSearchCV:
    """A logistic regression on frozen features, classes weighted alike.

    The regularisation is the one with the best macro-F1 on a quarter of the texts, where every
    class has four; the classifier then learns from all of them.
    """
    plain = LogisticRegression(
        C=_INVERSE_REGULARISATIONS[1], max_iter=_MOST_ITERATIONS, class_weight="balanced"
    )
    if np.bincount(labels)[np.unique(labels)].min() < _LEAST_OF_A_CLASS:
        with quiet("sklearn"):  # it warns when the iterations are used up, which harms nothing
            return plain.fit(features, labels)
    split = StratifiedShuffleSplit(1, test_size=_CHOOSING_FRACTION, random_state=seed)
    search = GridSearchCV(
        plain, {"C": list(_INVERSE_REGULARISATIONS)}, scoring="f1_macro", cv=split
    )
    with quiet("sklearn"):
        return search.fit(features, labels)


def macro_f1(predicted: Array, gold: Array) -> Array:
    """Mean F1 of the classes that occur in either, along the last axis."""
    classes = np.unique(np.concatenate([predicted.ravel(), gold.ravel()]))
    right = np.stack([((predicted == c) & (gold == c)).sum(axis=-1) for c in classes])
    total = np.stack([(predicted == c).sum(axis=-1) + (gold == c).sum(axis=-1) for c in classes])
    scores = 2 * right / np.maximum(total, 1)
    return np.asarray(scores.sum(axis=0) / (total > 0).sum(axis=0))


def _predict(
    task: ClassificationTask, features: tuple[Features, Features], labels: Labels, seed: int
) -> Labels:
    """A class for each text of `test`; -1 where there were not two classes to learn from."""
    train, test = features
    predicted = np.full(len(task.test.texts), -1)
    for fold in np.unique(task.test.folds):
        learnt, asked = task.train.folds != fold, task.test.folds == fold
        if len(np.unique(labels[learnt])) > 1:
            classifier = fit_classifier(train[learnt], labels[learnt], seed)
            predicted[asked] = classifier.predict(test[asked])
    return predicted


def _rows(
    task: ClassificationTask,
    models: Mapping[str, Model],
    predicted: Mapping[str, Labels],
    gold: Labels,
    params: EvaluationParams,
) -> list[dict[str, object]]:
    direction = f"{task.train.language}-{task.test.language}"
    dataset_hash = hash_texts(task.test.texts, task.test.labels)
    measured = Measurement(
        task.suite, direction, dataset_hash, "", "", params.seed, len(task.classes)
    )
    note = f"{len(task.classes)} classes" + (f"; {task.note}" if task.note else "")
    outcomes = {
        name: Outcomes(
            models[name].fingerprint,
            {"macro_f1": labels, "accuracy": labels == gold},
            {"macro_f1": note, "accuracy": note},
        )
        for name, labels in predicted.items()
    }
    metrics = [Metric("macro_f1", macro_f1, (gold,)), Metric("accuracy")]
    return comparison_rows(measured, metrics, outcomes, params, slices=task.attributes)


def _mistakes(
    task: ClassificationTask, model: str, predicted: Labels, gold: Labels
) -> list[Mistake]:
    classes, wrong = task.classes, np.flatnonzero(predicted != gold)[:MISTAKE_COUNT]
    return [
        Mistake(
            task.suite,
            f"{task.train.language}-{task.test.language}",
            model,
            query=task.test.texts[row],
            right=classes[gold[row]],
            found=classes[predicted[row]],
            margin=0.0,
            kind=f"{classes[gold[row]]} taken for {classes[predicted[row]]}",
        )
        for row in wrong
    ]


def _texts(side: LabelledTexts) -> Texts:
    return Texts(side.language, side.texts)
