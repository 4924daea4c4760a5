import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from pipeline.errors import InputError
from pipeline.evaluation.measures.mining_statistics import (
    average_precision,
    best_threshold,
    f1,
    precision,
    recall,
)
from pipeline.evaluation.measures.similarities import DenseSimilarities
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.mining_f1 import mine, mining_task, score_mining
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.parameters import EvaluationParams

PARAMS = EvaluationParams(bootstrap_count=200)
COUNT = 300
TEXTS = ParallelTexts(
    "toy",
    ("tuk_Latn", "rus_Cyrl"),
    [f"s{i}" for i in range(COUNT)],
    [f"t{i}" for i in range(COUNT)],
)


def _unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


class Noisy:
    """Translations have one vector, those of sources with noise."""

    dimension = 24

    def __init__(self, noise):
        self.fingerprint = f"noise of {noise}"
        generator = np.random.default_rng(1)
        self.targets = _unit(generator.normal(size=(COUNT, 24)))
        self.sources = _unit(self.targets + noise * _unit(generator.normal(size=(COUNT, 24))))

    def encode(self, texts, *, language, role="query"):
        side = self.sources if language == "tuk_Latn" else self.targets
        return side[[int(text[1:]) for text in texts]]


@settings(max_examples=25, deadline=None)
@given(st.integers(8, 200), st.floats(0, 0.3), st.integers(0, 99))
def test_withheld_translations_leave_texts_without_a_partner_on_both_sides(count, share, seed):
    texts = ParallelTexts(
        "toy", ("a", "b"), [f"s{i}" for i in range(count)], [f"t{i}" for i in range(count)]
    )
    lost = int(count * share)
    if count - 2 * lost < 8:
        with pytest.raises(InputError, match="to be found"):
            mining_task(texts, share, seed)
        return
    task = mining_task(texts, share, seed)
    assert len(task.sources) == len(task.targets) == count - lost
    assert len(task.gold) == count - 2 * lost
    assert all(task.sources[i][1:] == task.targets[j][1:] for i, j in task.gold)
    assert task == mining_task(texts, share, seed)


def test_repeated_texts_are_left_out():
    sources = [f"s{i}" for i in range(10)] + ["s1", "new"]
    targets = [f"t{i}" for i in range(10)] + ["other", "t2"]
    task = mining_task(ParallelTexts("toy", ("a", "b"), sources, targets), 0, 1)
    assert len(task.gold) == len(task.sources) == 10


@pytest.mark.parametrize("share", [-0.1, 0.5, 1])
def test_an_impossible_share_is_refused(share):
    with pytest.raises(InputError, match="withhold"):
        mining_task(TEXTS, share, 1)


def test_mined_texts_are_the_best_of_one_another():
    model = Noisy(1.0)
    cosines = model.sources.astype(float) @ model.targets.astype(float).T
    means = [np.sort(side, axis=1)[:, -4:].mean(axis=1) for side in (cosines, cosines.T)]
    margins = cosines / ((means[0][:, None] + means[1][None]) / 2)
    expected = []
    for i in range(COUNT):
        near = np.argsort(-cosines[i])[:4]
        j = near[margins[i, near].argmax()]
        back = np.argsort(-cosines[:, j])[:4]
        if back[margins[back, j].argmax()] == i:
            expected.append((i, int(j), margins[i, j]))
    mined = mine(DenseSimilarities(model.sources, model.targets))
    assert list(zip(mined.source.tolist(), mined.target.tolist(), strict=True)) == [
        pair[:2] for pair in expected
    ]
    assert mined.margin == pytest.approx([pair[2] for pair in expected], rel=1e-5)


def test_a_better_model_mines_better_and_the_gain_has_an_interval():
    task = mining_task(TEXTS, 0.2, 13)
    models = {name: EncoderModel(Noisy(noise)) for name, noise in (("start", 1.6), ("new", 0.8))}
    rows = {(row["model"], row["metric"]): row for row in score_mining(task, models, PARAMS).rows}
    assert {metric for _, metric in rows} == {
        "mining_f1",
        "mining_precision",
        "mining_recall",
        "average_precision",
    }
    for metric in ("mining_f1", "mining_recall", "average_precision"):
        assert rows["start", metric]["value"] < rows["new", metric]["value"]
        assert rows["difference", metric]["ci_low"] > 0
    for row in rows.values():
        assert (row["n"], row["pool_size"]) == (120, 240)
        assert row["ci_low"] <= row["value"] <= row["ci_high"]
    assert "tuned on the other half" in rows["new", "mining_f1"]["note"]
    assert "20% of each side without a translation" in rows["new", "mining_f1"]["note"]


def test_a_collapsed_model_mines_next_to_nothing():
    class OnePoint(Noisy):
        def encode(self, texts, *, language, role="query"):
            return np.eye(24, dtype=np.float32)[[0] * len(texts)]

    task = mining_task(TEXTS, 0.2, 13)
    rows = score_mining(task, {"flat": EncoderModel(OnePoint(0))}, PARAMS).rows
    assert max(row["value"] for row in rows) < 0.05


def test_shares_and_average_precision_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    has_gold = generator.random(200) < 0.7
    is_right = has_gold & (generator.random(200) < 0.6)
    is_mined = is_right | (generator.random(200) < 0.5)
    signed = np.where(is_right, 1, -1) * is_mined * generator.uniform(0.9, 1.4, 200)
    expected = precision_recall_fscore_support(
        # a wrong pair for a text that has a right one is an error of both kinds
        np.concatenate([has_gold, np.zeros(200, bool)]),
        np.concatenate([is_right, is_mined & ~is_right]),
        average="binary",
    )
    found = np.sign(signed)
    own = precision(found), recall(found, has_gold), f1(found, has_gold)
    assert own == pytest.approx(expected[:3])
    ranked = average_precision_score(is_right[is_mined], np.abs(signed[is_mined]))
    assert average_precision(signed, has_gold) == pytest.approx(
        ranked * is_right.sum() / has_gold.sum()
    )


@given(st.lists(st.sampled_from([-1.3, -1.2, -1.1, 0, 1.1, 1.2, 1.3]), min_size=1, max_size=30))
def test_no_other_threshold_gives_a_higher_f1(values):
    signed, has_gold = np.array(values), np.ones(len(values), bool)
    threshold = best_threshold(signed, has_gold)

    def f1_from(least):
        return f1(np.sign(signed) * (np.abs(signed) >= least), has_gold)

    assert f1_from(threshold) == max(f1_from(least) for least in (1.0, 1.1, 1.2, 1.3, 9))


def test_equally_wide_margins_count_wrong_pairs_first():
    assert average_precision(np.array([1.2, -1.2]), np.array([True, True])) == pytest.approx(0.25)
    assert average_precision(np.array([0.0, 0.0]), np.array([True, False])) == 0
