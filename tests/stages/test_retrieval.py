import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation import retrieval
from pipeline.evaluation.retrieval import (
    EncodedTexts,
    ParallelTexts,
    retrieval_outcomes,
    retrieval_scores,
    right_answers,
)
from pipeline.evaluation.retrieval_errors import worst_errors
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

PARAMS = EvaluationParams(bootstrap_count=200)


def _unit(array):
    array = np.asarray(array, dtype=np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def _random(n, d=16, seed=0):
    return _unit(np.random.default_rng(seed).normal(size=(n, d)))


def _naive_ranks(queries, pool, right):
    ranks = []
    for query, answers in zip(queries.astype(float), right, strict=True):
        scores = pool.astype(float) @ query
        best = max(scores[j] for j in answers)
        wrong = [s for j, s in enumerate(scores) if j not in answers and s >= best - 1e-6]
        ranks.append(1 + len(wrong))
    return ranks


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 10_000))
def test_outcomes_equal_a_plain_loop_for_any_tiles(n, m, seed):
    generator = np.random.default_rng(seed)
    queries, pool = _random(n, 5, seed), _random(m, 5, seed + 1)
    right = [set(generator.integers(0, m, generator.integers(1, 4)).tolist()) for _ in range(n)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retrieval, "_QUERY_TILE", 7)
        patch.setattr(retrieval, "_POOL_TILE", 9)
        outcomes = retrieval_outcomes(queries, pool, right)
    assert (1 / outcomes.reciprocal_rank).tolist() == pytest.approx(
        _naive_ranks(queries, pool, right)
    )
    assert outcomes.is_hit.tolist() == [rank == 1 for rank in _naive_ranks(queries, pool, right)]


def test_a_collapsed_model_scores_nothing():
    same = _unit(np.ones((20, 4)))
    outcomes = retrieval_outcomes(same, same, [{i} for i in range(20)])
    assert outcomes.is_hit.sum() == 0
    assert outcomes.reciprocal_rank == pytest.approx(1 / 20)


def test_other_right_candidates_do_not_stand_in_the_way():
    pool = _unit([[1, 0], [0.9, 0.1], [0, 1]])
    outcomes = retrieval_outcomes(_unit([[1, 0]]), pool, [{0, 1}])
    assert outcomes.reciprocal_rank.tolist() == [1.0]


def test_identical_answers_and_translations_of_identical_queries_are_right():
    assert right_answers(["a", "b", "a"], ["x", "x", "y"]) == [{0, 1, 2}, {0, 1}, {0, 1, 2}]


@pytest.mark.parametrize("right", [[set()], [{2}], [{-1}], []])
def test_a_query_without_a_right_answer_in_the_pool_is_refused(right):
    with pytest.raises(InputError):
        retrieval_outcomes(_random(1), _random(2), right)


def test_vectors_that_are_not_finite_are_refused():
    broken = _random(2)
    broken[0, 0] = np.nan
    with pytest.raises(InputError, match="finite"):
        retrieval_outcomes(broken, broken, [{0}, {1}])


def _scores():
    targets = _random(150, 24, 1)
    texts = ParallelTexts(
        "toy",
        ("tuk_Latn", "rus_Cyrl"),
        [f"s{i}" for i in range(150)],
        [f"t{i}" for i in range(150)],
    )
    models = {
        name: EncodedTexts(f"hash of {name}", _unit(targets + noise * _random(150, 24, 2)), targets)
        for name, noise in (("start", 1.6), ("student", 0.8))
    }
    return retrieval_scores(texts, models, PARAMS)


def test_scores_hold_both_directions_both_metrics_and_the_difference():
    table = _scores()
    assert table.schema == SCORES
    rows = {(r["direction"], r["model"], r["metric"]): r for r in table.to_pylist()}
    assert len(rows) == 2 * 3 * 2
    for direction in ("tuk_Latn-rus_Cyrl", "rus_Cyrl-tuk_Latn"):
        start, student, difference = (
            rows[direction, model, "p_at_1"] for model in ("start", "student", "difference")
        )
        assert difference["value"] == pytest.approx(student["value"] - start["value"])
        assert difference["ci_low"] > 0
        assert "student minus start; sign test p = " in difference["note"]
        assert student["n"] == student["pool_size"] == 150


def test_every_score_carries_an_interval_around_its_value_and_one_data_set():
    rows = _scores().to_pylist()
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in rows)
    assert len({row["dataset_hash"] for row in rows}) == 1


def test_scores_repeat_exactly():
    assert _scores().equals(_scores())


@pytest.mark.slow
def test_a_million_candidates_fit_in_four_gibibytes():
    import resource

    pool = np.random.default_rng(0).standard_normal((1_000_000, 384), dtype=np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    outcomes = retrieval_outcomes(pool[:2048], pool, [{i} for i in range(2048)])
    assert outcomes.is_hit.all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * 2**20  # KiB


def test_the_worst_errors_come_first_and_right_answers_are_none():
    sources = _unit([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    targets = _unit([[1, 0, 0], [0.5, 0, 0.9], [0.2, 0.9, 0.3]])
    texts = ParallelTexts("toy", ("tuk_Latn", "rus_Cyrl"), ["a", "b", "c"], ["x", "y", "z"])
    errors = worst_errors(texts, EncodedTexts("m", sources, targets))
    assert [(error.query, error.right, error.found) for error in errors] == [
        ("b", "y", "z"),
        ("c", "z", "y"),
    ]
    assert errors[0].found_cosine > errors[0].right_cosine
    assert len(worst_errors(texts, EncodedTexts("m", sources, targets), count=1)) == 1
