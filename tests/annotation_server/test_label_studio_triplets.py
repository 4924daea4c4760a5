"""Written triplets to a real Label Studio, verdicts back, scores of them."""

import pytest
from playwright.sync_api import expect

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_triplets import TripletProjects
from pipeline.annotation.triplet_scores import score_triplets
from pipeline.annotation.triplet_tasks import select_triplets
from pipeline.annotation.triplet_verdicts import resolve_triplets
from pipeline.parameters import CalibrationParams, TripletFilterParams
from pipeline.progress import silent
from pipeline.settings import Connection
from pipeline.tables import FILTERED_TRIPLETS, TRIPLET_REVIEWS, as_table

pytestmark = pytest.mark.timeout(1800)
ANNOTATORS = ("annotator_1", "annotator_2")
RIGHT = ("follows", "contradicts")
SAID = {  # number of the triplet: positive and negative as each annotator judges them
    0: (RIGHT, RIGHT),
    1: (RIGHT, ("open", "contradicts")),
    2: (("broken", "follows"), ("broken", "open")),
    3: (RIGHT, None),
}
ANCHORS = [
    "Kitaphana her gün irden sagat dokuzda açylýar.",
    "Çagalar mekdebiň howlusynda top oýnaýarlar.",
    "Raýatlar bu karar barada arz edip bilerler.",
    "Düýe çölde uzak wagt suwsuz gidip bilýär.",
]
WRITTEN = [
    ("The library is open in the morning.", "The library opens in the evening."),
    ("Children are playing outside.", "Nobody is in the yard of the school."),
    ("Citizens may complain about it.", "Nobody may complain about this decision."),
    ("Camels can go without water.", "A camel must drink every hour."),
]


@pytest.fixture(scope="module")
def tasks():
    rows = [
        {
            "triplet_id": f"triplet {number}",
            "strategy": "in_context",
            "anchor_language": "tuk_Latn",
            "written_language": "eng_Latn",
            "anchor_text": anchor,
            "positive_text": positive,
            "negative_text": negative,
        }
        for number, (anchor, (positive, negative)) in enumerate(zip(ANCHORS, WRITTEN, strict=True))
    ]
    return select_triplets(as_table(rows, FILTERED_TRIPLETS), TripletFilterParams())


@pytest.mark.slow
def test_triplets_are_pushed_once_judged_by_two_pulled_and_scored(server, tokens, tasks):
    projects = TripletProjects(server.connection, "triplet_trial", ANNOTATORS)
    assert projects.pull(None, silent).equals(TRIPLET_REVIEWS.empty_table())
    assert projects.push(tasks.slice(0, 3), silent) == (6, 0)
    assert projects.push(tasks, silent) == (2, 6)
    before = projects.state()
    assert projects.push(tasks, silent) == (0, 8)
    assert projects.state() == before
    for position, name in enumerate(ANNOTATORS):
        _judge(LabelStudioClient(Connection(server.connection.url, tokens[name])), name, position)
    assert projects.state() != before
    reviews, state = projects.pull(None, silent), projects.state()
    assert projects.pull(reviews, silent).equals(reviews)
    assert projects.state() == state
    said = {
        (row["annotator"], int(row["triplet_id"].split()[1])): (
            row["positive_verdict"],
            row["negative_verdict"],
        )
        for row in reviews.to_pylist()
    }
    assert said == {
        (name, number): verdicts[position]
        for number, verdicts in SAID.items()
        for position, name in enumerate(ANNOTATORS)
        if verdicts[position]
    }
    assert reviews["reject_reason"].null_count == reviews.num_rows == 7
    right = {row["triplet_id"] for row in resolve_triplets(reviews).to_pylist() if row["is_right"]}
    assert right == {"triplet 0", "triplet 3"}
    scores = score_triplets(reviews, [tasks], CalibrationParams(bootstrap_count=100)).to_pylist()
    found = {row["metric"]: (row["value"], row["n"]) for row in scores}
    assert found.pop("alpha_triplet")[1] == 3
    assert found == {
        "positive_follows": (0.5, 4),
        "negative_contradicts": (0.75, 4),
        "triplet_right": (0.5, 4),
    }


