"""News categories from frozen vectors: a logistic regression on top of each encoder.

Pure but for the encoders, which are given. Folds hold all language versions of a story together,
so that a classifier trained on Russian is tested on Turkmen texts whose Russian it never saw.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from pipeline.encoders import Encoder
from pipeline.evaluation.articles import Article, read_articles
from pipeline.evaluation.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array
from pipeline.tables import SCORES, as_table

SUITE = "news_categories"
FOLD_COUNT = 5
_MOST_CHARACTERS = 1000  # of an article; encoders cut what is longer
_MOST_ITERATIONS = 1000
_INVERSE_REGULARISATION = 10.0  # unit vectors of e5 lie close together


@dataclass(frozen=True)
class _Task:
    """Classes of texts, from one language to another; arrays run over all articles."""

    articles: Sequence[Article]
    labels: np.ndarray  # (n,) int64
    folds: np.ndarray  # (n,) int64
    languages: tuple[str, str]

    @property
    def tested(self) -> np.ndarray:
        """Articles that are asked about, (n,) bool."""
        language = self.languages[1]
        return np.array([one.language == language and not one.is_trained for one in self.articles])


def score_classification(
    articles: pa.Table, corpus: pa.Table, encoders: Mapping[str, Encoder], params: EvaluationParams
) -> pa.Table:
    """Macro-F1 and accuracy within each language and from each to each other.

    Asked about are articles of which a student saw nothing in training. A category needs as many
    stories as there are folds. Categories named differently by language are matched by the stories
    that have both.

    Args:
        articles: table of schema `NEWS_ARTICLES`, oldest first, see `read_articles`.
        corpus: table of schema `PARALLEL_CORPUS`; says what was trained on.
        encoders: by name; `start` comes first.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`, empty where there are not two such categories; `direction` is
        the language trained on, then the language tested on.
    """
    found = _with_shared_names([one for one in read_articles(articles, corpus) if one.category])
    found = _large_enough(found)
    classes = sorted({one.category for one in found})
    if len(classes) < 2:  # noqa: PLR2004 - nothing to choose between
        return SCORES.empty_table()
    labels = np.array([classes.index(one.category) for one in found])
    folds = _folds(found, labels, params.seed)
    vectors = {name: _encode(encoder, found) for name, encoder in encoders.items()}
    languages = sorted({one.language for one in found})
    rows = []
    for pair in ((train, test) for train in languages for test in languages):
        task = _Task(found, labels, folds, pair)
        outcomes = {
            name: (encoder.fingerprint, _predict(task, vectors[name]))
            for name, encoder in encoders.items()
        }
        rows += _rows(task, len(classes), outcomes, params)
    return as_table(rows, SCORES)


def macro_f1(predicted: Array, gold: Array) -> Array:
    """Mean F1 of the classes that occur in either, along the last axis."""
    classes = np.unique(np.concatenate([predicted.ravel(), gold.ravel()]))
    right = np.stack([((predicted == c) & (gold == c)).sum(axis=-1) for c in classes])
    total = np.stack([(predicted == c).sum(axis=-1) + (gold == c).sum(axis=-1) for c in classes])
    scores = 2 * right / np.maximum(total, 1)
    return np.asarray(scores.sum(axis=0) / (total > 0).sum(axis=0))


def _rows(
    task: _Task,
    class_count: int,
    predictions: Mapping[str, tuple[str, np.ndarray]],
    params: EvaluationParams,
) -> list[dict[str, object]]:
    """No rows where a fold could not be predicted, or nothing is asked."""
    is_known = np.all([predicted >= 0 for _, predicted in predictions.values()], axis=0)
    asked = task.tested & is_known
    if not asked.any():
        return []
    gold = task.labels[asked]
    texts = [_text(one) for one, is_asked in zip(task.articles, asked, strict=True) if is_asked]
    dataset_hash = hash_texts(texts, [str(label) for label in gold])
    measured = Measurement(
        SUITE, "-".join(task.languages), dataset_hash, "", "", params.seed, class_count
    )
    metrics = [Metric("macro_f1", macro_f1, (gold,)), Metric("accuracy")]
    note = f"{class_count} categories"
    models = {
        name: Outcomes(
            fingerprint,
            {"macro_f1": predicted[asked], "accuracy": predicted[asked] == gold},
            {"macro_f1": note, "accuracy": note},
        )
        for name, (fingerprint, predicted) in predictions.items()
    }
    return comparison_rows(measured, metrics, models, params)


def _predict(task: _Task, vectors: np.ndarray) -> np.ndarray:
    """Labels of the tested articles by classifiers of the other folds; -1 where there is none."""
    predicted = np.full(len(vectors), -1)
    is_source = np.array([one.language == task.languages[0] for one in task.articles])
    for fold in np.unique(task.folds):
        train = is_source & (task.folds != fold)
        test = task.tested & (task.folds == fold)
        if test.any() and len(np.unique(task.labels[train])) > 1:
            classifier = LogisticRegression(
                C=_INVERSE_REGULARISATION, max_iter=_MOST_ITERATIONS, class_weight="balanced"
            )
            classifier.fit(vectors[train], task.labels[train])
            predicted[test] = classifier.predict(vectors[test])
    return predicted


def _folds(articles: Sequence[Article], labels: np.ndarray, seed: int) -> np.ndarray:
    folds = np.zeros(len(articles), np.int64)
    splitter = StratifiedGroupKFold(FOLD_COUNT, shuffle=True, random_state=seed)
    stories = [one.story for one in articles]
    for number, (_, rows) in enumerate(splitter.split(labels, labels, stories)):
        folds[rows] = number
    return folds


def _with_shared_names(articles: Sequence[Article]) -> list[Article]:
    """Name every category as the language with most articles does, where stories tell how."""
    sizes = Counter(one.language for one in articles)
    reference = min(sizes, key=lambda code: (-sizes[code], code), default="")
    names = {one.story: one.category for one in articles if one.language == reference}
    votes: dict[tuple[str, str], Counter[str]] = {}
    for one in articles:
        if one.story in names:
            votes.setdefault((one.language, one.category), Counter())[names[one.story]] += 1
    shared = {own: max(sorted(heard), key=heard.__getitem__) for own, heard in votes.items()}
    return [
        replace(one, category=shared.get((one.language, one.category), one.category))
        for one in articles
    ]


def _large_enough(articles: Sequence[Article]) -> list[Article]:
    stories = Counter(category for category, _ in {(one.category, one.story) for one in articles})
    return [one for one in articles if stories[one.category] >= FOLD_COUNT]


def _text(article: Article) -> str:
    return "\n".join((article.title, *article.paragraphs))[:_MOST_CHARACTERS]


def _encode(encoder: Encoder, articles: Sequence[Article]) -> np.ndarray:
    vectors: dict[int, np.ndarray] = {}
    for language in sorted({one.language for one in articles}):
        rows = [row for row, one in enumerate(articles) if one.language == language]
        texts = [_text(articles[row]) for row in rows]
        found = encoder.encode(texts, language=language, role="query")
        vectors.update(zip(rows, found, strict=True))
    return np.stack([vectors[row] for row in range(len(articles))])
