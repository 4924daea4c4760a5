from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.baselines import Bm25
from pipeline.evaluation.measures.similarities import DenseSimilarities
from pipeline.evaluation.tasks.passages import PassageTask, ndcg, score_passages
from pipeline.parameters import EvaluationParams

PARAMS = EvaluationParams(bootstrap_count=100)
TASK = PassageTask(
    "law",
    ("eng_Latn", "eng_Latn"),
    ["how long is leave", "who pays wages", "when does work end"],
    ["annual leave is long", "the employer pays wages", "work has an end", "wages, wages"],
    [{0}, {1}, {3}],
    note="written for the test",
)


def unit(*rows):
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _ndcg(pool, right, query=(1, 0)):
    return ndcg(DenseSimilarities(unit(query), pool), [right])[0]


POOL = unit([1, 0], [1, 0.2], [1, 0.4], [1, 0.8])


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ({0}, 1),
        ({1}, 1 / np.log2(3)),
        ({0, 1}, 1),
        ({0, 2}, (1 + 1 / 2) / (1 + 1 / np.log2(3))),
        ({3}, 1 / np.log2(5)),
    ],
)
def test_ndcg_discounts_by_the_logarithm_of_the_rank(right, expected):
    assert _ndcg(POOL, right) == pytest.approx(expected)


def test_what_stands_behind_the_tenth_place_counts_nothing():
    pool = unit(*[[1, 0.05 * number] for number in range(12)])
    assert _ndcg(pool, {11}) == 0
    assert _ndcg(pool, set(range(12))) == pytest.approx(1)


def test_wrong_candidates_that_tie_stand_before_the_right_one():
    pool = unit([1, 0], [1, 0], [1, 0], [0, 1])
    assert _ndcg(pool, {0}) == pytest.approx(1 / np.log2(4))
    assert _ndcg(pool, {0, 2}) == pytest.approx(
        (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    )


def test_ndcg_is_that_of_scikit_learn_where_nothing_ties():
    from sklearn.metrics import ndcg_score

    generator = np.random.default_rng(5)
    similarities = DenseSimilarities(
        unit(*generator.normal(size=(40, 8))), unit(*generator.normal(size=(60, 8)))
    )
    right = [set(generator.choice(60, size=size, replace=False).tolist()) for size in range(1, 41)]
    gold = np.array([[column in answers for column in range(60)] for answers in right])
    whole = similarities.tile(slice(0, 40), slice(0, 60))
    expected = [
        ndcg_score(one[None], scores[None], k=10) for one, scores in zip(gold, whole, strict=True)
    ]
    assert ndcg(similarities, right) == pytest.approx(expected, abs=1e-9)


def test_a_query_without_an_answer_is_refused():
    with pytest.raises(InputError, match="right answer"):
        _ndcg(POOL, set())


def test_any_task_is_scored_by_any_model_with_its_worst_mistakes():
    scored = score_passages(TASK, {"bm25": Bm25()}, PARAMS)
    rows = {row["metric"]: row for row in scored.rows}
    assert set(rows) == {"top_1", "mrr", "ndcg_at_10"}
    assert rows["top_1"]["value"] == pytest.approx(2 / 3)
    for row in rows.values():
        assert (row["suite"], row["direction"]) == ("law", "eng_Latn-eng_Latn")
        assert (row["n"], row["pool_size"], row["note"]) == (3, 4, "written for the test")
    (mistake,) = scored.mistakes
    assert (mistake.query, mistake.right, mistake.found) == (
        "when does work end",
        "wages, wages",
        "work has an end",
    )


def test_labels_of_queries_make_slices():
    task = replace(
        TASK,
        queries=[*TASK.queries] * 20,
        right=[*TASK.right] * 20,
        attributes={"chapter": ["leave", "wages", "leave"] * 20},
    )
    rows = score_passages(task, {"bm25": Bm25()}, PARAMS).rows
    found = {row["slice"]: (row["value"], row["n"]) for row in rows if row["metric"] == "top_1"}
    assert found == {
        "": (pytest.approx(2 / 3), 60),
        "chapter: leave": (0.5, 40),
        "chapter: wages": (1, 20),
    }
