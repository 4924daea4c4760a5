from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.measures import sweeps
from pipeline.evaluation.measures.similarities import DenseSimilarities
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.retrieval import (
    ParallelTexts,
    retrieval_outcomes,
    right_answers,
    score_retrieval,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

PARAMS = EvaluationParams(bootstrap_count=200)


def _unit(array):
    array = np.asarray(array, dtype=np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def _random(n, d=16, seed=0):
    return _unit(np.random.default_rng(seed).normal(size=(n, d)))


def _outcomes(queries, pool, right):
    return retrieval_outcomes(DenseSimilarities(queries, pool), right)


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
        patch.setattr(sweeps, "_QUERY_TILE", 7)
        patch.setattr(sweeps, "_POOL_TILE", 9)
        outcomes = _outcomes(queries, pool, right)
    ranks = _naive_ranks(queries, pool, right)
    assert (1 / outcomes.reciprocal_rank).tolist() == pytest.approx(ranks)
    assert outcomes.is_hit.tolist() == [rank == 1 for rank in ranks]
    assert outcomes.nearest.row[:, 0].tolist() == (queries @ pool.T).argmax(axis=1).tolist()


def test_a_collapsed_model_scores_nothing():
    same = _unit(np.ones((20, 4)))
    outcomes = _outcomes(same, same, [{i} for i in range(20)])
    assert outcomes.is_hit.sum() == 0
    assert outcomes.reciprocal_rank == pytest.approx(1 / 20)
    assert outcomes.is_margin_error.all()


def test_other_right_candidates_do_not_stand_in_the_way():
    pool = _unit([[1, 0], [0.9, 0.1], [0, 1]])
    outcomes = _outcomes(_unit([[1, 0]]), pool, [{0, 1}])
    assert outcomes.reciprocal_rank.tolist() == [1.0]


def test_identical_answers_and_translations_of_identical_queries_are_right():
    assert right_answers(["a", "b", "a"], ["x", "x", "y"]) == [{0, 1, 2}, {0, 1}, {0, 1, 2}]


@pytest.mark.parametrize("right", [[set()], [{2}], [{-1}], []])
def test_a_query_without_a_right_answer_in_the_pool_is_refused(right):
    with pytest.raises(InputError):
        _outcomes(_random(1), _random(2), right)


class Rows:
    """Knows the vector of every text."""

    dimension = 24

    def __init__(self, fingerprint, vectors):
        self.fingerprint = fingerprint
        self.vectors = vectors
        self.count = 0

    def encode(self, texts, *, language, role="query"):
        self.count += len(texts)
        return np.stack([self.vectors[text] for text in texts])


def _encoder(name, noise, count=150):
    targets = _random(count, 24, 1)
    sources = _unit(targets + noise * _random(count, 24, 2))
    vectors = {f"s{i}": sources[i] for i in range(count)}
    return Rows(f"hash of {name}", vectors | {f"t{i}": targets[i] for i in range(count)})


TOY = ParallelTexts(
    "toy",
    ("tuk_Latn", "rus_Cyrl"),
    [f"s{i}" for i in range(150)],
    [f"t{i}" for i in range(150)],
    note="made up",
)


def _scored(task=TOY):
    noises = {"start": 1.6, "student": 0.8}
    models = {name: EncoderModel(_encoder(name, noise)) for name, noise in noises.items()}
    return score_retrieval(task, models, PARAMS)


def test_scores_hold_both_directions_all_metrics_and_the_difference():
    table = _scored().table()
    assert table.schema == SCORES
    rows = {(r["direction"], r["model"], r["metric"]): r for r in table.to_pylist()}
    assert len(rows) == len(table) == 2 * 3 * 3
    for direction in ("tuk_Latn-rus_Cyrl", "rus_Cyrl-tuk_Latn"):
        start, student, difference = (
            rows[direction, model, "p_at_1"] for model in ("start", "student", "difference")
        )
        assert difference["value"] == pytest.approx(student["value"] - start["value"])
        assert difference["ci_low"] > 0
        assert student["n"] == student["pool_size"] == 150
        assert student["note"] == "made up"
        errors = [rows[direction, model, "xsim_error"]["value"] for model in ("start", "student")]
        assert errors[0] > errors[1]


def test_every_score_carries_an_interval_around_its_value_and_one_data_set():
    rows = _scored().rows
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in rows)
    assert len({row["dataset_hash"] for row in rows}) == 1


def test_scores_repeat_exactly():
    assert _scored() == _scored()


def test_every_text_is_encoded_once_for_both_directions():
    encoder = _encoder("start", 1.0)
    score_retrieval(TOY, {"start": EncoderModel(encoder)}, PARAMS)
    assert encoder.count == 300


def test_a_slice_is_asked_about_among_the_whole_pool():
    domains = ["law" if i < 50 else "news" for i in range(150)]
    rows = _scored(replace(TOY, attributes={"domain": domains})).rows
    of_law = [row for row in rows if "law" in row["slice"]]
    assert {(row["n"], row["pool_size"]) for row in of_law} == {(50, 150)}
    assert len(of_law) == 2 * 3


def test_the_mistakes_are_those_of_every_model_from_source_to_target():
    mistakes = _scored().mistakes
    by_model = {
        name: [one for one in mistakes if one.model == name] for name in ("start", "student")
    }
    assert len(by_model["start"]) == 10
    assert 0 < len(by_model["student"]) <= 10
    assert {one.direction for one in mistakes} == {"tuk_Latn-rus_Cyrl"}
    margins = [one.margin for one in mistakes if one.model == "start"]
    assert len(margins) == 10
    assert margins == sorted(margins, reverse=True)
    assert margins[-1] > 0


@pytest.mark.slow
def test_a_million_candidates_fit_in_four_gibibytes():
    import resource

    pool = np.random.default_rng(0).standard_normal((1_000_000, 384), dtype=np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    outcomes = _outcomes(pool[:2048], pool, [{i} for i in range(2048)])
    assert outcomes.is_hit.all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * 2**20  # KiB
