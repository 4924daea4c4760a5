"""Tasks in and reviews out of a real Label Studio; nothing lost, nothing doubled."""

import threading
import time

import label_studio_sdk
import pytest

from pipeline.annotation.calibration import calibrate
from pipeline.annotation.label_studio import LabelStudio
from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.verdicts import resolve_verdicts
from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import CalibrationParams
from pipeline.progress import silent
from pipeline.settings import Connection
from pipeline.tables import REVIEWS, SCORED_PAIRS, SYNTHETIC_PAIRS, as_table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
RECIPE = "rehearsal"
TASK_COUNT, REVIEW_COUNT = 2000, 200


@pytest.fixture(scope="module")
def pushed(server, make_tasks):
    """The adapter, after 2,000 tasks went in."""
    adapter = server.adapter(RECIPE)
    began = time.monotonic()
    report = adapter.push(make_tasks(TASK_COUNT), silent)
    _note("push", f"{TASK_COUNT} tasks in", began)
    assert report == (TASK_COUNT, 0)
    return adapter


@pytest.fixture(scope="module")
def reviewed(pushed, server, tokens):
    """The adapter, after two people reviewed 100 tasks each with Label Studio's own SDK.

    One task each is skipped.
    """
    began = time.monotonic()
    for name, token in tokens.items():
        client = LabelStudioClient(Connection(server.connection.url, token))
        project = _project_id(client, f"{RECIPE}: {name}")
        tasks = _tasks_of(client, project, REVIEW_COUNT // 2 + 1)
        sdk = label_studio_sdk.LabelStudio(base_url=server.connection.url, api_key=token)
        for task in tasks[:-1]:
            sdk.annotations.create(id=task["id"], result=_answer(task))
        skipped = {"result": [], "was_cancelled": True}
        client.post(f"/api/tasks/{tasks[-1]['id']}/annotations/", skipped)
    _note("review", f"{REVIEW_COUNT} reviews through the API", began)
    return pushed


def test_a_push_repeated_adds_nothing(pushed, make_tasks, server):
    before = pushed.state()
    began = time.monotonic()
    assert pushed.push(make_tasks(TASK_COUNT), silent) == (0, TASK_COUNT)
    _note("push", "the same tasks again", began)
    assert pushed.state() == before
    assert _task_counts(server) == {"annotator_1": 1000, "annotator_2": 1000}


def test_the_queue_is_served_in_its_order_and_without_a_model_s_opinion(pushed, server, tokens):
    client = LabelStudioClient(Connection(server.connection.url, tokens["annotator_2"]))
    project = _project_id(client, f"{RECIPE}: annotator_2")
    served = client.get(f"/api/projects/{project}/next")
    assert served["data"]["queue_position"] <= REVIEW_COUNT // 2 + 1
    assert served["predictions"] == []
    assert "probability" not in served["data"]


def test_reviews_come_back_under_pseudonyms_with_verdict_meaning_and_edit(reviewed):
    began = time.monotonic()
    reviews = reviewed.pull(None, silent)
    _note("pull", f"all {reviews.num_rows} reviews", began)
    assert reviews.schema == REVIEWS
    assert reviews.num_rows == REVIEW_COUNT
    assert reviews["reject_reason"].null_count == REVIEW_COUNT
    by_annotator = reviews.group_by("annotator").aggregate([([], "count_all")]).to_pydict()
    assert sorted(by_annotator["annotator"]) == ["annotator_1", "annotator_2"]
    assert by_annotator["count_all"] == [100, 100]
    for row in reviews.to_pylist():
        edited = "bar eken." in (row["source_edit"] or "")
        assert edited == (row["verdict"] == "P")
        assert row["target_edit"] is None
        assert row["meaning"] == (5 if row["verdict"] == "CC" else None)


def test_reviews_that_were_pulled_calibrate(reviewed, make_tasks):
    reviews = reviewed.pull(None, silent)
    said = dict(zip(reviews["pair_id"].to_pylist(), reviews["verdict"].to_pylist(), strict=True))
    rows = [
        {
            **{name: row[name] for name in SCORED_PAIRS.names if name in row},
            "origin": "news",
            "group_key": f"news/{number // 20}",
            "cosine": 0.9 if said.get(row["pair_id"]) == "CC" else 0.7,
        }
        for number, row in enumerate(make_tasks(TASK_COUNT).to_pylist())
    ]
    scored = as_table(rows, SCORED_PAIRS)
    found = resolve_verdicts(reviews, scored).table
    fitted = calibrate(scored, found, SYNTHETIC_PAIRS.empty_table(), CalibrationParams())
    assert fitted.facts["is_calibrated"]
    assert fitted.facts["review_count"] == REVIEW_COUNT


def test_an_incremental_pull_equals_a_full_one_after_new_changed_and_deleted_reviews(
    server, tokens, make_tasks
):
    adapter = server.adapter("changes")
    adapter.push(make_tasks(24), silent)
    annotator = LabelStudioClient(Connection(server.connection.url, tokens["annotator_1"]))
    project = _project_id(annotator, "changes: annotator_1")
    *done, last = _tasks_of(annotator, project, 12)
    for task in done:
        annotator.post(f"/api/tasks/{task['id']}/annotations/", {"result": _answer(task)})
    before, token = adapter.pull(None, silent), adapter.state()
    assert before.num_rows == len(done)
    assert adapter.pull(before, silent).equals(before)
    assert adapter.state() == token
    admin, annotated = server.admin(), _tasks_of(annotator, project, 12, fields="all")
    mended, gone = (task["annotations"][0]["id"] for task in annotated[:2])
    admin.patch(f"/api/annotations/{mended}/", {"result": [_choice("verdict", "X")]})
    admin.post(f"/api/tasks/{last['id']}/annotations/", {"result": _answer(last)})
    assert adapter.state() != token
    after = adapter.pull(before, silent)
    assert after.equals(adapter.pull(None, silent))
    assert after.num_rows == len(done) + 1
    assert "X" in after["verdict"].to_pylist()
    assert sum(name.startswith("reviewer_") for name in after["annotator"].to_pylist()) == 1
    token = adapter.state()
    admin.delete(f"/api/annotations/{gone}/")
    assert adapter.state() != token
    fewer = adapter.pull(after, silent)
    assert fewer.num_rows == len(done)
    assert fewer.equals(adapter.pull(None, silent))


def test_an_answer_without_a_verdict_is_a_rejected_row(server, make_tasks):
    adapter, admin = server.adapter("speechless"), server.admin()
    adapter.push(make_tasks(2), silent)
    task = _tasks_of(admin, _project_id(admin, "speechless: annotator_2"), 1)[0]
    body = {"result": [_choice("meaning", "4")]}
    admin.post(f"/api/tasks/{task['id']}/annotations/", body)
    (row,) = adapter.pull(None, silent).to_pylist()
    assert (row["reject_reason"], row["verdict"], row["meaning"]) == ("no verdict", None, 4)


@pytest.mark.parametrize("delay_seconds", [0.0, 0.5])
def test_a_server_killed_in_the_middle_of_a_push_loses_and_doubles_nothing(
    server, make_tasks, delay_seconds
):
    recipe = f"killed_{delay_seconds * 10:.0f}"
    adapter, tasks, told = server.adapter(recipe), make_tasks(1200), []

    def progress(done, total, message):
        told.append(done)
        if len(told) == 2:  # while the third chunk is on its way
            threading.Timer(delay_seconds, server.kill).start()

    with pytest.raises(SourceUnavailable):
        adapter.push(tasks, progress)
    server.start()
    report = server.adapter(recipe).push(tasks, silent)
    assert report.pushed_count + report.known_count == 1200
    assert report.known_count >= 400
    assert report.pushed_count > 0
    _note("kill", f"{delay_seconds} s after two chunks: {report}", time.monotonic())
    assert _pair_ids(server, recipe) == sorted(tasks["pair_id"].to_pylist())


def test_twins_from_an_answer_that_never_came_are_removed_unless_reviewed(server, make_tasks):
    adapter, tasks = server.adapter("twins"), make_tasks(20)
    adapter.push(tasks, silent)
    admin = server.admin()
    project = _project_id(admin, "twins: annotator_1")
    first = _tasks_of(admin, project, 2)
    again = [{"data": task["data"]} for task in first]
    admin.post(f"/api/projects/{project}/import", again)
    twins = _tasks_of(admin, project, 100)[-2:]
    admin.post(f"/api/tasks/{twins[0]['id']}/annotations/", {"result": _answer(twins[0])})
    assert adapter.push(tasks, silent) == (0, 20)
    assert _pair_ids(server, "twins") == sorted(tasks["pair_id"].to_pylist())
    assert twins[0]["id"] in {task["id"] for task in _tasks_of(admin, project, 100)}
    assert adapter.pull(None, silent).num_rows == 1


def test_a_legacy_token_works_where_it_is_allowed_and_is_refused_in_words_elsewhere(server):
    admin, legacy = server.admin(), server.logged_in("admin").get("/api/current-user/token")
    connection = Connection(server.connection.url, legacy.json()["token"])
    ours = LabelStudio(connection, RECIPE, ("annotator_1",))
    with pytest.raises(InputError, match="refuses the legacy token") as refused:
        ours.state()
    assert connection.token not in str(refused.value) + repr(connection)
    switch = {"api_tokens_enabled": True, "api_token_ttl_days": 90}
    admin.post("/api/jwt/settings", {**switch, "legacy_api_tokens_enabled": True})
    assert ours.state() == server.adapter(RECIPE).state()
    admin.post("/api/jwt/settings", {**switch, "legacy_api_tokens_enabled": False})


def test_a_forged_personal_token_is_refused_and_never_shown(server):
    forged = server.connection.token[:-6] + "AAAAAA"
    with pytest.raises(InputError, match="refuses the personal access token") as refused:
        LabelStudio(Connection(server.connection.url, forged), RECIPE, ()).state()
    assert forged not in str(refused.value)


def test_tasks_for_strangers_are_refused(server, make_tasks):
    with pytest.raises(InputError, match="annotator_2"):
        LabelStudio(server.connection, RECIPE, ("annotator_1",)).push(make_tasks(2), silent)


def test_secrets_lie_in_two_private_files_and_nowhere_else(server, reviewed, capfd):
    secrets = [account["password"] for account in server.accounts.values()]
    secrets.append(server.connection.token)
    printed = server.start()  # starting what runs changes nothing
    log = (server.folder / "server.log").read_text(encoding="utf-8", errors="replace")
    table = str(reviewed.pull(None, silent).to_pylist())
    for secret in secrets:
        assert secret not in log
        assert secret not in printed
        assert secret not in table
    for name in ("accounts.yaml", "connection.env"):
        assert (server.folder / name).stat().st_mode & 0o077 == 0
    invitation = server.admin().get("/api/invite")["token"]
    assert invitation not in log


def test_a_restart_keeps_accounts_token_tasks_and_reviews(server, reviewed):
    before = (server.accounts, server.connection, reviewed.state(), reviewed.pull(None, silent))
    server.stop()
    with pytest.raises(SourceUnavailable, match="does not answer"):
        reviewed.state()
    server.start()
    after = (server.accounts, server.connection, reviewed.state(), reviewed.pull(None, silent))
    assert after == before


def _note(what, words, began):
    print(f"[{what}] {words}: {time.monotonic() - began:.1f} s")  # noqa: T201 - figures


def _project_id(client, title):
    found = client.get("/api/projects/", title=title, page_size=100)["results"]
    return next(project["id"] for project in found if project["title"] == title)


def _tasks_of(client, project_id, count, fields="task_only"):
    answer = client.get("/api/tasks", project=project_id, page_size=count, fields=fields)
    return answer["tasks"]


def _task_counts(server):
    admin = server.admin()
    ids = {name: _project_id(admin, f"{RECIPE}: {name}") for name in ("annotator_1", "annotator_2")}
    return {
        name: admin.get("/api/tasks", project=number, page_size=1)["total"]
        for name, number in ids.items()
    }


def _pair_ids(server, recipe):
    admin, found = server.admin(), []
    for name in ("annotator_1", "annotator_2"):
        tasks = _tasks_of(admin, _project_id(admin, f"{recipe}: {name}"), 5000)
        found += [task["data"]["pair_id"] for task in tasks]
    return sorted(found)


def _answer(task):
    """Every fourth pair is partial and mended; the texts come back as Label Studio stores them."""
    is_partial = task["data"]["queue_position"] % 4 == 0
    source = task["data"]["source_text"]
    return [
        _choice("verdict", "P" if is_partial else "CC"),
        *([] if is_partial else [_choice("meaning", "5")]),
        _text("source", source.replace("bar.", "bar eken.") if is_partial else f" {source}\n"),
        _text("target", task["data"]["target_text"]),
    ]


def _choice(field, code):
    value = {"choices": [code]}
    return {"from_name": field, "to_name": "source", "type": "choices", "value": value}


def _text(side, text):
    value = {"text": [text]}
    return {"from_name": f"{side}_edit", "to_name": side, "type": "textarea", "value": value}
