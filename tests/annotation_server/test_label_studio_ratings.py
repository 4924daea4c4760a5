"""Answers to a real Label Studio, ratings back, scores of them."""

import pyarrow.compute as pc
import pytest
from playwright.sync_api import expect

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_ratings import RatingProjects
from pipeline.annotation.rating_scores import score_ratings
from pipeline.annotation.ratings import read_ratings, write_ratings
from pipeline.parameters import CalibrationParams
from pipeline.progress import silent
from pipeline.settings import Connection
from pipeline.tables import ANSWERS, as_table, identify

pytestmark = pytest.mark.timeout(1800)
EXPERTS = ("annotator_1", "annotator_2")
SAID = {  # number of the question: what the two experts say
    0: ("excellent", "excellent"),
    1: ("excellent", "good"),
    2: ("partly", "partly"),
    3: ("wrong", "wrong"),
    4: ("excellent", None),
}


@pytest.fixture(scope="module")
def answers():
    rows = [
        {
            "answer_id": identify(f"{number}-nji sorag?", "Jogap."),
            "suite": "turkmen_labour_code",
            "model": "embedded:e5-small",
            "model_fingerprint": "f" * 64,
            "rank": 1,
            "pool_size": 1058,
            "question_language": "tuk_Latn",
            "passage_language": "tuk_Latn",
            "question": f"{number}-nji sorag?",
            "passage": "Jogap.",
            "document": "20.tm.txt",
            "first_place": "38",
            "last_place": "40",
        }
        for number in range(6)
    ]
    return as_table(rows, ANSWERS)


@pytest.mark.slow
def test_answers_are_pushed_once_rated_by_two_pulled_and_scored(server, tokens, answers, tmp_path):
    projects = RatingProjects(server.connection)
    assert projects.push(answers.slice(0, 4), EXPERTS, silent) == (8, 0)
    assert projects.push(answers, EXPERTS, silent) == (4, 8)
    assert projects.push(answers, EXPERTS, silent) == (0, 12)
    for position, name in enumerate(EXPERTS):
        _rate(LabelStudioClient(Connection(server.connection.url, tokens[name])), name, position)
    pulled = projects.pull()
    ratings = pulled.filter(pc.equal(pulled["suite"], "turkmen_labour_code"))
    assert sorted(ratings["annotator"].unique().to_pylist()) == list(EXPERTS)
    assert ratings["comment"].to_pylist().count("Gowy.") == 2
    assert ratings["reject_reason"].null_count == ratings.num_rows == 9
    scores = score_ratings(ratings, CalibrationParams(bootstrap_count=100))
    found = {row["metric"]: (row["value"], row["n"]) for row in scores.to_pylist()}
    assert found.pop("alpha_grade")[1] == 4
    assert found == {
        "expert_excellent": (0.4, 5),
        "expert_good": (0.2, 5),
        "expert_partly": (0.2, 5),
        "expert_wrong": (0.2, 5),
    }
    write_ratings(ratings, tmp_path / "ratings.jsonl")
    assert read_ratings(tmp_path / "ratings.jsonl").equals(ratings)


@pytest.mark.browser
def test_answers_are_rated_by_keyboard_alone(server, open_project, shots, answers):
    place = answers.column_names.index("suite")
    other = answers.set_column(place, "suite", [["azerbaijani_labour_code"] * len(answers)])
    projects = RatingProjects(server.connection)
    projects.push(other, EXPERTS[:1], silent)
    page = open_project(_title(server, "azerbaijani_labour_code"))
    for row, key in zip(other.to_pylist(), "1234", strict=False):
        expect(page.locator(".dutar .asked")).to_have_text(row["question"])
        page.keyboard.press(key)
        if key == "2":
            page.locator("textarea").first.focus()
            page.keyboard.type("Gowy.")
            page.screenshot(path=shots / "label_studio_rating.png")
            page.keyboard.press("Shift+Enter")
        page.keyboard.press("Control+Enter")
    expect(page.locator(".dutar .asked")).to_have_text(other["question"][4].as_py())
    said = {
        row["answer_id"]: (row["grade"], row["comment"])
        for row in projects.pull().to_pylist()
        if row["suite"] == "azerbaijani_labour_code"
    }
    grades = [("excellent", None), ("good", "Gowy."), ("partly", None), ("wrong", None)]
    assert said == dict(zip(other["answer_id"].to_pylist(), grades, strict=False))


def _title(server, suite):
    found = server.admin().get("/api/projects/", title="answers ", page_size=100)["results"]
    (title,) = (one["title"] for one in found if one["description"].endswith(suite))
    return title


def _rate(client, name, position):
    """Say what is written above as this expert, through the API; what nobody said is skipped."""
    found = client.get("/api/projects/", title="answers ", page_size=100)["results"]
    about = "Answers of embedded:e5-small about turkmen_labour_code"
    (project,) = (
        one for one in found if one["title"].endswith(f": {name}") and one["description"] == about
    )
    tasks = client.get("/api/tasks", project=project["id"], page_size=100, fields="all")["tasks"]
    for task in tasks:
        assert task["data"]["place"] == "20.tm.txt:38-40"
        number = int(task["data"]["question"].partition("-")[0])
        grade = SAID.get(number, (None, None))[position]
        said = [_choice(grade), *([_comment("Gowy.")] if number == 0 else [])] if grade else []
        body = {"result": said, "was_cancelled": not grade}
        client.post(f"/api/tasks/{task['id']}/annotations/", body)


def _choice(grade):
    value = {"choices": [grade]}
    return {"from_name": "grade", "to_name": "passage", "type": "choices", "value": value}


def _comment(text):
    value = {"text": [text]}
    return {"from_name": "comment", "to_name": "passage", "type": "textarea", "value": value}
