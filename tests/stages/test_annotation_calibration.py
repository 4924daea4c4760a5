import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from pipeline.annotation.calibration import calibrate as calibrate_with
from pipeline.annotation.calibration_scores import calibration_curve, score_probabilities
from pipeline.parameters import CalibrationParams
from pipeline.probability.logistic import fit_logistic
from pipeline.probability.models import pair_probabilities
from pipeline.tables import (
    CALIBRATION,
    PAIR_PROBABILITIES,
    SCORED_PAIRS,
    SYNTHETIC_PAIRS,
    VERDICTS,
    as_table,
)

PARAMS = CalibrationParams(bootstrap_count=200)
WEIGHTS = {"cosine": 2.0, "number_agreement": 0.8, "is_mined": -0.5}  # per standard deviation


def calibrate(scored, verdicts, params, made=None):
    nothing = SYNTHETIC_PAIRS.empty_table()
    return calibrate_with(scored, verdicts, nothing if made is None else made, params)


def reviewed_pairs(count, seed, *, groups=40):
    """Pairs, their verdicts, and the probability by which each verdict was drawn."""
    rng = np.random.default_rng(seed)
    cosine = rng.normal(0.85, 0.05, count)
    agreement = (rng.random(count) < 0.8).astype(float)
    is_mined = rng.random(count) < 0.4
    truth = special.expit(
        0.7
        + WEIGHTS["cosine"] * (cosine - 0.85) / 0.05
        + WEIGHTS["number_agreement"] * (agreement - 0.8) / 0.4
        + WEIGHTS["is_mined"] * (is_mined - 0.4) / 0.49
    )
    said = rng.random(count) < truth
    pairs, verdicts = [], []
    for n in range(count):
        pairs.append(
            scored_row(
                f"{seed} {n:05d}",
                origin="mined" if is_mined[n] else "textbooks",
                group_key=f"group {n % groups}",
                cosine=cosine[n],
                margin=rng.normal(1.1, 0.05) if is_mined[n] else None,
                bead_score=None if is_mined[n] else rng.normal(0.8, 0.1),
                number_agreement_fraction=agreement[n],
            )
        )
        verdicts.append(verdict_row(f"{seed} {n:05d}", said[n]))
    return as_table(pairs, SCORED_PAIRS), as_table(verdicts, VERDICTS), truth


def scored_row(pair_id, **changes):
    return {
        "pair_id": pair_id,
        "origin": "textbooks",
        "group_key": "g",
        "locator": "",
        "source_text": "a",
        "target_text": "b",
        "cosine": 0.8,
        "length_ratio": 0.9,
        "number_agreement_fraction": 1.0,
        "confidence_fraction": 1.0,
    } | changes


def verdict_row(pair_id, is_correct, **changes):
    return {
        "pair_id": pair_id,
        "source_text": "a",
        "target_text": "b",
        "verdict": "CC" if is_correct else "X",
        "is_correct": None if is_correct is None else bool(is_correct),
    } | changes


def weights(calibration):
    rows = calibration.table.to_pylist()
    return {row["feature"]: row["weight"] for row in rows if row["fold"] is None}


def probabilities(scored, calibration):
    table = pair_probabilities(scored, calibration.table)
    assert table.schema == PAIR_PROBABILITIES
    return np.array(table["probability"])


def test_known_weights_and_probabilities_are_recovered():
    scored, verdicts, _ = reviewed_pairs(1500, 0)
    calibration = calibrate(scored, verdicts, PARAMS)
    found = weights(calibration)
    for name in ("cosine", "margin", "bead_score", "number_agreement", "is_mined"):
        assert found[name] == pytest.approx(WEIGHTS.get(name, 0), abs=0.25), name
    unseen, _, truth = reviewed_pairs(1000, 1)
    assert np.abs(probabilities(unseen, calibration) - truth).mean() < 0.03
    assert calibration.facts["is_calibrated"]
    assert calibration.facts["expected_calibration_error"]["value"] < 0.04
    assert calibration.facts["brier_gain"]["ci_low"] > 0.05


def made_pairs(count, seed, shift=0.0):
    """Pairs as a synthetic set has them: trusted ones and found wrong ones, half and half."""
    scored, verdicts, _ = reviewed_pairs(count, seed)
    labels = verdicts["is_correct"].to_pylist()
    rows = [
        row
        | {
            "is_correct": label,
            "kind": "trusted" if label else "nearest",
            "margin": row["cosine"] + 0.2 + shift,
            "bead_score": None,
        }
        for row, label in zip(scored.to_pylist(), labels, strict=True)
    ]
    return as_table(rows, SYNTHETIC_PAIRS)


def with_margins(scored):
    rows = [row | {"margin": row["cosine"] + 0.2} for row in scored.to_pylist()]
    return as_table(rows, SCORED_PAIRS)


def test_sixty_verdicts_teach_more_on_top_of_synthetic_pairs_than_alone():
    scored, verdicts, _ = reviewed_pairs(60, 5)
    unseen, _, truth = reviewed_pairs(1000, 6)
    made = made_pairs(800, 8)
    errors = [
        np.abs(probabilities(with_margins(unseen), fitted) - truth).mean()
        for fitted in (
            calibrate(with_margins(scored), verdicts, PARAMS, made),
            calibrate(with_margins(scored), verdicts, PARAMS),
        )
    ]
    assert errors[0] < errors[1]


