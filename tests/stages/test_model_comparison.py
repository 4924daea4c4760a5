from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.measurements import Measurement
from pipeline.parameters import EvaluationParams
from pipeline.statistics import pearson, randomisation_test, sign_test, wilson

PARAMS = EvaluationParams(bootstrap_count=200)
MEASURED = Measurement("suite", "tuk_Latn", "hash", "", "", PARAMS.seed, 7)
GOLD = np.arange(8.0)
METRICS = [Metric("hit"), Metric("fit", pearson, (GOLD,)), Metric("absent")]


def outcomes(fingerprint, hits, fit):
    columns = {"hit": np.array(hits, bool), "fit": np.array(fit, float)}
    return Outcomes(fingerprint, columns, {"fit": "a note"})


MODELS = {
    "start": outcomes("a", [1, 0] * 4, GOLD[::-1]),
    "student": outcomes("b", [1, 1, 1, 0] * 2, GOLD),
}


def rows_of(models):
    rows = comparison_rows(MEASURED, METRICS, models, PARAMS)
    return {(row["model"], row["metric"]): row for row in rows}


def test_every_model_has_a_row_for_each_of_its_metrics_and_students_a_gain():
    rows = rows_of(MODELS)
    assert list(rows) == [
        (model, metric) for model in ("start", "student", "difference") for metric in ("hit", "fit")
    ]
    assert rows["student", "fit"]["note"] == "a note"
    assert rows["difference", "fit"]["note"] == "student minus start"
    assert rows["difference", "hit"]["model_fingerprint"] == "b"
    assert {(row["n"], row["pool_size"], row["suite"]) for row in rows.values()} == {
        (8, 7, "suite")
    }


def test_shares_have_wilsons_interval():
    row, expected = rows_of(MODELS)["start", "hit"], wilson(4, 8)
    assert (row["value"], row["ci_low"], row["ci_high"]) == (
        expected.value,
        expected.ci_low,
        expected.ci_high,
    )


def test_a_gain_is_the_difference_of_the_two_values_on_the_same_units():
    rows = rows_of(MODELS)
    for metric in ("hit", "fit"):
        gain = rows["student", metric]["value"] - rows["start", metric]["value"]
        assert rows["difference", metric]["value"] == pytest.approx(gain)
    assert rows["difference", "fit"]["ci_low"] == pytest.approx(2)  # -1 to 1 in any resample


def test_a_student_like_its_start_gains_nothing_and_is_not_told_apart():
    rows = rows_of({"start": MODELS["start"], "copy": MODELS["start"]})
    hit, fit = rows["difference", "hit"], rows["difference", "fit"]
    assert hit["ci_low"] < hit["value"] == 0 < hit["ci_high"]  # eight units tell little
    assert (fit["value"], fit["ci_low"], fit["ci_high"]) == (0, 0, 0)
    assert (hit["p_value"], fit["p_value"]) == (1, 1)


def test_differences_alone_have_a_p_value():
    rows = rows_of(MODELS)
    assert all(
        (row["p_value"] is None) == (model != "difference") for (model, _), row in rows.items()
    )
    assert rows["difference", "hit"]["p_value"] == sign_test(
        MODELS["start"].columns["hit"], MODELS["student"].columns["hit"]
    )
    fits = [MODELS[name].columns["fit"] for name in ("start", "student")]
    assert rows["difference", "fit"]["p_value"] == randomisation_test(
        *fits, GOLD, statistic=pearson, count=200, seed=PARAMS.seed
    )


def hits_first(gold):
    return [Metric("hit"), Metric("fit", pearson, (gold,))]


def sliced(slices, metrics=hits_first):
    """Outcomes and gold of three models over 60 units, and the rows of the slices."""
    draw = np.random.default_rng(1)
    gold = draw.normal(size=60)
    made = {
        name: outcomes(name, draw.random(60) < 0.6, gold + draw.normal(size=60))
        for name in ("start", "one", "two")
    }
    rows = comparison_rows(MEASURED, metrics(gold), made, PARAMS, slices)
    return made, gold, [row for row in rows if row["slice"]]


LENGTHS = ["17 words or more"] * 20 + ["9-16 words"] * 20 + ["1-8 words"] * 20


def test_slices_follow_by_kind_and_by_the_numbers_in_their_labels():
    _, _, rows = sliced({"length": LENGTHS, "domain": ["news", "law"] * 30})
    labels = list(dict.fromkeys(row["slice"] for row in rows))
    assert labels == [
        "length: 1-8 words",
        "length: 9-16 words",
        "length: 17 words or more",
        "domain: law",
        "domain: news",
    ]
    assert [row["model"] for row in rows[:5]] == ["start", "one", "difference", "two", "difference"]
    assert {row["metric"] for row in rows} == {"hit"}  # the headline alone


def test_a_slice_is_what_its_units_alone_would_give():
    def headline(gold):
        return [Metric("fit", pearson, (gold,))]

    made, gold, rows = sliced({"length": LENGTHS}, metrics=headline)
    short = np.array(LENGTHS) == "1-8 words"
    alone = comparison_rows(
        replace(MEASURED, slice="length: 1-8 words"),
        headline(gold[short]),
        {
            name: outcomes(name, one.columns["hit"][short], one.columns["fit"][short])
            for name, one in made.items()
        },
        PARAMS,
    )
    assert [row for row in rows if row["slice"] == "length: 1-8 words"] == alone
    assert {row["n"] for row in alone} == {20}


def test_slices_of_fewer_than_twenty_units_and_kinds_with_one_such_slice_are_left_out():
    _, _, rows = sliced(
        {
            "length": ["short"] * 41 + ["long"] * 19,
            "domain": ["news"] * 21 + ["law"] * 20 + [""] * 19,
        }
    )
    assert {row["slice"] for row in rows} == {"domain: law", "domain: news"}


def test_labels_of_other_units_than_the_headlines_are_refused():
    with pytest.raises(InputError, match="by domain label 40 units, but hit has 60"):
        sliced({"domain": ["news", "law"] * 20})


def test_without_the_start_model_there_is_no_gain():
    assert {model for model, _ in rows_of({"student": MODELS["student"]})} == {"student"}
