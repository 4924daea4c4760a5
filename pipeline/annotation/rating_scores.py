"""How good experts find what a model found: the share of every grade, and their agreement. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipeline.annotation.alpha import alpha_row, count_values, units_of
from pipeline.annotation.grades import GRADE_CODES
from pipeline.annotation.verdicts import latest_reviews
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import CalibrationParams
from pipeline.statistics import wilson
from pipeline.tables import SCORES, as_table, kept

Row = dict[str, Any]
_MEASURED = (
    "suite",
    "model",
    "model_fingerprint",
    "question_language",
    "passage_language",
    "pool_size",
)


def score_ratings(ratings: pa.Table, params: CalibrationParams) -> pa.Table:
    """Score what experts said of every model and suite.

    The last word of each expert on an answer counts. An answer has the grade that is in the middle
    of what was said; of an even number of words, the worse one in the middle.

    Args:
        ratings: table of schema `RATINGS`.
        params: resamples and the seed.

    Returns:
        A table of schema `SCORES`, ordered by suite and model: `expert_excellent` to
        `expert_wrong`, shares of answers with Wilson's intervals, which sum to 1; and `alpha_grade`
        (ordinal) where an answer has two words. The whole is what was found first for each
        question; what came later makes slices such as `rank: 2`.
    """
    spoken = kept(ratings)
    places: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    keys = zip(*(spoken[name].to_pylist() for name in (*_MEASURED, "rank")), strict=True)
    for place, key in enumerate(keys):
        places[key].append(place)
    rows: list[Row] = []
    for key, members in sorted(places.items()):  # two models may find the same answer
        rows += _scored(key, latest_reviews(spoken.take(members), "answer_id"), params)
    return as_table(rows, SCORES)


def _scored(key: tuple[Any, ...], words: Sequence[Row], params: CalibrationParams) -> Iterator[Row]:
    suite, model, fingerprint, asked, searched, pool_size, rank = key
    said: dict[str, list[int]] = defaultdict(list)
    for row in words:
        said[row["answer_id"]].append(GRADE_CODES.index(row["grade"]))
    grades = {answer: sorted(values)[len(values) // 2] for answer, values in said.items()}
    measured = Measurement(
        suite,
        f"{asked}-{searched}",
        hash_texts(list(grades), [GRADE_CODES[grade] for grade in grades.values()]),
        model,
        fingerprint,
        params.seed,
        pool_size,
        slice="" if rank == 1 else f"rank: {rank}",
    )
    units = units_of(words, "answer_id", lambda row: GRADE_CODES.index(row["grade"]))
    note = f"rated by people: {len(said)} answers, {len(units)} of them by two or more"
    for number, code in enumerate(GRADE_CODES):
        count = sum(grade == number for grade in grades.values())
        yield measured.score(f"expert_{code}", wilson(count, len(grades)), note)
    if units:
        counts = count_values(units, len(GRADE_CODES))
        yield alpha_row(measured, "alpha_grade", counts, "ordinal", params.bootstrap_count)
