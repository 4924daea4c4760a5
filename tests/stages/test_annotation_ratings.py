import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotation.grades import GRADE_CODES, GRADES
from pipeline.annotation.label_studio_ratings import ANSWER_FORM
from pipeline.annotation.rating_scores import score_ratings
from pipeline.annotation.ratings import (
    as_rating,
    as_rating_task,
    list_answers,
    read_ratings,
    write_ratings,
)
from pipeline.errors import InputError
from pipeline.parameters import CalibrationParams
from pipeline.passage_index import Hit, PassageIndex
from pipeline.statistics import wilson
from pipeline.tables import ANSWERS, PASSAGES, RATINGS, SCORES, as_table

PARAMS = CalibrationParams(bootstrap_count=100)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def answer(number, rank=1, model="e5"):
    return {
        "answer_id": f"answer {number} at {rank}",
        "suite": "law",
        "model": model,
        "model_fingerprint": f"fingerprint of {model}",
        "rank": rank,
        "pool_size": 1058,
        "question_language": "tuk_Latn",
        "passage_language": "tuk_Latn",
        "question": f"{number}?",
        "passage": "Jogap.",
        "document": "law.txt",
        "first_place": "38",
        "last_place": "40",
    }


def rating(number, grade, annotator="a", *, rank=1, hour=12, model="e5"):
    return answer(number, rank, model) | {
        "review_id": f"{number} {annotator} {hour} {rank} {model}",
        "annotator": annotator,
        "grade": grade,
        "comment": None,
        "updated_at": NOON.replace(hour=hour),
        "reject_reason": None if grade else "no grade",
    }


def shares(*ratings, name=""):
    scores = score_ratings(as_table(list(ratings), RATINGS), PARAMS)
    return {row["metric"]: row for row in scores.to_pylist() if row["slice"] == name}


def test_shares_have_wilson_s_intervals():
    found = shares(*(rating(n, "excellent" if n < 8 else "wrong") for n in range(10)))
    row, expected = found["expert_excellent"], wilson(8, 10)
    assert (row["value"], row["ci_low"], row["ci_high"], row["n"]) == (
        *(expected.value, expected.ci_low, expected.ci_high),
        10,
    )
    assert (row["suite"], row["model"], row["direction"]) == ("law", "e5", "tuk_Latn-tuk_Latn")
    assert (row["pool_size"], row["model_fingerprint"]) == (1058, "fingerprint of e5")
    assert found["expert_good"]["value"] == 0
    assert "alpha_grade" not in found


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(GRADE_CODES)), min_size=1, max_size=12)
)
@settings(max_examples=20, deadline=None)
def test_the_shares_of_all_grades_sum_to_one_whoever_says_what(words):
    ratings = [rating(n, grade, f"expert {who}") for who, (n, grade) in enumerate(words)]
    found = shares(*ratings)
    assert sum(found[f"expert_{code}"]["value"] for code in GRADE_CODES) == pytest.approx(1)
    assert found["expert_good"]["n"] == len({number for number, _ in words})


def test_of_two_who_differ_the_worse_counts_and_of_three_the_middle():
    two = shares(rating(1, "excellent", "a"), rating(1, "partly", "b"))
    assert two["expert_partly"]["value"] == 1
    said = {"a": "excellent", "b": "wrong", "c": "good"}
    three = shares(*(rating(1, grade, who) for who, grade in said.items()))
    assert three["expert_good"]["value"] == 1


def test_the_last_word_of_an_expert_counts_and_what_is_rejected_does_not():
    found = shares(
        rating(1, "good", hour=14),
        rating(1, "wrong", hour=13),
        rating(2, None),
    )
    assert (found["expert_good"]["value"], found["expert_good"]["n"]) == (1, 1)


def test_agreement_is_scored_where_two_rated():
    both = [rating(n, GRADE_CODES[n % 4], who) for n in range(12) for who in ("a", "b")]
    found = shares(*both, rating(99, "good"))
    row = found["alpha_grade"]
    assert (row["value"], row["n"]) == (pytest.approx(1), 12)
    assert row["ci_low"] < 1  # luck is admitted
    assert "13 answers, 12 of them by two or more" in found["expert_good"]["note"]


