import json

import pytest

from pipeline.annotation.file_source import FileReviews, NoReviews, write_reviews
from pipeline.annotation.sources import ReviewSource
from pipeline.errors import InputError
from pipeline.progress import silent
from pipeline.tables import REVIEWS, identify

BY_ID = {
    "pair_id": "p1",
    "annotator": "annotator_1",
    "verdict": "P",
    "meaning": 4,
    "target_edit": "Вода.",
    "updated_at": "2026-03-01T12:00:00+05:00",
}
BY_TEXT = {
    "source_language": "tuk_Latn",
    "target_language": "rus_Cyrl",
    "source_text": "  Suw “gymmat”. ",
    "target_text": "Вода дорога.",
    "annotator": "annotator_2",
    "verdict": "CC",
    "updated_at": "2026-03-01T12:00:00Z",
}


def pull(folder):
    source: ReviewSource = FileReviews(folder)
    table = source.pull(None, silent)
    assert table.schema == REVIEWS
    return table.to_pylist()


def write(folder, *lines, name="reviews.jsonl"):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / name).write_text("\n".join(texts) + "\n", encoding="utf-8")


def test_a_review_names_its_pair_by_id_or_by_its_texts(tmp_path):
    write(tmp_path, BY_ID, "", BY_TEXT)
    rows = {row["annotator"]: row for row in pull(tmp_path)}
    assert rows["annotator_1"]["pair_id"] == "p1"
    assert rows["annotator_1"]["updated_at"].isoformat() == "2026-03-01T07:00:00+00:00"
    assert (rows["annotator_1"]["meaning"], rows["annotator_1"]["target_edit"]) == (4, "Вода.")
    expected = identify("tuk_Latn", 'Suw "gymmat".', "rus_Cyrl", "Вода дорога.")
    assert rows["annotator_2"]["pair_id"] == expected
    assert rows["annotator_2"]["source_text"] == 'Suw "gymmat".'


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{broken", "Invalid JSON"),
        ("[" * 100_000, "Invalid JSON"),
        ("[]", "object"),
        (BY_ID | {"verdict": "GOOD"}, "'GOOD' is none of CC"),
        (BY_ID | {"meaning": 6}, "meaning"),
        (BY_ID | {"annotator": ""}, "annotator"),
        (BY_ID | {"updated_at": "2026-03-01T12:00:00"}, "timezone"),
        (BY_ID | {"pair_id": None}, "pair_id is missing"),
        (BY_ID | {"comment": "?"}, "comment"),
        (BY_TEXT | {"source_language": "xyz"}, "xyz"),
        (BY_TEXT | {"target_text": ""}, "pair_id is missing"),
    ],
)
def test_a_bad_line_is_a_rejected_row_that_names_its_place(tmp_path, line, words):
    write(tmp_path, BY_TEXT, line, name="two.jsonl")
    good, bad = sorted(pull(tmp_path), key=lambda row: row["reject_reason"] is not None)
    assert good["reject_reason"] is None
    assert bad["reject_reason"].startswith("two.jsonl, line 2: ")
    assert words in bad["reject_reason"]


def test_a_line_given_twice_is_one_review(tmp_path):
    write(tmp_path, BY_ID, name="a.jsonl")
    write(tmp_path, BY_ID, name="b.jsonl")
    assert len(pull(tmp_path)) == 1


def test_the_state_changes_with_any_file_and_only_then(tmp_path):
    source = FileReviews(tmp_path)
    states = [source.state()]
    write(tmp_path, BY_ID)
    states.append(source.state())
    write(tmp_path, BY_ID, BY_TEXT)
    states.append(source.state())
    (tmp_path / "README.md").write_text("not a review")
    assert len(set(states)) == 3
    assert source.state() == states[-1]


def test_written_reviews_are_read_again(tmp_path):
    write_reviews(tmp_path / "x.jsonl", [BY_ID, BY_TEXT])
    rows = pull(tmp_path)
    assert {row["verdict"] for row in rows} == {"P", "CC"}
    assert all(row["reject_reason"] is None for row in rows)
    with pytest.raises(InputError, match="review 1"):
        write_reviews(tmp_path / "y.jsonl", [BY_ID | {"verdict": "?"}])


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="no folder of reviews"):
        FileReviews(tmp_path / "gone").pull(None, silent)


def test_where_nobody_reviews_there_is_an_empty_table():
    source: ReviewSource = NoReviews()
    assert source.pull(None, silent).equals(REVIEWS.empty_table())
    assert source.state() == NoReviews().state()