def test_synthetic_pairs_alone_order_pairs_and_are_counted():
    scored, _, truth = reviewed_pairs(1000, 6)
    made = made_pairs(800, 8)
    calibration = calibrate(with_margins(scored), VERDICTS.empty_table(), PARAMS, made)
    assert calibration.facts["is_calibrated"]
    assert calibration.facts["is_trained_on_synthetic_pairs"]
    assert calibration.facts["synthetic_count"] == 800
    found = probabilities(with_margins(scored), calibration)
    assert np.corrcoef(found, truth)[0, 1] > 0.9


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(random):
    scored, verdicts, _ = reviewed_pairs(80, 2)
    one = calibrate(scored, verdicts, PARAMS)
    other = calibrate(
        scored.take(random.sample(range(80), 80)),
        verdicts.take(random.sample(range(80), 80)),
        PARAMS,
    )
    assert one.table.equals(other.table)
    assert one.facts == other.facts
    assert one.curve == other.curve


def test_probability_rises_with_the_cosine_alone():
    scored, verdicts, _ = reviewed_pairs(300, 3)
    calibration = calibrate(scored, verdicts, PARAMS)
    ladder = as_table(
        [scored_row(f"{n:03d}", cosine=0.5 + n / 200) for n in range(100)], SCORED_PAIRS
    )
    assert (np.diff(probabilities(ladder, calibration)) > 0).all()


def test_too_few_verdicts_and_nothing_else_leave_even_odds_and_say_so():
    scored, verdicts, _ = reviewed_pairs(39, 0)
    calibration = calibrate(scored, verdicts, PARAMS)
    assert not calibration.facts["is_calibrated"]
    assert not calibration.facts["is_trained_on_synthetic_pairs"]
    assert calibration.facts["reason"] == "39 usable verdicts; 40 is the minimum"
    assert set(calibration.table["fold"].to_pylist()) == {None}
    assert probabilities(scored, calibration) == pytest.approx(0.5)


def test_without_any_verdict_there_are_no_scores():
    calibration = calibrate(reviewed_pairs(5, 0)[0], VERDICTS.empty_table(), PARAMS)
    assert "brier" not in calibration.facts
    assert calibration.curve == []
    assert calibration.table.schema == CALIBRATION


def test_forty_of_one_kind_make_no_certainty():
    rows = [scored_row(f"{n:03d}", cosine=0.8 + n / 1000, group_key=str(n)) for n in range(40)]
    verdicts = as_table([verdict_row(row["pair_id"], is_correct=True) for row in rows], VERDICTS)
    found = probabilities(
        as_table(rows, SCORED_PAIRS), calibrate(as_table(rows, SCORED_PAIRS), verdicts, PARAMS)
    )
    assert found == pytest.approx(41 / 42, abs=0.001)


def test_held_out_probabilities_do_not_know_the_verdicts_of_their_group():
    scored, verdicts, _ = reviewed_pairs(200, 4, groups=20)
    turned = verdicts.to_pylist()
    for row, group in zip(turned, scored["group_key"].to_pylist(), strict=True):
        if group == "group 7":
            row["is_correct"] = not row["is_correct"]
    tables = [
        pair_probabilities(scored, calibrate(scored, each, PARAMS).table)
        for each in (verdicts, as_table(turned, VERDICTS))
    ]
    mine = np.array([group == "group 7" for group in scored["group_key"].to_pylist()])
    held_out, seen = (
        [np.array(table[name])[mine] for table in tables]
        for name in ("held_out_probability", "probability")
    )
    assert (held_out[0] == held_out[1]).all()
    assert (seen[0] != seen[1]).any()


def test_one_group_alone_is_held_out_by_the_prior():
    scored, verdicts, _ = reviewed_pairs(60, 0, groups=1)
    calibration = calibrate(scored, verdicts, PARAMS)
    prior = calibrate(scored, VERDICTS.empty_table(), PARAMS)
    held_out = pair_probabilities(scored, calibration.table)["held_out_probability"]
    assert np.array(held_out) == pytest.approx(probabilities(scored, prior))


def test_verdicts_that_cannot_teach_are_counted():
    rows = [
        scored_row("kept"),
        scored_row("disputed"),
        scored_row("rejected", reject_reason="no counterpart", cosine=None),
    ]
    verdicts = [
        verdict_row("kept", is_correct=True),
        verdict_row("disputed", is_correct=None),
        verdict_row("rejected", is_correct=True),
        verdict_row("gone", is_correct=True),
    ]
    facts = calibrate(as_table(rows, SCORED_PAIRS), as_table(verdicts, VERDICTS), PARAMS).facts
    assert (facts["review_count"], facts["unused_count"], facts["correct_count"]) == (1, 3, 1)


