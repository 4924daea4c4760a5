"""What an annotator sees and presses, in a real Chromium against a real Label Studio.

Screenshots land in `build/screenshots`, to be looked at.
"""

import pytest
from playwright.sync_api import expect

from pipeline.progress import silent

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

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]


@pytest.fixture
def opened(request, server, open_project, make_tasks):
    """The page of annotator_1 with a queue of the test's own; the adapter; the queue's rows."""
    recipe, tasks = request.function.__name__[5:25], make_tasks(24, crops=True)
    adapter = server.adapter(recipe)
    adapter.push(tasks, silent)
    page = open_project(f"{recipe}: annotator_1")
    return page, adapter, [row for row in tasks.to_pylist() if row["annotator"] == "annotator_1"]


def test_ten_tasks_are_done_in_order_by_keyboard_alone(opened, shots):
    page, adapter, queue = opened
    for row, (keys, _, _) in zip(queue, DECISIONS, strict=False):
        _wait_for_task(page, row)
        for key in keys.split():
            page.keyboard.press(key)
        if row is queue[0]:
            page.screenshot(path=shots / "label_studio_task.png")
        page.keyboard.press("Control+Enter")
    _wait_for_task(page, queue[len(DECISIONS)])
    reviews = {row["pair_id"]: row for row in adapter.pull(None, silent).to_pylist()}
    assert len(reviews) == len(DECISIONS)
    for row, (_, verdict, meaning) in zip(queue, DECISIONS, strict=False):
        review = reviews[row["pair_id"]]
        assert (review["verdict"], review["meaning"]) == (verdict, meaning)
        assert (review["source_edit"], review["target_edit"]) == (None, None)
        assert (review["annotator"], review["reject_reason"]) == ("annotator_1", None)


def test_a_text_mended_by_keyboard_comes_back_as_an_edit(opened, shots):
    page, adapter, queue = opened
    _wait_for_task(page, queue[0])
    page.keyboard.press("8")
    page.locator("textarea").first.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Mekdebiň howlusynda agaç köp.")
    page.screenshot(path=shots / "label_studio_edit.png")
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
