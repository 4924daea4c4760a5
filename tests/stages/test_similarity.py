import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.tasks.similarity import RatedPairs, score_similarity
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=300)


class Known:
    """Similarities that are given, whatever the texts."""

    def __init__(self, fingerprint, values):
        self.fingerprint = fingerprint
        self.values = np.asarray(values, float)

    def pairwise(self, first, second):
        return self.values


def _pairs(gold):
    texts = [f"sentence {i}" for i in range(len(gold))]
    return RatedPairs("sts", ("eng_Latn", "eng_Latn"), texts, texts, gold)


def _noisy(gold, noise, seed):
    return gold / 5 + noise * np.random.default_rng(seed).normal(size=len(gold))


def test_scores_hold_both_correlations_per_model_and_their_gain():
    gold = np.random.default_rng(0).uniform(0, 5, 200)
    models = {
        "start": Known("a", _noisy(gold, 0.3, 1)),
        "student": Known("b", _noisy(gold, 0.1, 2)),
    }
    scored = score_similarity(_pairs(gold), models, PARAMS)
    assert as_table(scored.rows, SCORES).num_rows == 6
    rows = {(row["model"], row["metric"]): row for row in scored.rows}
    for metric in ("pearson", "spearman"):
        start, student, gain = (rows[m, metric] for m in ("start", "student", "difference"))
        assert gain["value"] == pytest.approx(student["value"] - start["value"])
        assert gain["ci_low"] > 0
        assert student["ci_low"] < student["value"] < student["ci_high"]


def test_the_scale_of_the_gold_does_not_matter():
    gold = np.random.default_rng(0).uniform(0, 5, 50)
    models = {"start": Known("a", _noisy(gold, 0.2, 1))}
    five, hundred = (
        [row["value"] for row in score_similarity(_pairs(scale), models, PARAMS).rows]
        for scale in (gold, 20 * gold)
    )
    assert five == pytest.approx(hundred)


def test_gold_that_does_not_vary_is_refused():
    with pytest.raises(InputError, match="do not vary"):
        score_similarity(_pairs([3.0] * 9), {"start": Known("a", np.arange(9.0))}, PARAMS)


def test_the_worst_mistake_is_the_pair_whose_place_differs_most():
    gold = np.arange(20.0)
    values = gold.copy()
    values[0], values[10] = 30.0, 9.5
    first, second, *_ = score_similarity(_pairs(gold), {"m": Known("a", values)}, PARAMS).mistakes
    assert (first.query, first.kind) == ("sentence 0 | sentence 0", "too alike")
    assert first.margin == pytest.approx(0.95)
    assert second.margin < 0.2
