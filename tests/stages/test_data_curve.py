import re

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data_curve import CurvePoint, curve_points
from pipeline.distillation.lessons.data_curve import BEYOND_POINT, corpus_at
from pipeline.errors import InputError
from pipeline.evaluation.report.data_curves import data_curves
from pipeline.recipe_sections import Students
from pipeline.tables import PARALLEL_CORPUS, SCORES, as_table

PIVOTS = ("rus_Cyrl", "eng_Latn")


def corpus(count):
    rows = [
        {
            "pair_id": f"{number}",
            "source_text": f"s{number}",
            "target_text": f"t{number}",
            "target_language": PIVOTS[number % 2],
            "split": "train",
        }
        for number in range(count)
    ]
    rejected = {"pair_id": "no", "reject_reason": "too short"}
    return as_table([*rows, rejected, {"pair_id": "held out", "split": "test"}], PARALLEL_CORPUS)


def training_pairs(table):
    return table.filter(pc.equal(table["split"], "train"))


def sources(table):
    return {row["source_text"] for row in training_pairs(table).to_pylist()}


def wrong(table):
    pairs = training_pairs(table).to_pylist()
    return {row["source_text"] for row in pairs if row["source_text"][1:] != row["target_text"][1:]}


@settings(deadline=None)
@given(st.integers(1, 10_000_000), st.integers(0, 1000))
def test_a_point_is_read_from_its_own_name(count, thousandths):
    point = CurvePoint(count, thousandths / 1000)
    read = CurvePoint.named(point.name)
    assert read.pair_count == count
    assert read.wrong_fraction == pytest.approx(point.wrong_fraction)


def test_a_point_that_was_not_filled_is_that_of_what_was_taught():
    asked = CurvePoint(1_000_000, 0.1)
    assert asked.taught(500_000).name == "500000 pairs, 10% wrong"
    assert asked.taught(2_000_000) == asked


def test_other_names_are_no_points():
    for name in ("start", "mse+mnr@0.7", "3000 pairs, 10%", "3000 pairs!"):
        with pytest.raises(InputError, match="no point of a data curve"):
            CurvePoint.named(name)


def test_a_recipe_has_no_curve_unless_it_asks_and_no_point_twice():
    assert Students().curve() == []
    asked = Students(curve_pairs=(3000, 1000), curve_wrong_fractions=(0.0, 0.3))
    assert asked.curve() == ["1000 pairs", "3000 pairs", "3000 pairs, 30% wrong"]
    assert curve_points([], [0.1]) == ()


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 70), st.integers(1, 70), st.integers(0, 9))
def test_a_smaller_point_has_a_part_of_what_a_larger_one_has(count, one, other, seed):
    few, many = (
        sources(corpus_at(corpus(count), CurvePoint(n), seed)) for n in sorted((one, other))
    )
    assert few <= many
    assert len(few) == min(count, one, other)


def test_what_is_beyond_a_point_is_rejected_and_other_splits_stay():
    chosen = corpus_at(corpus(10), CurvePoint(4), seed=1)
    assert chosen["reject_reason"].to_pylist().count(BEYOND_POINT) == 6
    assert chosen["reject_reason"].to_pylist()[-2:] == ["too short", None]
    assert chosen["split"].to_pylist()[-1] == "test"
    assert chosen["pair_id"].equals(corpus(10)["pair_id"])


@settings(deadline=None)
@given(st.integers(10, 80), st.integers(0, 9))
def test_wrong_pairs_are_as_many_as_asked_and_more_noise_keeps_those_of_less(count, seed):
    table = corpus(count)
    few, many = (wrong(corpus_at(table, CurvePoint(count, part), seed)) for part in (0.25, 0.75))
    # one that is alone of its pivot stays right
    assert abs(len(few) - round(0.25 * count)) <= 2
    assert abs(len(many) - round(0.75 * count)) <= 1
    assert len(few - many) <= 1
    assert wrong(corpus_at(table, CurvePoint(count), seed)) == set()


def test_wrong_translations_are_those_of_others_in_the_same_language():
    spoiled = training_pairs(corpus_at(corpus(50), CurvePoint(50, 0.5), seed=3))
    before = corpus(50).slice(0, 50)
    assert sorted(spoiled["target_text"].to_pylist()) == sorted(before["target_text"].to_pylist())
    assert spoiled["target_language"].equals(before["target_language"])
    assert len(wrong(spoiled)) == 25


def score(model, value, **more):
    shared = {
        "suite": "held_out",
        "slice": "",
        "metric": "p_at_1",
        "direction": "tuk_Latn-rus_Cyrl",
    }
    interval = {"value": value, "ci_low": value - 0.05, "ci_high": value + 0.05, "n": 100}
    return shared | interval | {"model": model, "model_fingerprint": model} | more


def test_curves_are_drawn_by_pairs_and_by_wrong_pairs_with_the_start_beside_them():
    rows = [
        score("start", 0.4),
        *(
            score(f"{count} pairs", value)
            for count, value in ((1000, 0.5), (3000, 0.6), (9000, 0.7))
        ),
        score("9000 pairs, 30% wrong", 0.65),
    ]
    more, worse = data_curves(as_table(rows, SCORES))
    assert (more.title, worse.title) == ("More pairs", "Worse pairs")
    for text in ("1\u202f000", "9\u202f000", "training pairs", "Turkmen"):
        assert text in more.plot
    assert re.search(r">\s*30%\s*<", worse.plot)
    assert data_curves(as_table(rows, SCORES))[0].plot == more.plot


def test_a_curve_of_one_point_is_not_drawn():
    rows = [score("start", 0.4), score("1000 pairs", 0.5)]
    assert data_curves(as_table(rows, SCORES)) == []
    assert data_curves(SCORES.empty_table()) == []
    assert data_curves(None) == []
