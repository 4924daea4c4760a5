"""Semantic textual similarity: do cosines order sentence pairs as people do?

Pure functions of vectors and gold scores. Spearman is the measure to quote (Reimers et al. 2016);
Pearson stands beside it for comparison with older tables. Gold may have any scale.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import InputError
from pipeline.evaluation.scores import DIFFERENCE, START
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array, bootstrap, pearson, spearman
from pipeline.tables import SCORES, as_table

_CORRELATIONS = {"pearson": pearson, "spearman": spearman}


@dataclass(frozen=True)
class RatedPairs:
    """Sentence pairs rated by people.

    Attributes:
        suite: name of the data set.
        languages: codes of the first and the second sentences.
        first: texts.
        second: texts, one for each first.
        gold: ratings, higher for more alike; finite, on any scale.
        note: what a reader of the scores must know about the ratings.
    """

    suite: str
    languages: tuple[str, str]
    first: Sequence[str]
    second: Sequence[str]
    gold: Sequence[float]
    note: str = ""


def cosines(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> Array:
    """Row by row cosine of unit vectors (n, d), as float64 (n,).

    Raises:
        InputError: the shapes differ.
    """
    if first.shape != second.shape:
        raise InputError(f"{first.shape} and {second.shape} vectors are no pairs")
    products = first.astype(np.float64) * second.astype(np.float64)
    return np.asarray(products.sum(axis=1))


def similarity_scores(
    pairs: RatedPairs,
    models: Mapping[str, tuple[str, npt.ArrayLike]],
    params: EvaluationParams,
) -> pa.Table:
    """Pearson and Spearman of each model's cosines with the gold, intervals over pairs.

    When `start` comes first, every later model is followed by `difference` rows: its correlation
    minus the start model's, both from the same resample of pairs.

    Args:
        pairs: the rated pairs.
        models: for each name the model's fingerprint and its cosines (n,).
        params: resamples and seed.

    Returns:
        A table of schema `SCORES`.

    Raises:
        InputError: cosines and gold differ in number, or one of them does not vary.
    """
    dataset_hash = hash_texts(pairs.first, pairs.second, [f"{score:g}" for score in pairs.gold])
    rows: list[dict[str, object]] = []
    for name, (fingerprint, values) in models.items():
        measured = Measurement(
            pairs.suite, "-".join(pairs.languages), dataset_hash, name, fingerprint, params.seed
        )
        before = models[START][1] if START in models and name != START else None
        rows += _model_rows(measured, values, before, pairs, params)
    return as_table(rows, SCORES)


def _model_rows(
    measured: Measurement,
    values: npt.ArrayLike,
    before: npt.ArrayLike | None,
    pairs: RatedPairs,
    params: EvaluationParams,
) -> list[dict[str, object]]:
    draw = {"count": params.bootstrap_count, "seed": params.seed}
    rows = [
        measured.score(
            metric, bootstrap(values, pairs.gold, statistic=correlation, **draw), pairs.note
        )
        for metric, correlation in _CORRELATIONS.items()
    ]
    if before is None:
        return rows
    compared = replace(measured, model=DIFFERENCE)
    note = f"{measured.model} minus start"
    for metric in _CORRELATIONS:
        gain = bootstrap(values, before, pairs.gold, statistic=_gain(metric), **draw)
        rows.append(compared.score(metric, gain, note))
    return rows


def _gain(metric: str) -> Callable[[Array, Array, Array], Array]:
    correlation = _CORRELATIONS[metric]

    def gain(after: Array, before: Array, gold: Array) -> Array:
        return correlation(after, gold) - correlation(before, gold)

    return gain
