import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.similarity import RatedPairs, cosines, similarity_scores
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

PARAMS = EvaluationParams(bootstrap_count=300)


def _pairs(gold):
    texts = [f"sentence {i}" for i in range(len(gold))]
    return RatedPairs("sts", ("eng_Latn", "eng_Latn"), texts, texts, gold)


def _noisy(gold, noise, seed):
    return gold / 5 + noise * np.random.default_rng(seed).normal(size=len(gold))


def test_cosines_are_row_by_row_products_of_unit_vectors():
    first = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    second = np.array([[0, 1], [0.6, 0.8]], dtype=np.float32)
    assert cosines(first, second) == pytest.approx([0, 1])


def test_vectors_of_unequal_number_are_no_pairs():
    with pytest.raises(InputError, match="no pairs"):
        cosines(np.ones((2, 3), np.float32), np.ones((3, 3), np.float32))


def test_scores_hold_both_correlations_per_model_and_their_gain():
    gold = np.random.default_rng(0).uniform(0, 5, 200)
    models = {
        "start": ("a", _noisy(gold, 0.3, 1)),
        "student": ("b", _noisy(gold, 0.1, 2)),
    }
    table = similarity_scores(_pairs(gold), models, PARAMS)
    assert table.schema == SCORES
    rows = {(row["model"], row["metric"]): row for row in table.to_pylist()}
    assert len(rows) == 6
    for metric in ("pearson", "spearman"):
        start, student, gain = (rows[m, metric] for m in ("start", "student", "difference"))
        assert gain["value"] == pytest.approx(student["value"] - start["value"])
        assert gain["ci_low"] > 0
        assert student["ci_low"] < student["value"] < student["ci_high"]


def test_the_scale_of_the_gold_does_not_matter():
    gold = np.random.default_rng(0).uniform(0, 5, 50)
    models = {"start": ("a", _noisy(gold, 0.2, 1))}
    five, hundred = (
        similarity_scores(_pairs(scale), models, PARAMS)["value"].to_pylist()
        for scale in (gold, 20 * gold)
    )
    assert five == pytest.approx(hundred)


def test_gold_that_does_not_vary_is_refused():
    with pytest.raises(InputError, match="do not vary"):
        similarity_scores(_pairs([3.0] * 9), {"start": ("a", np.arange(9.0))}, PARAMS)
