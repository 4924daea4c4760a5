from datetime import UTC, datetime

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotation.agreement import agreement_verdict, score_agreement
from pipeline.parameters import CalibrationParams
from pipeline.tables import REVIEWS, SCORES, as_table

PARAMS = CalibrationParams(bootstrap_count=300)


def reviews(columns):
    """By annotator, a verdict or (verdict, meaning) for each pair; None where there is none."""
    rows = []
    for annotator, said in columns.items():
        for number, word in enumerate(said):
            if word is None:
                continue
            code, meaning = word if isinstance(word, tuple) else (word, None)
            row = {
                "review_id": f"{annotator} {number}",
                "pair_id": f"pair {number:04d}",
                "annotator": annotator,
                "verdict": code,
                "meaning": meaning,
                "source_text": "",
                "target_text": "",
                "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
            }
            rows.append(row)
    return as_table(rows, REVIEWS)


def scores(columns):
    table = score_agreement(reviews(columns), PARAMS)
    assert table.schema == SCORES
    return {row["metric"]: row for row in table.to_pylist()}


def gate(columns):
    return agreement_verdict(score_agreement(reviews(columns), PARAMS), PARAMS)


def drawn(seed, count=400):
    return np.random.default_rng(seed).choice(["CC", "X", "WL"], count).tolist()


def test_alpha_is_one_when_all_say_the_same():
    found = scores({"a": drawn(0), "b": drawn(0)})
    for metric in ("alpha_accept", "alpha_verdict", "kappa_accept", "raw_agreement_accept"):
        assert found[metric]["value"] == pytest.approx(1)
    assert 0.95 < found["alpha_accept"]["ci_low"] < 1
    assert found["alpha_accept"]["n"] == 400


def test_alpha_is_about_zero_when_all_say_anything():
    found = scores({"a": drawn(0), "b": drawn(1)})
    for metric in ("alpha_accept", "alpha_verdict", "kappa_accept"):
        assert found[metric]["value"] == pytest.approx(0, abs=0.1)
        assert found[metric]["ci_low"] < 0 < found[metric]["ci_high"]


def test_meaning_is_compared_as_an_order():
    rng = np.random.default_rng(3)
    first = rng.integers(1, 6, 200)
    second = np.clip(first + rng.integers(-1, 2, 200), 1, 5)
    found = scores(
        {
            name: [("CC" if n % 2 else "X", int(one)) for n, one in enumerate(column)]
            for name, column in (("a", first), ("b", second))
        }
    )
    expected = krippendorff.alpha([first, second], level_of_measurement="ordinal")
    assert found["alpha_meaning"]["value"] == pytest.approx(expected)
    assert expected > 0.7


def test_refusals_of_two_kinds_agree_on_accepting_and_not_on_the_verdict():
    found = scores({"a": ["X", "CC"] * 20, "b": ["WL", "CC"] * 20})
    assert found["alpha_accept"]["value"] == pytest.approx(1)
    assert found["alpha_verdict"]["value"] < 0.9


def test_only_pairs_with_two_reviews_count():
    found = scores({"a": ["CC", "X", "CC", "X"], "b": ["CC", "X", None, None], "c": [None] * 4})
    assert found["alpha_accept"]["n"] == 2


def test_kappa_compares_any_two_who_share_pairs():
    table = score_agreement(
        reviews(
            {
                "a": drawn(0, 60),
                "b": [*drawn(0, 30), *[None] * 30],
                "c": [None] * 30 + drawn(0, 60)[30:],
            }
        ),
        PARAMS,
    )
    pairs = {r["model"]: r["n"] for r in table.to_pylist() if r["metric"] == "kappa_accept"}
    assert pairs == {"a and b": 30, "a and c": 30}


def test_agreement_on_nine_pairs_is_refused():
    said = ["CC", "X", "CC", "X", "CC", "X", "CC", "X", "CC"]
    verdict = gate({"a": said, "b": said})
    assert not verdict.is_passed
    assert "9 pairs have two reviews; 10 is the minimum" in verdict.reason


def test_reviews_without_any_overlap_are_refused():
    verdict = gate({"a": ["CC", "X"]})
    assert not verdict.is_passed
    assert verdict.reason.startswith("0 pairs")


def test_annotators_who_accept_everything_show_nothing():
    found = scores({"a": ["CC"] * 50, "b": ["CC"] * 50})
    assert found["alpha_accept"]["value"] is None
    assert "undefined" in found["alpha_accept"]["note"]
    verdict = gate({"a": ["CC"] * 50, "b": ["CC"] * 50})
    assert not verdict.is_passed
    assert "everyone said the same" in verdict.reason


def test_perfect_agreement_on_few_pairs_is_no_proof():
    few, many = (["CC", "X"] * count for count in (6, 20))
    assert scores({"a": few, "b": few})["alpha_accept"]["ci_low"] < 0.6
    assert not gate({"a": few, "b": few}).is_passed
    assert gate({"a": many, "b": many}).is_passed
    assert scores({"a": few, "b": few})["kappa_accept"]["ci_low"] < 0.6


def test_perfect_agreement_that_rests_on_one_refusal_is_no_proof():
    said = ["X", *["CC"] * 29]
    assert not gate({"a": said, "b": said}).is_passed


def test_good_agreement_passes_and_chance_agreement_does_not():
    assert gate({"a": drawn(0), "b": drawn(0)}).is_passed
    by_chance = gate({"a": drawn(0), "b": drawn(1)})
    assert not by_chance.is_passed
    assert "guidelines" in by_chance.reason


def test_without_reviews_there_is_nothing_to_score_and_nothing_to_refuse():
    assert score_agreement(REVIEWS.empty_table(), PARAMS).num_rows == 0
    verdict = gate({})
    assert verdict.is_passed
    assert verdict.reason.startswith("No reviews yet")


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["CC", "X", "P"]), st.sampled_from(["CC", "X", "P"])),
        min_size=1,
        max_size=30,
    )
)
def test_names_of_annotators_do_not_matter(words):
    first, second = [one for one, _ in words], [other for _, other in words]
    one, other = (scores({"a": x, "b": y}) for x, y in ((first, second), (second, first)))
    for metric in ("alpha_accept", "alpha_verdict", "raw_agreement_accept"):
        names = ("value", "ci_low", "ci_high", "n")
        assert [one[metric][n] for n in names] == [other[metric][n] for n in names]