@pytest.mark.parametrize(
    ("verdict", "text", "correct_count", "review_count"),
    [("P", "mended", 0, 1), ("CC", "mended", 1, 1), (None, "mended", 0, 0), ("P", "b", 1, 1)],
)
def test_a_pair_that_was_right_only_once_mended_teaches_that_it_was_wrong(
    verdict, text, correct_count, review_count
):
    verdicts = [verdict_row("x", is_correct=True, verdict=verdict, target_text=text)]
    facts = calibrate(
        as_table([scored_row("x")], SCORED_PAIRS), as_table(verdicts, VERDICTS), PARAMS
    ).facts
    assert (facts["correct_count"], facts["review_count"]) == (correct_count, review_count)


def test_rejected_pairs_have_no_probability_and_a_repeated_pair_has_one():
    rows = [
        scored_row("b", cosine=0.7),
        scored_row("b", cosine=0.9),
        scored_row("a", reject_reason="no", cosine=None),
    ]
    calibration = calibrate(SCORED_PAIRS.empty_table(), VERDICTS.empty_table(), PARAMS)
    table = pair_probabilities(as_table(rows, SCORED_PAIRS), calibration.table)
    assert table["pair_id"].to_pylist() == ["b"]
    assert pair_probabilities(SCORED_PAIRS.empty_table(), calibration.table).num_rows == 0


def test_a_feature_that_was_never_seen_has_no_say():
    rows = [scored_row(f"{n:03d}", cosine=0.7 + n / 300, group_key=str(n)) for n in range(60)]
    verdicts = as_table(
        [verdict_row(row["pair_id"], n >= 30) for n, row in enumerate(rows)], VERDICTS
    )
    calibration = calibrate(as_table(rows, SCORED_PAIRS), verdicts, PARAMS)
    pairs = [scored_row("x"), scored_row("y", margin=9.0, origin="news", confidence_fraction=0.1)]
    first, second = probabilities(as_table(pairs, SCORED_PAIRS), calibration)
    assert first == second


def test_newton_finds_what_a_general_optimiser_finds():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 3)) * [1, 10, 0.1]
    labels = rng.random(50) < special.expit(features[:, 0])
    model = fit_logistic(features, labels, 0.5)
    design = np.column_stack([np.ones(50), (features - features.mean(0)) / features.std(0)])
    positive = labels.sum()
    targets = np.where(labels, (positive + 1) / (positive + 2), 1 / (50 - positive + 2))

    def objective(w):
        scores = design @ w
        return np.logaddexp(0, scores).sum() - targets @ scores + 0.25 * (w[1:] ** 2).sum()

    best = optimize.minimize(objective, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x
    assert np.append(model.intercept, model.weights) == pytest.approx(best, abs=1e-5)


def test_separable_features_and_gaps_are_no_trouble():
    features = np.array([[0.1, np.nan], [0.2, np.nan], [0.8, 3.0], [0.9, np.nan]])
    model = fit_logistic(features, np.array([False, False, True, True]), 1e-6)
    found = model.probabilities(features)
    assert np.isfinite(found).all()
    assert (found[:2] < 0.5).all()
    assert (found[2:] > 0.5).all()


def test_the_curve_counts_every_review_once_in_bins_of_equal_size():
    predicted = np.linspace(0, 1, 95)
    curve = calibration_curve(predicted, predicted > 0.5)
    counts = [row["n"] for row in curve]
    assert sum(counts) == 95
    assert max(counts) - min(counts) <= 1
    means = [row["mean_predicted"] for row in curve]
    assert means == sorted(means)
    assert all(row["ci_low"] <= row["observed_share"] <= row["ci_high"] for row in curve)


def test_scores_are_those_of_their_definitions():
    predicted, labels = np.array([0.9, 0.2]), np.array([True, True])
    scores = score_probabilities(predicted, np.array([0.5, 0.5]), labels, count=100, seed=1)
    assert scores["brier"]["value"] == pytest.approx((0.01 + 0.64) / 2)
    assert scores["log_loss"]["value"] == pytest.approx(-(np.log(0.9) + np.log(0.2)) / 2)
    assert scores["expected_calibration_error"]["value"] == pytest.approx(0.45)
    assert scores["brier_gain"]["value"] == pytest.approx(0.25 - 0.325)
    assert scores["brier"]["n"] == 2


def test_an_overconfident_forecast_stands_out_from_chance():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.3, 0.7, 400)
    labels = rng.random(400) < truth
    sharp = np.where(truth > 0.5, 0.95, 0.05)
    base = np.full(400, labels.mean())
    honest, wrong = (
        score_probabilities(each, base, labels, count=200, seed=1) for each in (truth, sharp)
    )
    error, chance = "expected_calibration_error", "chance_calibration_error"
    assert honest[error]["value"] <= honest[chance]["ci_high"]
    assert wrong[error]["value"] > 3 * wrong[chance]["ci_high"]


def test_the_table_alone_carries_the_model():
    scored, verdicts, _ = reviewed_pairs(60, 0)
    calibration = calibrate(scored, verdicts, PARAMS)
    shuffled = calibration.table.take(
        pa.array(np.random.default_rng(0).permutation(calibration.table.num_rows))
    )
    assert pair_probabilities(scored, shuffled).equals(
        pair_probabilities(scored, calibration.table)
    )
