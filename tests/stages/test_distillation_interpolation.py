import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.distillation.training.interpolation import Trial, furthest, least_kept, order_kept


def vectors(seed, n=30):
    rows = np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_student_that_keeps_enough_is_left_where_training_ended():
    assert furthest(lambda _: 0.99, floor=0.98) == (Trial(1.0, 0.99),)


@given(limit=st.integers(1, 39), floor=st.floats(0.5, 0.99))
def test_the_furthest_fortieth_that_keeps_enough_is_chosen(limit, floor):
    def retention_at(fraction):
        return floor if fraction <= limit / 40 else floor - 0.01

    chosen = furthest(retention_at, floor)[-1]
    assert chosen == Trial(limit / 40, floor)


def test_the_start_is_chosen_where_every_step_costs_too_much():
    trials = furthest(lambda fraction: 1 - fraction, floor=0.99)
    assert trials[-1] == Trial(0.0, 1.0)
    assert len(trials) == len(set(trials))


def test_rotating_the_whole_space_keeps_the_order_and_noise_does_not():
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0].astype(np.float32)
    assert order_kept(vectors(0), vectors(0) @ rotation) == pytest.approx(1, abs=1e-3)
    assert abs(order_kept(vectors(0), vectors(5))) < 0.3


def test_two_texts_have_no_order_to_lose():
    assert order_kept(vectors(0, 2), vectors(5, 2)) == 1.0


def test_the_language_that_keeps_least_counts():
    both = [vectors(0), vectors(1)]
    assert least_kept(both, [vectors(0), vectors(7)]) == order_kept(vectors(1), vectors(7))
    assert least_kept([], []) == 1.0
