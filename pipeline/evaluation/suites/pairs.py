"""Suites of sentence pairs as tasks: similarity, paraphrases, translations. Reads their files."""

import math

from pipeline.errors import InputError
from pipeline.evaluation.suites.tables import read_columns, read_text_lines
from pipeline.evaluation.tasks.paraphrase import ParaphrasePairs, ParaphraseTask
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.evaluation.tasks.translation import TranslationTask
from pipeline.languages import language
from pipeline.suite_entries import (
    ParaphraseSuite,
    SimilaritySuite,
    SuiteBase,
    Table,
    TranslationSuite,
)


def similarity_tasks(suite: SimilaritySuite) -> list[RatedPairs]:
    """One task for each language, or pair of languages.

    Raises:
        InputError: a score is no number, or see `read_columns`.
    """
    return [_rated(suite, key, table) for key, table in suite.tables.items()]


def paraphrase_tasks(suite: ParaphraseSuite) -> list[ParaphraseTask]:
    """One task for each language, with the pairs to tune on where there are some.

    Raises: as `similarity_tasks`.
    """
    tasks = []
    for key, table in suite.tables.items():
        asked = _told_apart(suite, _rated(suite, key, table), count=None)
        tuning = suite.tuning.get(key)
        tuned_on = (
            _told_apart(suite, _rated(suite, key, tuning), count=suite.most_tuning_pairs)
            if tuning
            else None
        )
        tasks.append(ParaphraseTask(suite.name, asked, tuned_on, note=suite.note))
    return tasks


def translation_task(suite: TranslationSuite) -> tuple[TranslationTask, dict[str, list[str]]]:
    """Sources and references, and what each system named by the suite made of them."""
    source, target = suite.languages
    columns = read_columns(suite.texts, ["source", "reference"])
    task = TranslationTask(suite.name, (source, target), columns["source"], columns["reference"])
    return task, {name: read_text_lines(path) for name, path in suite.systems.items()}


def _rated(suite: SuiteBase, key: str, table: Table) -> RatedPairs:
    codes = [language(code).code for code in key.split("-")]
    columns = read_columns(table, ["first", "second", "score"], language=codes[0])
    return RatedPairs(
        suite.name,
        (codes[0], codes[-1]),
        columns["first"],
        columns["second"],
        [_number(suite, text, row) for row, text in enumerate(columns["score"], 1)],
        note=suite.note,
    )


def _number(suite: SuiteBase, text: str, row: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{suite.name}: row {row}: the score {text!r} is no number")
    return value


def _told_apart(suite: ParaphraseSuite, rated: RatedPairs, count: int | None) -> ParaphrasePairs:
    return ParaphrasePairs(
        rated.languages,
        rated.first[:count],
        rated.second[:count],
        [score >= suite.least_score for score in rated.gold[:count]],
    )
