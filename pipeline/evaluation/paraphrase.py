"""Paraphrase detection: does a model tell texts of one meaning from texts that look alike?

Pure but for the encoders, which are given. A pair counts as a paraphrase from a cosine on. The
customary threshold of 0.8 stands beside one tuned on the development split, for models differ in
how high their cosines are; average precision needs none.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from pipeline.encoders import Encoder
from pipeline.evaluation.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.paraphrase_pairs import ParaphrasePairs, paraphrase_pairs
from pipeline.evaluation.similarity import cosines
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Array
from pipeline.tables import SCORES, as_table

SUITE = "paraphrases"
FIXED_THRESHOLD = 0.8
LEAST_TUNING_PAIRS = 20
_TIE = 1e-9  # puts a near miss before a paraphrase of the same cosine


def score_paraphrases(
    corpus: pa.Table, encoders: Mapping[str, Encoder], params: EvaluationParams
) -> pa.Table:
    """Accuracy at both thresholds, average precision, and the paraphrases' mean cosine.

    Half of the pairs are near misses, so guessing has an accuracy of one half. `n` counts pairs
    (paraphrases alone for the mean cosine). Without 20 pairs in the development split, no
    threshold is tuned.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        encoders: by name; `start` comes first.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`, empty where the test split holds no paraphrases.
    """
    tuning = {pairs.language: pairs for pairs in paraphrase_pairs(corpus, "dev")}
    rows = [
        row
        for pairs in paraphrase_pairs(corpus, "test")
        for row in _rows(pairs, tuning.get(pairs.language), encoders, params)
    ]
    return as_table(rows, SCORES)


def average_precision(scores: Array, labels: Array) -> Array:
    """Mean precision at each positive, along the last axis; nan without positives.

    Equal scores are ordered against the model: negatives first.
    """
    order = np.argsort(_TIE * labels - scores, axis=-1, kind="stable")
    ranked = np.take_along_axis(labels, order, axis=-1)
    precision = np.cumsum(ranked, axis=-1) / np.arange(1, ranked.shape[-1] + 1)
    with np.errstate(invalid="ignore"):
        return np.asarray((precision * ranked).sum(axis=-1) / ranked.sum(axis=-1))


def best_threshold(scores: Array, labels: Array) -> float:
    """The score from which on to say yes, for the most right answers; the lowest of equals.

    Args:
        scores: (n,), n > 0.
        labels: (n,), 1 for what should be accepted, else 0.
    """
    candidates = np.unique(scores)
    right = [np.count_nonzero((scores >= least) == (labels > 0)) for least in candidates]
    return float(candidates[int(np.argmax(right))])


def _rows(
    pairs: ParaphrasePairs,
    tuning: ParaphrasePairs | None,
    encoders: Mapping[str, Encoder],
    params: EvaluationParams,
) -> list[dict[str, object]]:
    labels = np.array(pairs.is_paraphrase, np.float64)
    dataset_hash = hash_texts(pairs.first, pairs.second)
    measured = Measurement(SUITE, pairs.language, dataset_hash, "", "", params.seed)
    metrics = [
        Metric("accuracy_at_0.8"),
        Metric("accuracy_at_tuned"),
        Metric("average_precision", average_precision, (labels,)),
        Metric("mean_cosine"),
    ]
    models = {name: _outcomes(encoder, pairs, tuning) for name, encoder in encoders.items()}
    return comparison_rows(measured, metrics, models, params)


def _outcomes(encoder: Encoder, pairs: ParaphrasePairs, tuning: ParaphrasePairs | None) -> Outcomes:
    values, is_true = _cosines(encoder, pairs), np.array(pairs.is_paraphrase)
    columns = {
        "accuracy_at_0.8": (values >= FIXED_THRESHOLD) == is_true,
        "average_precision": values,
        "mean_cosine": values[is_true],
    }
    notes = {"mean_cosine": "of paraphrases"}
    if tuning is not None and len(tuning.first) >= LEAST_TUNING_PAIRS:
        labels = np.array(tuning.is_paraphrase, np.float64)
        threshold = best_threshold(_cosines(encoder, tuning), labels)
        columns["accuracy_at_tuned"] = (values >= threshold) == is_true
        notes["accuracy_at_tuned"] = (
            f"from {threshold:.3f} on, tuned on {len(tuning.first)} dev pairs"
        )
    return Outcomes(encoder.fingerprint, columns, notes)


def _cosines(encoder: Encoder, pairs: ParaphrasePairs) -> Array:
    first, second = (
        encoder.encode(texts, language=pairs.language, role="query")
        for texts in (pairs.first, pairs.second)
    )
    return cosines(first, second)
