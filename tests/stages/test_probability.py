"""Logistic models, mixtures, and what is learnt from made pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from pipeline.errors import InputError
from pipeline.probability.features import FEATURE_NAMES
from pipeline.probability.logistic import Logistic, fit_logistic
from pipeline.probability.mixture import fit_mixture
from pipeline.probability.models import models_table, pair_probabilities
from pipeline.probability.synthetic_training import LEAST_PAIRS, fit_synthetic
from pipeline.tables import CALIBRATION, SCORED_PAIRS, SYNTHETIC_PAIRS, as_table

numbers = st.floats(-5, 5).map(lambda value: round(value, 3))
scales = st.floats(0.1, 5).map(lambda value: round(value, 3))


@given(st.lists(st.tuples(numbers, scales, numbers, numbers, scales), min_size=1, max_size=5))
def test_a_model_restated_for_other_means_and_scales_says_the_same(columns):
    means, spread, weights, other_means, other_scales = np.array(columns).T
    model = Logistic(0.3, weights, means, spread)
    features = np.random.default_rng(0).normal(size=(6, len(columns)))
    restated = model.restated(other_means, other_scales)
    assert restated.log_odds(features) == pytest.approx(model.log_odds(features), abs=1e-6)


def drawn(count, seed, slope=2.0, bias=0.0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 2))
    truth = special.expit(slope * features[:, 0] + bias)
    return features, rng.random(count) < truth, truth


def test_a_prior_helps_where_labels_are_few_and_gives_way_where_they_are_many():
    prior = Logistic(0.0, np.array([2.0, 0.0]), np.zeros(2), np.ones(2))
    unseen, _, truth = drawn(2000, 1)
    few, labels, _ = drawn(15, 2)
    with_prior, without = (
        np.abs(fit_logistic(few, labels, 1.0, each).probabilities(unseen) - truth).mean()
        for each in (prior, None)
    )
    assert with_prior < without
    many, labels, _ = drawn(5000, 3, slope=-2.0)
    assert fit_logistic(many, labels, 1.0, prior).weights[0] < -1.5


def test_a_feature_that_does_not_vary_keeps_the_weight_of_the_prior():
    prior = Logistic(0.0, np.array([2.0, 1.5]), np.zeros(2), np.ones(2))
    features, labels, _ = drawn(200, 4)
    features[:, 1] = 0.0
    assert fit_logistic(features, labels, 1.0, prior).weights[1] == pytest.approx(1.5)


@settings(max_examples=5, deadline=None)
@given(st.floats(0.1, 0.9), st.integers(0, 2**16))
def test_a_mixture_tells_the_share_of_correct_candidates(share, seed):
    rng = np.random.default_rng(seed)
    is_correct = rng.random(600) < share
    candidates = np.where(is_correct, rng.normal(4, 1, 600), rng.normal(0, 1, 600))[:, None]
    wrong = rng.normal(0, 1, (400, 1))
    start = np.where(candidates[:, 0] > 2.3, 0.98, 0.02)
    model = fit_mixture(candidates, wrong, np.ones(400), start, 0.01)
    found = model.probabilities(candidates)
    assert found.mean() == pytest.approx(is_correct.mean(), abs=0.06)
    assert np.abs(found - is_correct).mean() < 0.15


def pairs(count, seed, share):
    """Candidates of which a share is correct, with margins and cosines that tell."""
    rng = np.random.default_rng(seed)
    is_correct = rng.random(count) < share
    margin = np.where(is_correct, rng.normal(1.08, 0.02, count), rng.normal(1.0, 0.01, count))
    rows = [
        {
            "pair_id": f"{seed} {n:05d}",
            "origin": "mined" if n % 2 else "textbooks",
            "group_key": str(n),
            "cosine": margin[n] - 0.2 + rng.normal(0, 0.02),
            "margin": margin[n],
            "length_ratio": rng.uniform(0.5, 1),
            "number_agreement_fraction": float(rng.random() < (0.95 if is_correct[n] else 0.6)),
        }
        for n in range(count)
    ]
    return rows, is_correct


def made(count=400):
    rows, is_correct = pairs(count, 1, 0.5)
    kinds = np.where(is_correct, "trusted", "nearest").tolist()
    labelled = zip(rows, kinds, is_correct.tolist(), strict=True)
    return as_table([r | {"kind": k, "is_correct": c} for r, k, c in labelled], SYNTHETIC_PAIRS)


@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_made_pairs_teach_the_probability_for_candidates_of_any_share(share):
    rows, is_correct = pairs(1000, 2, share)
    scored = as_table(rows, SCORED_PAIRS)
    model = fit_synthetic(scored, made())
    found = np.array(pair_probabilities(scored, models_table({None: model}))["probability"])
    assert found.mean() == pytest.approx(is_correct.mean(), abs=0.12)
    assert ((found > 0.5) == is_correct).mean() > 0.97


def test_the_share_is_that_of_each_origin():
    good, _ = pairs(600, 3, 0.9)
    bad, _ = pairs(600, 4, 0.2)
    rows = [row | {"origin": "textbooks"} for row in good]
    rows += [row | {"origin": "mined"} for row in bad]
    scored = as_table(rows, SCORED_PAIRS)
    table = pair_probabilities(scored, models_table({None: fit_synthetic(scored, made())}))
    found = dict(zip(table["pair_id"].to_pylist(), table["probability"].to_pylist(), strict=True))
    means = [np.mean([found[row["pair_id"]] for row in each]) for each in (good, bad)]
    assert means == pytest.approx([0.9, 0.2], abs=0.12)


def test_too_few_made_pairs_teach_nothing():
    scored = as_table(pairs(100, 2, 0.5)[0], SCORED_PAIRS)
    assert fit_synthetic(scored, made(LEAST_PAIRS)) is None
    assert fit_synthetic(scored, SYNTHETIC_PAIRS.empty_table()) is None


def test_a_calibration_of_another_version_is_refused():
    table = models_table({None: Logistic.ignorant(len(FEATURE_NAMES))})
    without = as_table([r for r in table.to_pylist() if r["feature"] != "margin"], CALIBRATION)
    with pytest.raises(InputError, match="does not know margin"):
        pair_probabilities(as_table(pairs(5, 0, 0.5)[0], SCORED_PAIRS), without)
