import dagster as dg
import pytest

from pipeline.recipe import Recipe
from sensors.watching import build_inbox_sensor, inbox_state


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "inbox").mkdir()
    return Recipe.model_validate(
        {
            "name": "trial",
            "title": "A trial",
            "focus": "tuk_Latn",
            "pivots": ["rus_Cyrl"],
            "inbox": str(tmp_path / "inbox"),
        }
    )


def tick(recipe, cursor=None):
    context = dg.build_sensor_context(cursor=cursor)
    return build_inbox_sensor(recipe)(context), context.cursor


def test_the_sensor_asks_for_a_run_when_a_book_appears(recipe):
    empty, cursor = tick(recipe)
    assert isinstance(empty, dg.RunRequest)
    (recipe.inbox / "reader.pdf").write_bytes(b"%PDF-1.7")
    request, later = tick(recipe, cursor)
    assert isinstance(request, dg.RunRequest)
    assert later == request.run_key != cursor


def test_the_sensor_skips_an_unchanged_inbox(recipe):
    _, cursor = tick(recipe)
    skip, same = tick(recipe, cursor)
    assert isinstance(skip, dg.SkipReason)
    assert same == cursor


def test_the_sensor_skips_and_keeps_its_cursor_when_the_inbox_is_gone(recipe):
    _, cursor = tick(recipe)
    recipe.inbox.rmdir()
    skip, same = tick(recipe, cursor)
    assert "not there" in skip.skip_message
    assert same == cursor


def test_inbox_state_ignores_what_is_not_a_book(tmp_path):
    before = inbox_state(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    assert inbox_state(tmp_path) == before


def test_inbox_state_sees_every_name_under_which_a_book_is_read(tmp_path):
    states = [inbox_state(tmp_path)]
    for name in ("reader.PDF", "reader.yml", "other.yaml"):
        (tmp_path / name).write_text("x")
        states.append(inbox_state(tmp_path))
    assert len(set(states)) == 4


def test_inbox_state_is_not_upset_by_a_link_that_points_nowhere(tmp_path):
    before = inbox_state(tmp_path)
    (tmp_path / "reader.pdf").symlink_to(tmp_path / "moved_away.pdf")
    assert inbox_state(tmp_path) == before
