import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.annotation.file_source import FileReviews, write_reviews
from pipeline.annotation.inferences import INFERENCE_CODES, INFERENCES
from pipeline.annotation.label_studio_triplets import TRIPLET_FORM
from pipeline.annotation.review_lines import TripletLine
from pipeline.annotation.triplet_scores import score_triplets
from pipeline.annotation.triplet_tasks import as_triplet_review, as_triplet_task, select_triplets
from pipeline.annotation.triplet_verdicts import resolve_triplets
from pipeline.parameters import CalibrationParams, TripletFilterParams
from pipeline.progress import silent
from pipeline.statistics import wilson
from pipeline.tables import (
    FILTERED_TRIPLETS,
    SCORES,
    TRIPLET_REVIEWS,
    TRIPLET_TASKS,
    TRIPLET_VERDICTS,
    as_table,
    identify,
)
from tests.stages.triplet_rows import triplet

PARAMS = CalibrationParams(bootstrap_count=100)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RIGHT = ("follows", "contradicts")


def drawn(*triplets, **params):
    table = as_table(list(triplets), FILTERED_TRIPLETS)
    return select_triplets(table, TripletFilterParams(**params))


def task(number):
    return drawn(triplet(number)).to_pylist()[0]


def review(number, verdicts=RIGHT, annotator="a", hour=12):
    return task(number) | {
        "review_id": f"{number} {annotator} {hour}",
        "annotator": annotator,
        "positive_verdict": verdicts[0],
        "negative_verdict": verdicts[1],
        "updated_at": NOON.replace(hour=hour),
        "reject_reason": None,
    }


def verdicts(*reviews):
    resolved = resolve_triplets(as_table(list(reviews), TRIPLET_REVIEWS))
    assert resolved.schema == TRIPLET_VERDICTS
    return resolved.to_pylist()


def annotation(**answers):
    result = [
        {"from_name": name, "type": "choices", "value": {"choices": codes}}
        for name, codes in answers.items()
    ]
    times = dict.fromkeys(("created_at", "updated_at"), "2026-11-21T12:00:00Z")
    return {"id": 7, "result": result, **times}


def test_a_sample_is_drawn_by_lot_of_kept_triplets_alone():
    rows = [triplet(n) for n in range(30)]
    rejected = triplet(99, reject_reason="copy: of the anchor")
    few = drawn(*rows, rejected, task_count=5)
    assert few.schema == TRIPLET_TASKS
    assert few["triplet_id"].to_pylist() != [row["triplet_id"] for row in rows[:5]]
    assert few.equals(drawn(*reversed(rows), task_count=5))
    assert few.equals(drawn(*rows, rejected, task_count=9).slice(0, 5))
    assert not few.equals(drawn(*rows, task_count=5, seed=14))


def test_a_triplet_that_is_written_anew_is_another_task():
    (row,) = drawn(triplet(1, negative_text="The books are gone.")).to_pylist()
    assert row["triplet_id"] == task(1)["triplet_id"]
    assert row["task_id"] != task(1)["task_id"]


def test_the_interface_offers_every_answer_for_both_sentences_and_shows_what_a_task_has():
    interface = ET.fromstring(TRIPLET_FORM.read_interface())  # noqa: S314 - ours
    wanted = [(one.code, one.name, one.meaning) for one in INFERENCES]
    offered = {
        choices.get("name"): [(c.get("alias"), c.get("value"), c.get("hint")) for c in choices]
        for choices in interface.iter("Choices")
    }
    assert offered == {"first_verdict": wanted, "second_verdict": wanted}
    keys = [choice.get("hotkey") for choice in interface.iter("Choice")]
    assert keys == list("12345678")
    shown = {one.get("value", "")[1:] for one in interface.iter("Text")}
    assert shown == {"anchor_text", "first_text", "second_text"}
    assert shown < as_triplet_task(task(1))["data"].keys()


def test_either_side_may_stand_first_and_its_verdict_finds_back():
    sides = set()
    for number in range(20):
        row = task(number)
        data = as_triplet_task(row)["data"]
        is_first = data["first_text"] == row["positive_text"]
        assert {data["first_text"], data["second_text"]} == {
            row["positive_text"],
            row["negative_text"],
        }
        answers = RIGHT if is_first else RIGHT[::-1]
        said = annotation(first_verdict=[answers[0]], second_verdict=[answers[1]])
        found = as_triplet_review(said, data, "a")
        assert (found["positive_verdict"], found["negative_verdict"]) == RIGHT
        assert found["reject_reason"] is None
        assert {name: found[name] for name in row} == row
        sides.add(is_first)
    assert sides == {True, False}


