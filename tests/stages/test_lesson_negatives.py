import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.distillation.lessons import hard_negatives as module
from pipeline.distillation.lessons.hard_negatives import hard_negatives, why_not_mined
from pipeline.distillation.lessons.teacher import TeacherVectors
from pipeline.parameters import DistillationParams
from pipeline.tables import LESSONS, as_table, identify

TWO = DistillationParams(hard_negatives=2, hard_negative_cosine=0.99)


def lessons(*pairs):
    return as_table(
        [
            {
                "source_text": source,
                "target_text": target,
                "target_language": "rus_Cyrl",
                "meaning_id": identify(source),
            }
            for source, target in pairs
        ],
        LESSONS,
    )


def circle(**degrees):
    """Teacher's vectors of texts at angles."""
    by_id = {identify("rus_Cyrl", text): np.radians(angle) for text, angle in degrees.items()}
    ids = sorted(by_id)
    angles = np.array([by_id[key] for key in ids])
    matrix = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float16)
    return TeacherVectors(np.array(ids, "S24"), matrix)


def test_negatives_are_the_nearest_targets_and_never_the_answer():
    table = lessons(("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"))
    found = hard_negatives(table, circle(A=0, B=20, C=50, D=180), TWO)
    assert found.dtype == np.int32
    assert found.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]


def test_what_is_too_near_is_no_wrong_answer():
    table = lessons(("a", "A"), ("b", "B"), ("c", "C"))
    found = hard_negatives(table, circle(A=0, B=3, C=50), TWO)
    assert found.tolist() == [[2, -1], [2, -1], [1, 0]]


def test_other_counterparts_of_the_same_text_are_no_wrong_answers():
    table = lessons(("a", "A"), ("a", "A2"), ("b", "B"), ("c", "C"))
    found = hard_negatives(table, circle(A=0, A2=20, B=40, C=80), TWO)
    assert found[:2].tolist() == [[2, 3], [2, 3]]


def test_a_target_that_several_lessons_have_is_chosen_once_and_never_by_itself():
    table = lessons(("a", "A"), ("b", "A"), ("c", "C"), ("d", "D"))
    found = hard_negatives(table, circle(A=0, C=30, D=90), TWO)
    assert found.tolist() == [[2, 3], [2, 3], [0, 3], [2, 0]]


def test_where_none_are_wanted_none_are_sought_and_one_target_has_no_neighbour():
    table = lessons(("a", "A"), ("b", "A"))
    assert hard_negatives(table, circle(A=0), DistillationParams()) is None
    assert hard_negatives(table, circle(A=0), TWO).tolist() == [[-1, -1]] * 2


EYE = np.eye(4, dtype=np.float16)


@pytest.mark.parametrize(
    ("objectives", "vectors", "params", "reason"),
    [
        (["mse+mnr"], EYE, {"memory_vectors": 4}, "all targets"),
        (["kl"], EYE[[0, 1, 2, 0, 1, 2]], {"memory_vectors": 3}, "all targets"),
        (["mse+mnr"], EYE, {"memory_vectors": 3}, ""),
        (["mse+mnr"], EYE, {"ranking_negatives": "batch"}, ""),
        (["mse", "cosine"], EYE, {"ranking_negatives": "batch"}, "no objective"),
        (["mse", "mnr"], EYE, {"ranking_negatives": "batch"}, ""),
    ],
)
def test_negatives_are_worth_mining_where_a_step_would_not_meet_them_anyway(
    objectives, vectors, params, reason
):
    said = why_not_mined(objectives, vectors, DistillationParams(hard_negatives=2, **params))
    assert reason in said
    assert bool(said) == bool(reason)


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 99), st.sampled_from([7, 1000]))
def test_rows_are_of_the_table_distinct_and_of_other_texts(count, wanted, seed, shard):
    rng = np.random.default_rng(seed)
    texts = [f"T{rng.integers(count)}" for _ in range(count)]
    table = lessons(*((f"s{rng.integers(count)}", text) for text in texts))
    vectors = circle(**{text: float(rng.uniform(0, 360)) for text in sorted(set(texts))})
    params = DistillationParams(hard_negatives=wanted, hard_negative_cosine=0.9, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SHARD_ROWS", shard)
        found = hard_negatives(table, vectors, params)
    assert found.shape == (count, wanted)
    sources = table["source_text"].to_pylist()
    unit = vectors.matrix[vectors.of_lessons(table)].astype(np.float32)
    for row, negatives in enumerate(found.tolist()):
        chosen = [one for one in negatives if one >= 0]
        assert negatives == chosen + [-1] * (wanted - len(chosen))
        own = {text for source, text in zip(sources, texts, strict=True) if source == sources[row]}
        assert own.isdisjoint(texts[one] for one in chosen)
        assert len({texts[one] for one in chosen}) == len(chosen)
        assert all(unit[row] @ unit[one] <= 0.9 + 2e-3 for one in chosen)