@pytest.mark.slow
def test_what_cannot_be_understood_comes_back_with_its_reason(server, tokens, tasks):
    projects = TripletProjects(server.connection, "triplet_doubts", ANNOTATORS[:1])
    projects.push(tasks, silent)
    client = LabelStudioClient(Connection(server.connection.url, tokens["annotator_1"]))
    half, strange, *_ = _tasks_of(client, "triplet_doubts triplets: annotator_1")
    _say(client, half, {"first_verdict": "follows"})
    (project,) = client.get("/api/projects/", title="triplet_doubts triplets")["results"]
    stray = {"data": strange["data"] | {"task_id": "of nothing", "first_side": "left"}}
    client.post(f"/api/projects/{project['id']}/import", [stray])
    (task,) = (
        one for one in _tasks_of(client, project["title"]) if one["data"]["task_id"] == "of nothing"
    )
    _say(client, task, {"first_verdict": "follows", "second_verdict": "open"})
    rows = projects.pull(None, silent).to_pylist()
    side = {"positive": "negative", "negative": "positive"}[half["data"]["first_side"]]
    reasons = sorted(row["reject_reason"] for row in rows)
    assert reasons == sorted((f"no verdict on the {side}", "task without first_side"))
    assert resolve_triplets(as_table(rows, TRIPLET_REVIEWS)).num_rows == 0
    assert projects.push(tasks, silent) == (0, 4)


@pytest.mark.browser
def test_triplets_are_judged_by_keyboard_alone(server, open_project, shots, tasks):
    projects = TripletProjects(server.connection, "triplet_keys", ANNOTATORS[:1])
    projects.push(tasks, silent)
    page = open_project("triplet_keys triplets: annotator_1")
    for row, keys in zip(tasks.to_pylist(), ("15", "26", "37"), strict=False):
        expect(page.locator(".dutar .text").first).to_have_text(row["anchor_text"])
        page.keyboard.press(keys[0])
        page.keyboard.press("Control+Enter")
        warning = page.get_by_text("An answer for the second sentence is needed")
        expect(warning).to_be_visible()
        page.keyboard.press("Escape")
        expect(warning).to_be_hidden()
        page.keyboard.press(keys[1])
        page.screenshot(path=shots / f"label_studio_triplet_{keys}.png")
        page.keyboard.press("Control+Enter")
    expect(page.locator(".dutar .text").first).to_have_text(tasks["anchor_text"][3].as_py())
    said = {
        row["task_id"]: (row["positive_verdict"], row["negative_verdict"])
        for row in projects.pull(None, silent).to_pylist()
    }
    alike = [("follows", "follows"), ("open", "open"), ("contradicts", "contradicts")]
    assert said == dict(zip(tasks["task_id"].to_pylist(), alike, strict=False))


def _judge(client, name, position):
    """Say what is written above as this annotator, through the API; what nobody said is skipped."""
    for task in _tasks_of(client, f"triplet_trial triplets: {name}"):
        said = SAID[int(task["data"]["triplet_id"].split()[1])][position]
        if not said:
            client.post(f"/api/tasks/{task['id']}/annotations/", {"result": [], "was_cancelled": 1})
            continue
        order = said if task["data"]["first_side"] == "positive" else said[::-1]
        _say(client, task, dict(zip(("first_verdict", "second_verdict"), order, strict=True)))


def _tasks_of(client, title):
    (project,) = client.get("/api/projects/", title=title)["results"]
    answer = client.get("/api/tasks", project=project["id"], page_size=100, fields="all")
    return answer["tasks"]


def _say(client, task, verdicts):
    result = [
        {
            "from_name": name,
            "to_name": name.partition("_")[0],
            "type": "choices",
            "value": {"choices": [code]},
        }
        for name, code in verdicts.items()
    ]
    client.post(f"/api/tasks/{task['id']}/annotations/", {"result": result})
