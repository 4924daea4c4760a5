import numpy as np
import pytest
from scipy import stats

from pipeline.errors import InputError
from pipeline.evaluation.measures.retention import retention


def _unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


def _models(noise, n=60, d=12):
    generator = np.random.default_rng(5)
    start = _unit(generator.normal(size=(n, d)))
    return start, _unit(start + noise * generator.normal(size=(n, d)))


def test_retention_equals_scipy_on_the_upper_triangle():
    start, student = _models(0.3)
    upper = np.triu_indices(len(start), k=1)
    expected = stats.spearmanr((start @ start.T)[upper], (student @ student.T)[upper]).statistic
    assert retention(start, student, count=100, seed=0).value == pytest.approx(expected, abs=1e-4)


def test_a_rotated_space_is_fully_retained():
    start, _ = _models(0)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0]
    measured = retention(start, (start @ rotation).astype(np.float32), count=100, seed=0)
    assert measured.ci_low == pytest.approx(1, abs=1e-3)


def test_an_unrelated_space_retains_nothing():
    start, _ = _models(0)
    other = _unit(np.random.default_rng(9).normal(size=(60, 7)))
    measured = retention(start, other, count=200, seed=0)
    assert measured.ci_low < 0 < measured.ci_high


def test_sentences_are_counted_and_resampled_not_pairs():
    start, student = _models(0.4)
    measured = retention(start, student, count=300, seed=0)
    assert measured.n == 60
    pairs = 60 * 59 / 2
    independent_pairs_width = 2 * 1.96 * (1 - measured.value**2) / pairs**0.5
    assert measured.ci_high - measured.ci_low > independent_pairs_width


def test_retention_repeats_for_a_seed():
    start, student = _models(0.4)
    assert retention(start, student, count=50, seed=3) == retention(
        start, student, count=50, seed=3
    )


def test_a_collapsed_student_is_refused_with_its_reason():
    start, _ = _models(0)
    with pytest.raises(InputError, match="do not vary"):
        retention(start, _unit(np.ones((60, 12))), count=50, seed=0)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (5, 6)])
def test_too_few_or_different_sentences_are_refused(n, m):
    with pytest.raises(InputError, match="sentences"):
        retention(np.eye(n, 8, dtype=np.float32), np.eye(m, 8, dtype=np.float32), count=9, seed=0)
