"""Scores of any model on a user's own files: what `dutar evaluate` runs.

Reads the files it is given and nothing else; deterministic for a model, files and seed.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.encoders import Encoder, load_encoder
from pipeline.errors import InputError
from pipeline.evaluation.baselines import load_models
from pipeline.evaluation.measures.scores import Scored
from pipeline.evaluation.tasks.retrieval import ParallelTexts, score_retrieval
from pipeline.evaluation.tasks.similarity import RatedPairs, score_similarity
from pipeline.parameters import EvaluationParams
from pipeline.statistics import sample_size
from pipeline.text.lines import read_lines

Row = dict[str, object]
LoadEncoder = Callable[[str], Encoder]

_LEAST_PAIRS = 2
_STS_FIELDS = 3  # sentence, sentence, score


def evaluate_bitext(
    model: str,
    first_path: Path,
    second_path: Path,
    params: EvaluationParams,
    *,
    languages: tuple[str, str] = ("first", "second"),
    load: LoadEncoder = load_encoder,
) -> list[Row]:
    """P@1, MRR and xSIM's error in both directions between two files, line by line translations.

    The candidates are all lines of the other file. Identical lines count as equally right.

    Args:
        model: a name that `load` knows, or that of a baseline, see `load_models`.
        first_path: UTF-8 text without blank lines.
        second_path: likewise; its line n translates the first file's line n.
        params: resamples, seed, and the N below which a row carries a warning.
        languages: codes, for models that need them and to name the directions.
        load: from a model's name to its encoder.

    Returns:
        JSON-able rows, one for each direction and metric.

    Raises:
        InputError: a file cannot be read, the line counts differ, or a line is blank.
    """
    first, second = _lines(first_path), _lines(second_path)
    if len(first) != len(second):
        raise InputError(
            f"{first_path} has {len(first)} lines and {second_path} has {len(second)}: line n of"
            " one must translate line n of the other"
        )
    texts = ParallelTexts(first_path.name, languages, first, second)
    return _rows(score_retrieval(texts, load_models([model], load), params), params)


def evaluate_sts(
    model: str,
    path: Path,
    params: EvaluationParams,
    *,
    languages: tuple[str, str] = ("first", "second"),
    load: LoadEncoder = load_encoder,
) -> list[Row]:
    """Pearson and Spearman between similarities and people's ratings, of any scale.

    Args:
        model: as in `evaluate_bitext`.
        path: UTF-8 lines of sentence, sentence and score between tabs, without a header.
        params: as in `evaluate_bitext`.
        languages: codes, for models that need them.
        load: from a model's name to its encoder.

    Raises:
        InputError: the file cannot be read, a line has other fields, or scores do not vary.
    """
    rated = [_rated(line, number, path) for number, line in enumerate(_lines(path), 1)]
    first, second, gold = (list(column) for column in zip(*rated, strict=True))
    pairs = RatedPairs(path.name, languages, first, second, gold)
    return _rows(score_similarity(pairs, load_models([model], load), params), params)


def _lines(path: Path) -> Sequence[str]:
    """Lines of a file of two or more, none of them blank."""
    lines = [line.strip(" ") for line in read_lines(path)]
    blank = [number for number, line in enumerate(lines, 1) if not line.strip()]
    if blank:
        raise InputError(f"{path}: line {blank[0]} is blank ({len(blank)} such lines in all)")
    if len(lines) < _LEAST_PAIRS:
        raise InputError(f"{path} has {len(lines)} line; a score needs {_LEAST_PAIRS} or more")
    return lines


def _rated(line: str, number: int, path: Path) -> tuple[str, str, float]:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) != _STS_FIELDS or not all(fields):
        raise InputError(
            f"{path}: line {number} has {len(fields)} fields; a line is sentence, sentence and"
            " score between tabs, none of them blank"
        )
    try:
        score = float(fields[2])
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise InputError(f"{path}: line {number}: the score {fields[2]!r} is no number")
    return fields[0], fields[1], score


def _rows(scored: Scored, params: EvaluationParams) -> list[Row]:
    """The scores, with a warning in the note of those that rest on little."""
    rows: list[Row] = scored.table().to_pylist()
    for row in rows:
        if int(str(row["n"])) < params.min_queries:
            row["note"] = (
                f"warning: N = {row['n']} is small; about {sample_size(0.05)} would narrow an"
                " interval to plus or minus 0.05"
            )
    return rows
