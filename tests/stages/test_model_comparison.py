import numpy as np
import pytest

from pipeline.evaluation.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.measurements import Measurement
from pipeline.parameters import EvaluationParams
from pipeline.statistics import pearson, wilson

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


def test_a_student_like_its_start_gains_nothing_for_sure():
    row = rows_of({"start": MODELS["start"], "copy": MODELS["start"]})["difference", "hit"]
    assert (row["value"], row["ci_low"], row["ci_high"]) == (0, 0, 0)


def test_without_the_start_model_there_is_no_gain():
    assert {model for model, _ in rows_of({"student": MODELS["student"]})} == {"student"}
