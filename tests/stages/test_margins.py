import numpy as np
import pytest

from pipeline.evaluation.measures.similarities import DenseSimilarities
from pipeline.evaluation.tasks.retrieval import retrieval_outcomes


def _unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


def _xsim_errors(sources, targets, k=4):
    """The definition in plain loops: of the k nearest, the one with the widest ratio margin."""
    cosines = sources.astype(float) @ targets.astype(float).T
    source_mean = np.sort(cosines, axis=1)[:, -k:].mean(axis=1)
    target_mean = np.sort(cosines, axis=0)[-k:].mean(axis=0)
    errors = []
    for i, row in enumerate(cosines):
        nearest = np.argsort(-row)[:k]
        margins = [row[j] / ((source_mean[i] + target_mean[j]) / 2) for j in nearest]
        errors.append(nearest[int(np.argmax(margins))] != i)
    return errors


@pytest.mark.parametrize("noise", [1.0, 1.5, 2.0])
def test_margin_errors_are_those_of_xsim(noise):
    generator = np.random.default_rng(3)
    targets = _unit(generator.normal(size=(400, 12)))
    sources = _unit(targets + noise * _unit(generator.normal(size=(400, 12))))
    found = retrieval_outcomes(DenseSimilarities(sources, targets), [{i} for i in range(400)])
    expected = _xsim_errors(sources, targets)
    assert found.is_margin_error.tolist() == expected
    assert 0 < sum(expected) < 400


def test_a_margin_forgives_what_is_close_to_everything():
    hub = _unit(np.array([[1.0, 1, 1, 1, 1, 1]]))
    targets = np.vstack([_unit(np.eye(6)), hub])
    sources = _unit(np.eye(6) + 0.5)
    similarities = DenseSimilarities(sources, targets)
    found = retrieval_outcomes(similarities, [{i} for i in range(6)])
    assert not found.is_hit.any()
    assert not found.is_margin_error.any()
