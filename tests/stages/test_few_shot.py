import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from pipeline.errors import InputError
from pipeline.evaluation.models import Texts
from pipeline.evaluation.tasks.few_shot import (
    FewShotTask,
    Protocol,
    few_shot_draws,
    few_shot_outcomes,
    score_few_shot,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=400)


def _blobs(n, spread, seed=0, classes=3):
    """Points (n, 8) around the corners of a simplex, and the corner of each."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, n)
    return np.eye(8)[labels] + spread * generator.normal(size=(n, 8)), labels


class BlobModel:
    """Features by position, whatever the texts are."""

    def __init__(self, spread, fingerprint="f"):
        self.spread, self.fingerprint = spread, fingerprint

    def features(self, train, test):
        return (
            _blobs(len(train.texts), self.spread, 1)[0],
            _blobs(len(test.texts), self.spread, 2)[0],
        )


class TextlessModel:
    fingerprint = "none"

    def features(self, train, test):
        return None


def _task(train_count=90, test_count=120, protocol=None):
    sides = {
        name: ([f"{name} {number}" for number in range(n)], [f"class {c}" for c in labels])
        for name, n, labels in (
            ("train", train_count, _blobs(train_count, 0, 1)[1]),
            ("test", test_count, _blobs(test_count, 0, 2)[1]),
        )
    }
    return FewShotTask(
        "tiny",
        Texts("tuk_Latn", sides["train"][0]),
        sides["train"][1],
        Texts("tuk_Latn", sides["test"][0]),
        sides["test"][1],
        protocol or Protocol(),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60), st.integers(1, 6))
def test_a_draw_holds_so_many_of_each_class_and_none_twice(labels, samples):
    for drawn in few_shot_draws(labels, Protocol(samples, 3)):
        found = [labels[place] for place in drawn]
        assert len(set(drawn.tolist())) == len(drawn)
        for label in set(labels):
            assert found.count(label) == min(samples, labels.count(label))


def test_experiments_draw_differently_and_always_the_same():
    labels = ["a", "b"] * 50
    first, again = (few_shot_draws(labels, Protocol(8, 4)) for _ in range(2))
    assert [one.tolist() for one in first] == [one.tolist() for one in again]
    assert len({tuple(one.tolist()) for one in first}) == 4


def test_classes_that_lie_apart_are_told_apart_in_every_experiment():
    (train, labels), (test, gold) = _blobs(90, 0.05, 1), _blobs(40, 0.05, 2)
    predicted = few_shot_outcomes(train, labels, test, Protocol(8, 5))
    assert predicted.shape == (5, 40)
    assert (predicted == gold).all()


def test_sparse_features_give_what_dense_ones_give():
    (train, labels), (test, _) = _blobs(60, 0.5, 1), _blobs(40, 0.5, 2)
    dense = few_shot_outcomes(train, labels, test, Protocol())
    thin = few_shot_outcomes(sparse.csr_array(train), labels, sparse.csr_array(test), Protocol())
    assert (dense == thin).mean() > 0.99


def test_rows_state_the_protocol_and_a_gain_over_start():
    models = {"start": BlobModel(0.6), "tfidf": TextlessModel(), "student": BlobModel(0.2, "s")}
    rows = as_table(score_few_shot(_task(), models, PARAMS).rows, SCORES).to_pylist()
    assert [(row["model"], row["metric"]) for row in rows] == [
        (model, metric)
        for model in ("start", "student", "difference")
        for metric in ("few_shot_accuracy", "few_shot_macro_f1")
    ]
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in rows)
    assert {(row["n"], row["pool_size"], row["direction"]) for row in rows} == {
        (120, 3, "tuk_Latn-tuk_Latn")
    }
    assert rows[0]["note"] == "mean of 10 experiments with 8 texts of each of 3 classes"
    assert rows[4]["value"] == pytest.approx(rows[2]["value"] - rows[0]["value"])
    assert rows[4]["ci_low"] > 0
    assert rows[4]["p_value"] == pytest.approx(2 / 401)
    assert [row["p_value"] for row in rows[:4]] == [None] * 4


def test_a_model_gains_nothing_over_itself():
    models = {"start": BlobModel(0.6), "student": BlobModel(0.6)}
    gains = list(score_few_shot(_task(), models, PARAMS).rows)[4:]
    assert [(row["value"], row["ci_low"], row["ci_high"]) for row in gains] == [(0, 0, 0)] * 2
    assert [row["p_value"] for row in gains] == [1, 1]


def test_chance_in_the_examples_widens_the_interval():
    many_texts = _task(train_count=300, test_count=4000, protocol=Protocol(1, 10))
    (row, _) = score_few_shot(many_texts, {"start": BlobModel(0.5)}, PARAMS).rows
    of_texts_alone = 2 * 1.96 * np.sqrt(row["value"] * (1 - row["value"]) / 4000)
    assert row["ci_high"] - row["ci_low"] > 2 * of_texts_alone


def test_intervals_cover_what_new_examples_and_new_questions_would_give():
    truth = np.mean([_accuracy_of_a_fresh_world(seed) for seed in range(1000, 1080)])
    covered = 0
    for seed in range(40):
        low, high = _interval_of_a_fresh_world(seed)
        covered += low <= truth <= high
    assert covered / 40 >= 0.86  # 95% less two and a half standard errors of 40 trials


def _world(seed):
    (train, labels), (test, gold) = _blobs(600, 0.7, seed), _blobs(100, 0.7, seed + 50_000)
    return train, labels, test, gold


def _accuracy_of_a_fresh_world(seed):
    train, labels, test, gold = _world(seed)
    return (few_shot_outcomes(train, labels, test, Protocol(4, 3)) == gold).mean()


def _interval_of_a_fresh_world(seed):
    train, labels, test, gold = _world(seed)

    class World:
        fingerprint = "w"

        def features(self, *_):
            return train, test

    names = [[f"text {number}" for number in range(n)] for n in (600, 100)]
    task = FewShotTask(
        "world",
        Texts("und", names[0]),
        [str(label) for label in labels],
        Texts("und", names[1]),
        [str(label) for label in gold],
        Protocol(4, 10),
    )
    (row, _) = score_few_shot(task, {"start": World()}, EvaluationParams(bootstrap_count=200)).rows
    return row["ci_low"], row["ci_high"]


def test_one_class_or_missing_labels_are_refused():
    with pytest.raises(InputError, match="of 1 classes"):
        few_shot_outcomes(np.ones((3, 2)), np.zeros(3, np.int64), np.ones((2, 2)), Protocol())
    task = FewShotTask("s", Texts("und", ["a"]), ["x"], Texts("und", ["b", "c"]), ["x"])
    with pytest.raises(InputError, match="s: 2 texts with 1 labels"):
        score_few_shot(task, {}, PARAMS)