@pytest.mark.parametrize(
    ("answers", "data", "reason"),
    [
        ({}, {}, "no verdict on the positive"),
        ({"first_verdict": ["follows"]}, {}, "no verdict on the "),
        ({"first_verdict": ["open", "follows"], "second_verdict": ["open"]}, {}, "no verdict on"),
        ({"first_verdict": ["open"], "second_verdict": ["fine"]}, {}, "unknown verdict on the "),
        (
            {"first_verdict": ["open"], "second_verdict": ["open"]},
            {"first_side": "x"},
            "first_side",
        ),
        ({"first_verdict": ["open"], "second_verdict": ["open"]}, {"task_id": 5}, "task_id"),
        ({"first_verdict": ["open"], "second_verdict": ["open"]}, {"anchor_text": None}, "anchor"),
    ],
)
def test_what_cannot_be_understood_is_a_row_with_its_reason(answers, data, reason):
    shown = as_triplet_task(task(1))["data"] | data
    row = as_triplet_review(annotation(**answers), shown, "a")
    (stored,) = as_table([row], TRIPLET_REVIEWS).to_pylist()
    assert reason in stored["reject_reason"]
    assert verdicts(stored) == []


def test_the_last_word_counts():
    early, late = review(1, ("open", "open"), hour=9), review(1, hour=10)
    assert [row["is_right"] for row in verdicts(late, early)] == [True]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([RIGHT], (True, True, True)),
        ([RIGHT, RIGHT], (True, True, True)),
        ([RIGHT, ("open", "contradicts")], (False, True, False)),
        ([RIGHT, RIGHT, ("broken", "broken")], (True, True, True)),
        ([("follows", "open")], (True, False, False)),
        ([("contradicts", "follows")], (False, False, False)),
    ],
)
def test_a_side_is_right_when_more_than_half_say_so(said, expected):
    words = [review(1, one, annotator) for one, annotator in zip(said, "abc", strict=False)]
    (row,) = verdicts(*words)
    assert (row["follows"], row["contradicts"], row["is_right"]) == expected
    assert row["reviewer_count"] == len(said)


@given(st.lists(st.tuples(st.sampled_from(INFERENCE_CODES), st.sampled_from(INFERENCE_CODES))))
def test_scores_count_what_verdicts_say(said):
    rows = [review(number, one) for number, one in enumerate(said)]
    sample = drawn(*(triplet(n) for n in range(len(said) + 3)))
    found = scores(rows, sample)
    if not said:
        assert found == {}
        return
    resolved = verdicts(*rows)
    for metric, column in (
        ("positive_follows", "follows"),
        ("negative_contradicts", "contradicts"),
        ("triplet_right", "is_right"),
    ):
        expected = wilson(sum(row[column] for row in resolved), len(said))
        row = found[metric]
        assert (row["value"], row["ci_low"], row["ci_high"], row["n"]) == (
            *(expected.value, expected.ci_low, expected.ci_high),
            len(said),
        )
        assert (row["model"], row["direction"]) == ("in_context", "tuk_Latn-eng_Latn")
        assert f"{len(said)} of {len(said) + 3} drawn" in row["note"]


def scores(reviews, *samples):
    table = score_triplets(as_table(list(reviews), TRIPLET_REVIEWS), samples, PARAMS)
    assert table.schema == SCORES
    return {row["metric"]: row for row in table.to_pylist()}


def test_agreement_is_of_triplets_that_two_judged():
    wrong = ("open", "contradicts")
    rows = [review(n, RIGHT if n % 2 else wrong, who) for n in range(8) for who in "ab"]
    found = scores([*rows, review(8)], drawn(*(triplet(n) for n in range(9))))
    assert (found["alpha_triplet"]["value"], found["alpha_triplet"]["n"]) == (1, 8)
    assert "alpha_triplet" not in scores([review(8)], drawn(triplet(8)))


def test_only_what_is_in_the_sample_now_counts():
    found = scores([review(1), review(2, ("open", "open"))], drawn(triplet(1)))
    assert (found["triplet_right"]["value"], found["triplet_right"]["n"]) == (1, 1)
    assert scores([review(1)], drawn(triplet(2))) == {}
    assert scores([review(1)]) == {}


def test_reviews_may_come_from_files(tmp_path):
    said = {"annotator": "a", "positive_verdict": "follows", "negative_verdict": "contradicts"}
    line = task(1) | said | {"updated_at": NOON.isoformat()}
    write_reviews(tmp_path / "a.jsonl", [line], TripletLine)
    write_reviews(tmp_path / "b.jsonl", [line], TripletLine)
    with (tmp_path / "b.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"annotator": "a"}\n')
    pulled = FileReviews(tmp_path, TripletLine).pull(None, silent)
    assert pulled.schema == TRIPLET_REVIEWS
    good, bad = sorted(pulled.to_pylist(), key=lambda row: row["reject_reason"] is not None)
    assert [row["is_right"] for row in verdicts(good, bad)] == [True]
    assert good["review_id"] == identify("files", good["task_id"], "a", NOON.isoformat())
    assert bad["reject_reason"].startswith("b.jsonl, line 2: ")


def test_a_file_s_verdict_that_nobody_can_give_is_rejected_with_what_may_be_said(tmp_path):
    said = {"annotator": "a", "positive_verdict": "yes", "negative_verdict": "contradicts"}
    line = TripletLine.model_construct(**task(1), **said, updated_at=NOON)
    (tmp_path / "a.jsonl").write_text(line.model_dump_json(), encoding="utf-8")
    (row,) = FileReviews(tmp_path, TripletLine).pull(None, silent).to_pylist()
    assert "'yes' is none of follows, open" in row["reject_reason"]
