import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.distillation.objectives.candidates import CandidateRows, Teaching
from pipeline.parameters import DistillationParams

EYE = np.eye(6, dtype=np.float32)
TEXTS = ["bir", "iki", "üç", "dört", "bäş", "alty"]


def rows_of(vectors=EYE, texts=TEXTS, negative_rows=None, **params):
    teaching = Teaching(vectors, texts, negative_rows=negative_rows)
    return CandidateRows(teaching, DistillationParams(**params))


def drawn(rows, step, batch):
    return rows.of(rows.memory(rows.draw_number(step)), batch)


def test_a_memory_has_every_distinct_vector_whatever_the_batch():
    rows = rows_of(EYE[[0, 1, 0, 2, 1]], TEXTS[:5])
    candidates = drawn(rows, 3, np.array([4, 2]))
    assert rows.draw_number(10**6) == rows.draw_number(0)
    assert candidates.memory.tolist() == [0, 1, 3]
    assert candidates.added.tolist() == []
    assert candidates.own.tolist() == [1, 0]


def test_a_batch_has_its_own_targets_and_its_hard_negatives():
    negatives = np.array([[4, -1], [5, 0], [-1, -1], [1, 2], [0, 0], [0, 0]])
    rows = rows_of(negative_rows=negatives, ranking_negatives="batch")
    candidates = drawn(rows, 0, np.array([3, 0]))
    assert candidates.memory.tolist() == []
    assert candidates.added.tolist() == [0, 1, 2, 3, 4]
    assert candidates.rows[candidates.own].tolist() == [3, 0]


@given(st.integers(0, 1000), st.sets(st.integers(0, 39), min_size=1, max_size=5))
def test_of_a_large_corpus_a_step_draws_some_and_always_its_own_and_the_hard_ones(step, chosen):
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(40, 4)).astype(np.float16)
    negatives = rng.integers(-1, 40, (40, 2))
    rows = rows_of(vectors, [str(row) for row in range(40)], negatives, memory_vectors=8)
    batch = np.array(sorted(chosen))
    candidates = drawn(rows, step, batch)
    assert (candidates.rows[candidates.own] == batch).all()
    hard = negatives[batch]
    assert set(hard[hard >= 0]) <= set(candidates.rows)
    assert len(candidates.memory) == 8
    assert len(candidates.added) <= 3 * len(batch)
    assert len(set(candidates.rows)) == len(candidates.rows)
    assert (drawn(rows, step, batch).rows == candidates.rows).all()


def test_a_draw_serves_some_steps_and_other_draws_and_seeds_have_others():
    vectors = np.random.default_rng(1).normal(size=(200, 4))
    texts = [str(row) for row in range(200)]
    seeds = [
        rows_of(vectors, texts, memory_vectors=8, memory_steps=3, seed=seed) for seed in (1, 2)
    ]
    memories = [[tuple(rows.memory(rows.draw_number(step))) for step in range(6)] for rows in seeds]
    for memory in memories:
        assert memory == [memory[0]] * 3 + [memory[3]] * 3
    assert len({memory for both in memories for memory in both}) == 4


def test_the_targets_of_one_text_are_found_among_the_candidates():
    rows = rows_of(EYE[[0, 1, 2, 1, 3]], ["bir", "bir", "iki", "üç", "bir"])
    candidates = drawn(rows, 0, np.array([2, 4]))
    numbers, places = rows.siblings(np.array([2, 4]), candidates)
    assert numbers.tolist() == [1, 1, 1]
    assert candidates.rows[places].tolist() == [0, 1, 4]


def test_targets_that_were_not_drawn_are_no_siblings():
    rows = rows_of(EYE[:3], ["bir", "bir", "bir"], ranking_negatives="batch")
    candidates = drawn(rows, 0, np.array([1]))
    numbers, places = rows.siblings(np.array([1]), candidates)
    assert candidates.rows[places].tolist() == [1]
    assert numbers.tolist() == [0]


def test_a_text_that_stands_twice_with_one_target_has_no_siblings():
    rows = rows_of(EYE[[0, 0, 1]], ["bir", "bir", "iki"])
    candidates = drawn(rows, 0, np.arange(3))
    assert [len(side) for side in rows.siblings(np.arange(3), candidates)] == [0, 0]


def test_weights_keep_their_ratios_and_get_the_mean_one():
    weights = Teaching(EYE, TEXTS, weights=np.array([1, 1, 2, 2, 3, 3])).relative_weights()
    assert weights.mean() == pytest.approx(1)
    assert weights[4] / weights[0] == pytest.approx(3)
    assert Teaching(EYE, TEXTS).relative_weights() is None
