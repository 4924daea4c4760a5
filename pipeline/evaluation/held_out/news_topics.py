"""News categories as a classification task. Pure.

Folds hold all language versions of a story together, so that a classifier trained on Russian is
tested on Turkmen texts whose Russian it never saw.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.model_selection import StratifiedGroupKFold

from pipeline.evaluation.held_out.articles import Article, read_articles
from pipeline.evaluation.tasks.classification import ClassificationTask, LabelledTexts

SUITE = "news_categories"
FOLD_COUNT = 5
_MOST_CHARACTERS = 1000  # of an article; encoders cut what is longer


def topic_tasks(articles: pa.Table, corpus: pa.Table, seed: int) -> list[ClassificationTask]:
    """Categories within each language and from each to each other.

    Asked about are articles of which a student saw nothing in training. A category needs as many
    stories as there are folds. Categories named differently by language are matched by the stories
    that have both.

    Args:
        articles: table of schema `NEWS_ARTICLES`, oldest first, see `read_articles`.
        corpus: table of schema `PARALLEL_CORPUS`; says what was trained on.
        seed: of the folds.

    Returns:
        Nothing where there are not two such categories.
    """
    found = _with_shared_names([one for one in read_articles(articles, corpus) if one.category])
    found = _large_enough(found)
    if len({one.category for one in found}) < 2:  # noqa: PLR2004 - nothing to choose between
        return []
    folds = _folds(found, seed)
    languages = sorted({one.language for one in found})
    tasks = [
        ClassificationTask(
            SUITE,
            _labelled(found, folds, train, asked=False),
            _labelled(found, folds, test, asked=True),
        )
        for train in languages
        for test in languages
    ]
    return [task for task in tasks if task.test.texts]


def _labelled(
    articles: Sequence[Article], folds: npt.NDArray[np.int64], language: str, *, asked: bool
) -> LabelledTexts:
    rows = [
        row
        for row, one in enumerate(articles)
        if one.language == language and not (asked and one.is_trained)
    ]
    chosen = [articles[row] for row in rows]
    return LabelledTexts(
        language,
        [_text(one) for one in chosen],
        [one.category for one in chosen],
        folds[np.array(rows, np.int64)],
    )


def _folds(articles: Sequence[Article], seed: int) -> npt.NDArray[np.int64]:
    folds = np.zeros(len(articles), np.int64)
    splitter = StratifiedGroupKFold(FOLD_COUNT, shuffle=True, random_state=seed)
    labels, stories = ([getattr(one, name) for one in articles] for name in ("category", "story"))
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
