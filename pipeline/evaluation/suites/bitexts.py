"""Bitext suites as tasks: which translation belongs to which sentence. Reads the suite's files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.evaluation.suites.tables import read_columns
from pipeline.evaluation.tasks.mining_f1 import MiningTask, mining_task
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.languages import language
from pipeline.suite_entries import BitextSuite, Table

_WITHHELD_FRACTION = 0.3  # of each side's translations, so that some sentences have no partner


@dataclass(frozen=True)
class HardTask:
    """Translations to be found among near misses, see `tasks.hard_negatives`."""

    texts: ParallelTexts

    @property
    def suite(self) -> str:
        """Name of the data set."""
        return self.texts.suite


def retrieval_tasks(suite: BitextSuite) -> list[ParallelTexts]:
    """One task for each pair of languages; rows with an empty side are left out.

    Raises:
        InputError: files of two languages differ in length, or see `read_columns`.
    """
    return [*_of_line_files(suite), *_of_tables(suite)]


def mining_tasks(suite: BitextSuite, seed: int) -> list[MiningTask]:
    """The same pairs, of which a share loses its partner on either side."""
    return [mining_task(texts, _WITHHELD_FRACTION, seed) for texts in retrieval_tasks(suite)]


def _of_line_files(suite: BitextSuite) -> Iterator[ParallelTexts]:
    if suite.lines is None:
        return
    codes = dict.fromkeys((*suite.languages, *suite.pivots))
    texts = {code: read_columns(suite.lines, ["text"], language=code)["text"] for code in codes}
    lengths = {code: len(lines) for code, lines in texts.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"{suite.name}: line n stands beside line n, but there are {lengths}")
    attributes = _attributes(suite, len(texts[suite.languages[0]]))
    for focus in suite.languages:
        for pivot in suite.pivots:
            if focus != pivot:
                yield _task(suite, (focus, pivot), texts[focus], texts[pivot], attributes)


def _of_tables(suite: BitextSuite) -> Iterator[ParallelTexts]:
    for table in suite.tables:
        first, second = _codes(suite, table)
        columns = read_columns(table, [first, second])
        yield _task(suite, (first, second), columns[first], columns[second], {})


def _codes(suite: BitextSuite, table: Table) -> tuple[str, str]:
    codes = [language(code).code for code in table.columns]
    if len(codes) != 2:  # noqa: PLR2004 - a pair
        raise InputError(f"{suite.name}: `columns` names two languages, not {codes}")
    return codes[0], codes[1]


def _attributes(suite: BitextSuite, count: int) -> dict[str, list[str]]:
    found = {name: read_columns(table, [name])[name] for name, table in suite.attributes.items()}
    for name, labels in found.items():
        if len(labels) != count:
            raise InputError(f"{suite.name}: {len(labels)} labels of {name} for {count} lines")
    return found


def _task(
    suite: BitextSuite,
    languages: tuple[str, str],
    sources: Sequence[str],
    targets: Sequence[str],
    attributes: Mapping[str, Sequence[str]],
) -> ParallelTexts:
    rows = [row for row, pair in enumerate(zip(sources, targets, strict=True)) if all(pair)]
    return ParallelTexts(
        suite.name,
        languages,
        [sources[row] for row in rows],
        [targets[row] for row in rows],
        {name: [labels[row] for row in rows] for name, labels in attributes.items()},
        suite.note,
    )
