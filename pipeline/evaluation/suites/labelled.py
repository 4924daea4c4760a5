"""Classification suites as tasks: labelled texts of one or several languages. Reads their files."""

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import StratifiedKFold

from pipeline.evaluation.models import Texts
from pipeline.evaluation.suites.tables import Columns, read_columns
from pipeline.evaluation.tasks.classification import ClassificationTask, LabelledTexts
from pipeline.evaluation.tasks.few_shot import FewShotTask
from pipeline.languages import language
from pipeline.suite_entries import ClassificationSuite, Table

_FOLD_COUNT = 5


def classification_tasks(suite: ClassificationSuite, seed: int) -> list[ClassificationTask]:
    """One task for each language, taught in the same language or in the suite's one.

    Without a test table the texts stand in five folds, each asked about once.
    """
    return list(_tasks(suite, seed))


def few_shot_tasks(suite: ClassificationSuite) -> list[FewShotTask]:
    """The same languages by mteb's protocol; nothing for a suite without a test table."""
    if suite.test is None or suite.train_language:
        return []
    found = []
    for code in suite.languages:
        train, test = _columns(suite.train, code), _columns(suite.test, code)
        found.append(
            FewShotTask(
                suite.name,
                Texts(code, train["text"]),
                train["label"],
                Texts(code, test["text"]),
                test["label"],
            )
        )
    return found


def _tasks(suite: ClassificationSuite, seed: int) -> Iterator[ClassificationTask]:
    for code in suite.languages:
        taught = suite.train_language or code
        train = _columns(suite.train, taught)
        if suite.test is None:
            both = _folded(taught, train, seed)
            sides = both, both
        else:
            sides = (
                LabelledTexts.of_one_fold(taught, train["text"], train["label"], 0),
                _asked(code, _columns(suite.test, code)),
            )
        yield ClassificationTask(
            suite.name, *sides, note=suite.note, is_sensitive=suite.is_sensitive
        )


def _asked(code: str, columns: Columns) -> LabelledTexts:
    return LabelledTexts.of_one_fold(code, columns["text"], columns["label"], 1)


def _folded(code: str, columns: Columns, seed: int) -> LabelledTexts:
    """Distinct texts in folds: a text that stood in two would be known where it is asked about."""
    first = list(dict.fromkeys(columns["text"]))
    label_of = dict(zip(reversed(columns["text"]), reversed(columns["label"]), strict=True))
    labels = [label_of[text] for text in first]
    folds = np.zeros(len(first), np.int64)
    splitter = StratifiedKFold(_FOLD_COUNT, shuffle=True, random_state=seed)
    for number, (_, rows) in enumerate(splitter.split(labels, labels)):
        folds[rows] = number
    return LabelledTexts(code, first, labels, folds)


def _columns(table: Table, code: str) -> Columns:
    return read_columns(table, ["text", "label"], language=language(code).code)
