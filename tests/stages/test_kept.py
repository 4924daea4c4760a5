"""What must be kept of every pivot, by how it was measured, and who is judged."""

import pytest

from pipeline.evaluation.release.kept import retention_verdict, worst_kept
from pipeline.evaluation.release.leaderboard import leaderboard
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table

STS, ORDER = "retention_sts", "retention_spearman"


def kept(*rows):
    interval = {"ci_low": 0.5, "ci_high": 1.0, "n": 500, "seed": 13}
    names = ("model", "direction", "metric", "value")
    return as_table([interval | dict(zip(names, row, strict=True)) for row in rows], SCORES)


BOTH = kept(
    ("a", "rus_Cyrl", STS, 0.99),
    ("a", "eng_Latn", STS, 0.97),
    ("b", "rus_Cyrl", STS, 0.999),
    ("b", "eng_Latn", STS, 0.5),
)
MIXED = kept(("a", "rus_Cyrl", STS, 0.98), ("a", "eng_Latn", ORDER, 0.92))


@pytest.mark.parametrize(("least", "is_passed"), [(0.96, True), (0.98, False)])
def test_the_student_whose_worst_pivot_is_best_decides_whether_enough_was_kept(least, is_passed):
    verdict = retention_verdict(BOTH, EvaluationParams(min_retention=least))
    assert verdict.is_passed is is_passed
    assert "0.970" in verdict.reason
    assert "people's ratings" in verdict.reason


def test_a_pivot_is_worst_by_what_must_be_kept_of_it_not_by_its_figure():
    params = EvaluationParams(min_retention=0.986, min_order_kept=0.9)
    assert worst_kept(MIXED, params)["a"]["direction"] == "rus_Cyrl"
    stricter = EvaluationParams(min_retention=0.9, min_order_kept=0.95)
    assert worst_kept(MIXED, stricter)["a"]["direction"] == "eng_Latn"
    assert "order of texts" in retention_verdict(MIXED, stricter).reason


def test_the_leaderboard_says_what_was_asked_of_the_worst_pivot():
    found = {"suite": "s", "direction": "d", "metric": "p_at_1", "value": 0.5, "n": 9}
    scores = as_table([found | {"model": "a", "model_fingerprint": "a"}], SCORES)
    (row,) = leaderboard(scores, MIXED, {}, EvaluationParams()).to_pylist()
    assert (row["retention"], row["min_retention"]) == (0.98, 0.986)
    assert (row["retention_metric"], row["retention_language"]) == (STS, "rus_Cyrl")


def test_what_was_not_measured_is_no_fault_and_says_so():
    verdict = retention_verdict(SCORES.empty_table(), EvaluationParams())
    assert verdict.is_passed
    assert verdict.reason.startswith("Not measured")


def test_a_student_whose_retention_was_not_measured_is_not_released():
    facts = {"suite": "s", "direction": "d", "metric": "p_at_1", "n": 9, "model_fingerprint": "a"}
    rows = [
        facts | {"model": "a", "value": 0.5},
        facts | {"model": "difference", "value": 0.3, "ci_low": 0.2},
    ]
    board = leaderboard(as_table(rows, SCORES), SCORES.empty_table(), {}, EvaluationParams())
    (row,) = board.to_pylist()
    assert not row["is_releasable"]
    assert "was not measured" in row["reason"]
