"""Bitext retrieval: does a sentence find its translation among many? Exact, in bounded memory.

Pure functions over unit vectors. P@1 is the share of queries whose nearest candidate is right, MRR
the mean of one over the rank of the best right one (Voorhees 1999).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import InputError
from pipeline.evaluation.scores import DIFFERENCE, START
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import bootstrap, paired_bootstrap, sign_test, wilson
from pipeline.tables import SCORES, as_table

Vectors = npt.NDArray[np.float32]

_QUERY_TILE = 1024
_POOL_TILE = 16_384  # a tile of scores is 64 MiB
_TIE = 1e-6  # float32 dot products of unit vectors differ by less when only their order differs


@dataclass(frozen=True)
class Outcomes:
    """What became of each query.

    Attributes:
        is_hit: bool (n,), whether a right candidate came first.
        reciprocal_rank: float64 (n,), in (0, 1].
    """

    is_hit: npt.NDArray[np.bool_]
    reciprocal_rank: npt.NDArray[np.float64]


@dataclass(frozen=True)
class ParallelTexts:
    """Translations, line by line, and what makes two of them the same text.

    Attributes:
        suite: name of the data set.
        languages: codes of the source and the target side.
        sources: texts, or their comparison keys.
        targets: likewise, one for each source.
    """

    suite: str
    languages: tuple[str, str]
    sources: Sequence[str]
    targets: Sequence[str]


@dataclass(frozen=True)
class EncodedTexts:
    """The two sides of `ParallelTexts` as one model sees them.

    Attributes:
        fingerprint: of the model.
        sources: unit vectors (n, d), float32.
        targets: likewise.
    """

    fingerprint: str
    sources: Vectors
    targets: Vectors


def right_answers(queries: Sequence[str], pool: Sequence[str]) -> list[set[int]]:
    """Positions in the pool that are right for each query of line-aligned texts.

    Right are the translation itself, every identical text, and the translations of an identical
    query: a model cannot tell them apart, so it is not asked to.
    """
    by_query: dict[str, set[str]] = {}
    places: dict[str, set[int]] = {}
    for number, (query, answer) in enumerate(zip(queries, pool, strict=True)):
        by_query.setdefault(query, set()).add(answer)
        places.setdefault(answer, set()).add(number)
    return [set().union(*(places[answer] for answer in by_query[query])) for query in queries]


def retrieval_outcomes(
    queries: Vectors, pool: Vectors, right: Sequence[Collection[int]]
) -> Outcomes:
    """Rank the best right candidate of every query among the wrong ones.

    Ties are counted against the model: a wrong candidate within 1e-6 of the best right one stands
    before it, so that a collapsed model, for which all are equal, scores as badly as it deserves.
    Other right candidates never stand in the way.

    Args:
        queries: unit vectors (n, d), float32.
        pool: candidates (m, d), float32. Memory beyond the inputs is bounded for any n and m.
        right: for each query the positions of its right candidates, at least one.

    Raises:
        InputError: no queries, unequal dimensions, vectors that are not finite, or a query
            without a right answer inside the pool.
    """
    rows, columns = _checked_pairs(queries, pool, right)
    best = np.full(len(queries), -np.inf, dtype=np.float32)
    scores = np.einsum("ij,ij->i", queries[rows], pool[columns])
    np.maximum.at(best, rows, scores)
    wrong_before = np.zeros(len(queries), dtype=np.int64)
    for start in range(0, len(queries), _QUERY_TILE):
        block = slice(start, start + _QUERY_TILE)
        chosen = (rows >= start) & (rows < start + _QUERY_TILE)
        answers = rows[chosen] - start, columns[chosen]
        wrong_before[block] = _count_wrong(queries[block], pool, answers, best[block] - _TIE)
    return Outcomes(wrong_before == 0, 1.0 / (1 + wrong_before))


def retrieval_scores(
    texts: ParallelTexts, models: Mapping[str, EncodedTexts], params: EvaluationParams
) -> pa.Table:
    """P@1 (Wilson interval) and MRR (bootstrap), in both directions.

    When `start` comes first, every later model is followed by a `difference` row for each metric:
    student minus start, with the paired bootstrap over queries and the sign test's p-value noted.

    Returns:
        A table of schema `SCORES`: directions, then models in the given order.
    """
    rows: list[dict[str, object]] = []
    for is_reversed in (False, True):
        rows += _direction_scores(texts, models, params, is_reversed=is_reversed)
    return as_table(rows, SCORES)


def _direction_scores(
    texts: ParallelTexts,
    models: Mapping[str, EncodedTexts],
    params: EvaluationParams,
    *,
    is_reversed: bool,
) -> list[dict[str, object]]:
    step = -1 if is_reversed else 1
    query_texts, pool_texts = (texts.sources, texts.targets)[::step]
    right = right_answers(query_texts, pool_texts)
    direction = "-".join(texts.languages[::step])
    dataset_hash = hash_texts(texts.sources, texts.targets)
    outcomes: dict[str, Outcomes] = {}
    rows: list[dict[str, object]] = []
    for name, encoded in models.items():
        queries, pool = (encoded.sources, encoded.targets)[::step]
        outcomes[name] = retrieval_outcomes(queries, pool, right)
        measured = Measurement(
            texts.suite, direction, dataset_hash, name, encoded.fingerprint, params.seed, len(pool)
        )
        rows += _model_rows(measured, outcomes[name], params)
        if name != START and START in outcomes:
            compared = replace(measured, model=DIFFERENCE)
            rows += _difference_rows(compared, name, outcomes[START], outcomes[name], params)
    return rows


def _model_rows(
    measured: Measurement, outcomes: Outcomes, params: EvaluationParams
) -> list[dict[str, object]]:
    hits = wilson(int(outcomes.is_hit.sum()), len(outcomes.is_hit))
    mrr = bootstrap(outcomes.reciprocal_rank, count=params.bootstrap_count, seed=params.seed)
    return [measured.score("p_at_1", hits), measured.score("mrr", mrr)]


def _difference_rows(
    measured: Measurement, student: str, start: Outcomes, after: Outcomes, params: EvaluationParams
) -> list[dict[str, object]]:
    rows = []
    for metric, attribute in (("p_at_1", "is_hit"), ("mrr", "reciprocal_rank")):
        pair = getattr(start, attribute), getattr(after, attribute)
        interval = paired_bootstrap(*pair, count=params.bootstrap_count, seed=params.seed)
        note = f"{student} minus start; sign test p = {sign_test(*pair):.2g}"
        rows.append(measured.score(metric, interval, note))
    return rows


def _count_wrong(
    queries: Vectors,
    pool: Vectors,
    answers: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    at_least: npt.NDArray[np.float32],
) -> npt.NDArray[np.int64]:
    """For each query, how many candidates that are not right score `at_least`."""
    rows, columns = answers
    count = np.zeros(len(queries), dtype=np.int64)
    for start in range(0, len(pool), _POOL_TILE):
        scores = queries @ pool[start : start + _POOL_TILE].T
        inside = (columns >= start) & (columns < start + _POOL_TILE)
        scores[rows[inside], columns[inside] - start] = -np.inf
        count += np.count_nonzero(scores >= at_least[:, None], axis=1)
    return count


def _checked_pairs(
    queries: Vectors, pool: Vectors, right: Sequence[Collection[int]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Query and pool positions of all right answers, after checking the shapes."""
    if not len(queries) or len(queries) != len(right) or queries.shape[1:] != pool.shape[1:]:
        raise InputError(
            f"{queries.shape} queries, {pool.shape} candidates and {len(right)} sets of right "
            "answers do not fit together"
        )
    if not (np.isfinite(queries).all() and np.isfinite(pool).all()):
        raise InputError("vectors must be finite: a nan or an infinity is among them")
    lengths = [len(answers) for answers in right]
    columns = np.array([column for answers in right for column in sorted(answers)], dtype=np.int64)
    if not all(lengths) or columns.min() < 0 or columns.max() >= len(pool):
        raise InputError("every query needs a right answer, and each must lie inside the pool")
    return np.repeat(np.arange(len(queries)), lengths), columns
