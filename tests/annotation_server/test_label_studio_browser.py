"""What an annotator sees and presses, in a real Chromium against a real Label Studio.

Screenshots land in `build/screenshots`, to be looked at.
"""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from pipeline.progress import silent
from pipeline.settings import project_root

SHOTS = project_root() / "build" / "screenshots"
DECISIONS = [  # keys pressed, verdict and meaning that must come back
    ("1 Shift+5", "CC", 5),
    ("2 Shift+4", "P", 4),
    ("3 Shift+2", "X", 2),
    ("4", "WL", None),
    ("5", "NL", None),
    ("6", "CB", None),
    ("7 Shift+3", "CS", 3),
    ("8", "OCR", None),
    ("3 1 Shift+1 Shift+5", "CC", 5),  # one changes one's mind
    ("1", "CC", None),
]
expect.set_options(timeout=60_000)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def browser():
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium here: `make test-label-studio` installs it"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def opened(request, server, browser, make_tasks):
    """The page of annotator_1 with a queue of the test's own; the adapter; the queue's rows."""
    recipe, tasks = request.function.__name__[5:25], make_tasks(24, crops=True)
    adapter = server.adapter(recipe)
    adapter.push(tasks, silent)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{server.connection.url}/user/login/")
    for field, value in server.accounts["annotator_1"].items():
        page.fill(f"input[name={field}]", value)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/user/login" not in url)
    project = server.admin().get("/api/projects/", title=f"{recipe}: annotator_1")["results"][0]
    page.goto(f"{server.connection.url}/projects/{project['id']}/data?labeling=1")
    yield page, adapter, [row for row in tasks.to_pylist() if row["annotator"] == "annotator_1"]
    page.close()


def test_ten_tasks_are_done_in_order_by_keyboard_alone(opened):
    page, adapter, queue = opened
    for row, (keys, _, _) in zip(queue, DECISIONS, strict=False):
        _wait_for_task(page, row)
        for key in keys.split():
            page.keyboard.press(key)
        if row is queue[0]:
            page.screenshot(path=SHOTS / "label_studio_task.png")
        page.keyboard.press("Control+Enter")
    _wait_for_task(page, queue[len(DECISIONS)])
    reviews = {row["pair_id"]: row for row in adapter.pull(None, silent).to_pylist()}
    assert len(reviews) == len(DECISIONS)
    for row, (_, verdict, meaning) in zip(queue, DECISIONS, strict=False):
        review = reviews[row["pair_id"]]
        assert (review["verdict"], review["meaning"]) == (verdict, meaning)
        assert (review["source_edit"], review["target_edit"]) == (None, None)
        assert (review["annotator"], review["reject_reason"]) == ("annotator_1", None)


def test_a_text_mended_by_keyboard_comes_back_as_an_edit(opened):
    page, adapter, queue = opened
    _wait_for_task(page, queue[0])
    page.keyboard.press("8")
    page.locator("textarea").first.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Mekdebiň howlusynda agaç köp.")
    page.screenshot(path=SHOTS / "label_studio_edit.png")
    page.keyboard.press("Shift+Enter")  # leaves the field, where Ctrl+Enter does nothing
    page.keyboard.press("Control+Enter")
    _wait_for_task(page, queue[1])
    (review,) = adapter.pull(None, silent).to_pylist()
    assert (review["pair_id"], review["verdict"]) == (queue[0]["pair_id"], "OCR")
    assert review["source_edit"] == "Mekdebiň howlusynda agaç köp."
    assert review["target_edit"] is None


def test_a_task_without_a_verdict_is_not_accepted(opened):
    page, adapter, queue = opened
    _wait_for_task(page, queue[0])
    page.keyboard.press("Shift+4")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("A verdict is needed")).to_be_visible()
    assert adapter.pull(None, silent).num_rows == 0


def _wait_for_task(page, row):
    expect(page.locator(".dutar .text").first).to_have_text(row["source_text"])
    expect(page.locator(".dutar .crop img, .dutar .crop canvas").first).to_be_visible()
