import pytest

from pipeline.errors import InputError
from pipeline.evaluation.measures.scores import DIFFERENCE
from pipeline.evaluation.release.leaderboard import best_student, leaderboard, release_verdicts
from pipeline.parameters import EvaluationParams
from pipeline.tables import LEADERBOARD, SCORES, as_table

PARAMS = EvaluationParams(min_retention=0.98)
FACTS = {"a": {"parameter_count": 35, "model_bytes": 140}, "start": {"parameter_count": 118}}


def score(model, value, *, low=None, fingerprint=None, **more):
    return {
        "suite": "held_out",
        "model": model,
        "model_fingerprint": fingerprint or model,
        "direction": "tuk_Latn-rus_Cyrl",
        "metric": "p_at_1",
        "value": value,
        "ci_low": value - 0.1 if low is None else low,
        "ci_high": value + 0.1,
        "n": 100,
    } | more


RETRIEVAL = as_table(
    [
        score("start", 0.4),
        score("start", 0.9, metric="mrr"),
        score("b", 0.8),
        score("difference", 0.4, low=0.2, fingerprint="b"),
        score("a", 0.7),
        score("difference", 0.3, low=0.1, fingerprint="a"),
        score("c", 0.45),
        score("difference", 0.05, low=-0.05, fingerprint="c"),
        score("c", 1.0, direction="rus_Cyrl-tuk_Latn"),
    ],
    SCORES,
)


def retention(**kept):
    rows = [
        {"model": model, "direction": language, "metric": "retention_sts", "value": value}
        for model, values in kept.items()
        for language, value in zip(("rus_Cyrl", "eng_Latn"), values, strict=True)
    ]
    return as_table(rows, SCORES)


KEPT = retention(a=(0.985, 0.99), b=(0.99, 0.5), c=(1.0, 1.0))
TABLE = leaderboard(RETRIEVAL, KEPT, FACTS, PARAMS)


def test_models_are_ranked_on_the_main_direction_alone_with_the_start_among_them():
    assert TABLE.schema == LEADERBOARD
    rows = [(row["rank"], row["model"], row["value"]) for row in TABLE.to_pylist()]
    assert rows == [(1, "b", 0.8), (2, "a", 0.7), (3, "c", 0.45), (4, "start", 0.4)]


def test_a_row_tells_gain_worst_pivot_and_sizes():
    row = TABLE.to_pylist()[1]
    assert (row["gain"], row["gain_ci_low"], row["retention"]) == (0.3, 0.1, 0.985)
    assert (row["retention_language"], row["parameter_count"], row["model_bytes"]) == (
        "rus_Cyrl",
        35,
        140,
    )
    start = TABLE.to_pylist()[3]
    assert (start["gain"], start["retention"], start["parameter_count"]) == (None, None, 118)


def test_only_a_student_that_gains_for_sure_and_keeps_every_pivot_may_be_released():
    rows = {row["model"]: row for row in TABLE.to_pylist()}
    assert [name for name, row in rows.items() if row["is_releasable"]] == ["a"]
    assert "it keeps 0.500 of English, less than 0.98" in rows["b"]["reason"]
    assert "not better than the start model for sure" in rows["c"]["reason"]


def test_the_best_student_is_the_best_that_may_be_released():
    assert best_student(TABLE) == "a"
    verdicts = release_verdicts(TABLE)
    assert [(one.name, one.is_passed) for one in verdicts] == [
        ("retention", True),
        ("beats_start", True),
    ]
    assert "a keeps 0.985" in verdicts[0].reason
    assert "finds 30.0 of 100 translations more" in verdicts[1].reason


def test_where_none_may_be_released_the_best_is_named_and_refused():
    table = leaderboard(RETRIEVAL, retention(b=(0.99, 0.5)), {}, PARAMS)
    assert best_student(table) == "b"
    kept, gained = release_verdicts(table)
    assert (kept.is_passed, gained.is_passed) == (False, True)
    assert "in English, the pivot it keeps least" in kept.reason


def test_a_gain_that_may_be_chance_is_refused():
    only_c = as_table(RETRIEVAL.to_pylist()[:1] + RETRIEVAL.to_pylist()[6:8], SCORES)
    kept, gained = release_verdicts(leaderboard(only_c, KEPT, {}, PARAMS))
    assert (kept.is_passed, gained.is_passed) == (True, False)
    assert "may be chance" in gained.reason


def test_a_student_that_finds_fewer_than_before_is_told_so():
    only_c = RETRIEVAL.to_pylist()[:1] + RETRIEVAL.to_pylist()[6:8]
    turned = {"value": -0.3, "ci_low": -0.4, "ci_high": -0.2}
    worse = [row | turned if row["model"] == DIFFERENCE else row for row in only_c]
    _, gained = release_verdicts(leaderboard(as_table(worse, SCORES), KEPT, {}, PARAMS))
    assert not gained.is_passed
    assert "finds 30.0 of 100 translations fewer than the start model" in gained.reason
    assert "lost what the start model could" in gained.reason


def test_a_student_without_retention_or_comparison_is_refused():
    alone = as_table([score("a", 0.7)], SCORES)
    table = leaderboard(alone, SCORES.empty_table(), {}, PARAMS)
    verdicts = release_verdicts(table)
    assert not any(one.is_passed for one in verdicts)
    assert "not measured" in verdicts[0].reason
    assert "score both" in verdicts[1].reason


def test_equals_are_ranked_by_name():
    table = leaderboard(as_table([score("z", 0.5), score("y", 0.5)], SCORES), KEPT, {}, PARAMS)
    assert table["model"].to_pylist() == ["y", "z"]


def test_without_students_nothing_can_be_released():
    table = leaderboard(as_table([score("start", 0.5)], SCORES), SCORES.empty_table(), {}, PARAMS)
    assert best_student(table) is None
    assert [one.is_passed for one in release_verdicts(table)] == [False, False]


def test_without_scores_there_is_no_leaderboard():
    with pytest.raises(InputError, match="no retrieval scores"):
        leaderboard(SCORES.empty_table(), KEPT, {}, PARAMS)


def test_parts_of_suites_and_baselines_rank_nobody():
    rows = [
        score("start", 0.4),
        score("a", 0.7),
        score("bm25", 0.9),
        score("a", 1.0, slice="length: 1-5 words"),
    ]
    parts = as_table(
        [*KEPT.to_pylist(), {**KEPT.to_pylist()[0], "value": 0.1, "slice": "x"}], SCORES
    )
    table = leaderboard(as_table(rows, SCORES), parts, {}, PARAMS, baselines=("bm25",))
    assert table["model"].to_pylist() == ["a", "start"]
    assert table["retention"].to_pylist() == [0.985, None]