def test_what_came_second_makes_a_slice_and_models_are_scored_apart():
    rated = [rating(1, "excellent"), rating(1, "wrong", rank=2), rating(1, "good", model="student")]
    table = score_ratings(as_table(rated, RATINGS), PARAMS)
    found = {
        (row["model"], row["slice"], row["metric"])
        for row in table.to_pylist()
        if row["value"] == 1
    }
    assert found == {
        ("e5", "", "expert_excellent"),
        ("e5", "rank: 2", "expert_wrong"),
        ("student", "", "expert_good"),
    }
    assert table.schema == SCORES


def test_no_ratings_have_no_scores():
    assert score_ratings(RATINGS.empty_table(), PARAMS).num_rows == 0


def test_answers_are_known_by_question_and_passage_and_stand_in_an_order_drawn_by_lot(tmp_path):
    passages = as_table([], PASSAGES)
    index = PassageIndex(tmp_path / "law", "e5", "f" * 8, passages, None)
    hit = Hit(0.9, "law.txt", "tuk_Latn", "38", "40", "Jogap.")
    questions = [f"{number}?" for number in range(20)]
    found = [[hit, hit._replace(text="Başga.")] for _ in questions]
    answers = list_answers(index, questions, found, "tuk_Latn")
    assert (answers.schema, answers.num_rows) == (ANSWERS, 40)
    assert len(set(answers["answer_id"].to_pylist())) == 40
    assert answers["rank"].to_pylist() == [1] * 20 + [2] * 20
    assert answers["question"].to_pylist()[:20] != questions
    again = list_answers(index, questions[::-1], found, "tuk_Latn")
    assert again.equals(answers)


def test_the_interface_offers_every_grade_with_its_key_and_shows_fields_of_a_task():
    interface = ET.fromstring(ANSWER_FORM.read_interface())  # noqa: S314 - our own file
    (choices,) = interface.iter("Choices")
    assert [
        (one.get("alias"), one.get("value"), one.get("hotkey"), one.get("hint")) for one in choices
    ] == list(map(tuple, GRADES))
    values = [tag.get("value", "") for tag in interface.iter()]
    shown = {value[1:] for value in values if value.startswith("$")}
    assert shown == {"question", "passage", "place"}
    data = as_rating_task(answer(1))["data"]
    assert shown <= data.keys()
    assert data["place"] == "law.txt:38-40"


def annotation(*result):
    stamp = "2026-11-21T12:00:00Z"
    return {"id": 7, "created_at": stamp, "updated_at": stamp, "result": list(result)}


def said(field, **value):
    return {"from_name": field, "value": value}


def test_what_an_expert_said_is_a_row():
    row = as_rating(
        annotation(said("grade", choices=["good"]), said("comment", text=[" Gowy. "])),
        as_rating_task(answer(1))["data"],
        "annotator_1",
    )
    assert (row["grade"], row["comment"], row["reject_reason"]) == ("good", "Gowy.", None)
    assert {name: row[name] for name in ANSWERS.names} == answer(1)
    assert as_table([row], RATINGS).num_rows == 1


@pytest.mark.parametrize(
    ("result", "data", "reason"),
    [
        ([], answer(1), "no grade"),
        ([said("grade", choices=["superb"])], answer(1), "unknown grade"),
        ([said("grade", choices=["good"])], {"text": "by hand"}, "answer without answer_id"),
    ],
)
def test_what_cannot_be_understood_is_a_row_with_its_reason(result, data, reason):
    row = as_rating(annotation(*result), data, "annotator_1")
    assert row["reject_reason"] == reason
    assert as_table([row], RATINGS).num_rows == 1


def test_ratings_outlive_a_file(tmp_path):
    rows = [rating(1, "good") | {"comment": "Gowy."}, rating(2, None)]
    ratings = as_table(rows, RATINGS)
    path = tmp_path / "ratings.jsonl"
    write_ratings(ratings, path)
    assert read_ratings(path).equals(ratings)


def test_a_file_is_checked_like_what_a_server_says(tmp_path):
    path = tmp_path / "ratings.jsonl"
    row = {k: v for k, v in rating(1, "superb").items() if v is not None}
    path.write_text(json.dumps(row | {"updated_at": NOON.isoformat()}) + "\n", encoding="utf-8")
    assert read_ratings(path)["reject_reason"].to_pylist() == ["unknown grade"]
    for line in ("[]", "{}", "no JSON", '{"updated_at": "yesterday"}'):
        path.write_text(line + "\n", encoding="utf-8")
        with pytest.raises(InputError, match="line 1 is no rating"):
            read_ratings(path)
    with pytest.raises(InputError, match="no folder"):
        write_ratings(RATINGS.empty_table(), tmp_path / "none" / "ratings.jsonl")
