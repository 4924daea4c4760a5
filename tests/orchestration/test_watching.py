import dagster as dg
import pytest

from pipeline.annotation.file_source import write_reviews
from pipeline.textbooks.inbox import inbox_state
from sensors.watching import build_inbox_sensor, build_review_sensor, build_sensors

REVIEW = {
    "pair_id": "a" * 24,
    "annotator": "annotator_1",
    "verdict": "CC",
    "updated_at": "2026-11-03T10:00:00Z",
}


@pytest.fixture
def recipe(place, monkeypatch):
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "")
    reviews = place.folder / "reviews"
    reviews.mkdir()
    return place.recipe(annotation={"reviews": str(reviews)})


def look_at_inbox(recipe, cursor=None):
    context = dg.build_sensor_context(cursor=cursor)
    return build_inbox_sensor(recipe, recipe.inbox)(context), context.cursor


def look_at_reviews(recipe, cursor=None):
    context = dg.build_sensor_context(cursor=cursor)
    return build_review_sensor(recipe)(context), context.cursor


def test_the_sensor_asks_for_a_run_when_a_book_appears(recipe, place):
    empty, cursor = look_at_inbox(recipe)
    assert isinstance(empty, dg.RunRequest)
    (place.inbox / "reader.pdf").write_bytes(b"%PDF-1.7")
    request, later = look_at_inbox(recipe, cursor)
    assert isinstance(request, dg.RunRequest)
    assert later != cursor


def test_a_book_that_is_taken_out_and_put_in_again_is_asked_for_each_time(recipe, place):
    """Dagster runs a run key once for ever, and the inbox is then as it was before."""
    book = place.inbox / "reader.pdf"
    book.write_bytes(b"%PDF-1.7")
    _, cursor = look_at_inbox(recipe)
    first = cursor
    for move in (lambda: book.rename(place.folder / "out.pdf"),
                 lambda: (place.folder / "out.pdf").rename(book)):  # fmt: skip
        move()
        request, cursor = look_at_inbox(recipe, cursor)
        assert isinstance(request, dg.RunRequest)
        assert request.run_key is None
    assert cursor == first


def test_the_sensor_skips_an_unchanged_inbox(recipe):
    _, cursor = look_at_inbox(recipe)
    skip, same = look_at_inbox(recipe, cursor)
    assert isinstance(skip, dg.SkipReason)
    assert same == cursor


def test_the_sensor_skips_and_keeps_its_cursor_when_the_inbox_is_gone(recipe, place):
    _, cursor = look_at_inbox(recipe)
    place.inbox.rmdir()
    skip, same = look_at_inbox(recipe, cursor)
    assert "is not a folder" in skip.skip_message
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


def test_the_sensor_asks_for_a_run_when_somebody_reviewed_a_pair(recipe):
    _, cursor = look_at_reviews(recipe)
    skip, _ = look_at_reviews(recipe, cursor)
    assert isinstance(skip, dg.SkipReason)
    write_reviews(recipe.annotation.reviews / "today.jsonl", [REVIEW])
    request, later = look_at_reviews(recipe, cursor)
    assert isinstance(request, dg.RunRequest)
    assert later != cursor


def test_the_sensor_asks_for_a_run_when_somebody_reviewed_a_triplet(recipe, place):
    synthesis = {"strategies": ["in_context"]}
    writing = place.recipe(annotation=recipe.annotation.model_dump(), synthesis=synthesis)
    folder = recipe.annotation.reviews / "triplets"
    folder.mkdir()
    cursors = [look_at_reviews(one)[1] for one in (recipe, writing)]
    (folder / "today.jsonl").write_text("{}\n", encoding="utf-8")
    without, with_triplets = (
        look_at_reviews(one, cursor)[0]
        for one, cursor in zip((recipe, writing), cursors, strict=True)
    )
    assert isinstance(without, dg.SkipReason)
    assert isinstance(with_triplets, dg.RunRequest)


def test_the_sensor_skips_with_a_sentence_when_the_reviews_are_gone(recipe):
    _, cursor = look_at_reviews(recipe)
    recipe.annotation.reviews.rmdir()
    skip, same = look_at_reviews(recipe, cursor)
    assert "no folder of reviews" in skip.skip_message
    assert same == cursor


def test_the_sensor_skips_with_a_sentence_when_label_studio_does_not_answer(recipe, monkeypatch):
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_TOKEN", "unused")
    skip, same = look_at_reviews(recipe, "before")
    assert "127.0.0.1:9" in skip.skip_message
    assert same == "before"


def test_a_recipe_without_an_inbox_watches_all_the_rest(place):
    with_inbox = {sensor.name for sensor in build_sensors(place.recipe())}
    without = {sensor.name for sensor in build_sensors(place.recipe(inbox=None))}
    assert with_inbox - without == {"textbook_inbox_sensor"}
    assert without == {"review_sensor", "release_sensor", "failure_alerts"}
