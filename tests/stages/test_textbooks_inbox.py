import hashlib

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.textbooks.inbox import scan_inbox

SIDECAR = {
    "title": "Biziň dünýämiz",
    "book": "our_world",
    "language": "tuk_Latn",
    "edition": 2,
    "licence": "Apache-2.0",
    "origin": "written for this test",
}


def write_edition(folder, stem, content=b"%PDF-1.4", **changes):
    sidecar = {key: value for key, value in (SIDECAR | changes).items() if value is not None}
    (folder / f"{stem}.yaml").write_text(yaml.safe_dump(sidecar, allow_unicode=True), "utf-8")
    if content is not None:
        (folder / f"{stem}.pdf").write_bytes(content)


def test_an_edition_carries_its_sidecar_and_the_hash_of_its_pdf(tmp_path):
    write_edition(tmp_path, "our_world.tuk_Latn", b"some bytes")
    (edition,) = scan_inbox(tmp_path)
    assert edition.problem is None
    assert edition.document_key == "textbooks/our_world.tuk_Latn"
    assert edition.pdf_sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert (edition.title, edition.book, edition.language) == (
        "Biziň dünýämiz",
        "our_world",
        "tuk_Latn",
    )
    assert (edition.edition, edition.licence, edition.origin) == (
        "2",
        "Apache-2.0",
        "written for this test",
    )


def test_a_sidecar_may_tell_what_pairs_a_book_with_those_of_other_names(tmp_path):
    write_edition(tmp_path, "a", isbn="978-0-306-40615-7", grade=7, subject="algebra")
    write_edition(tmp_path, "b")
    told, silent = scan_inbox(tmp_path)
    assert (told.isbn, told.grade, told.subject) == ("978-0-306-40615-7", "7", "algebra")
    assert (silent.problem, silent.isbn, silent.grade, silent.subject) == (None, "", "", "")


def test_editions_are_ordered_by_key_and_other_files_are_left_alone(tmp_path):
    for stem in ("b", "a", "c"):
        write_edition(tmp_path, stem)
    (tmp_path / "notes.txt").write_text("not a book")
    (tmp_path / "folder.pdf").mkdir()
    assert [edition.key for edition in scan_inbox(tmp_path)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"language": "tkm_Latn"}, "tkm_Latn"),
        ({"lisence": "MIT"}, "unknown key lisence"),
        ({"licence": None}, "lacks a value for licence"),
        ({"title": ["a", "list"]}, "lacks a value for title"),
    ],
)
def test_an_invalid_sidecar_is_a_problem_of_its_edition_alone(tmp_path, changes, told):
    write_edition(tmp_path, "good")
    write_edition(tmp_path, "wrong", **changes)
    good, wrong = scan_inbox(tmp_path)
    assert good.problem is None
    assert told in wrong.problem
    assert "wrong.yaml" in wrong.problem


@pytest.mark.parametrize("content", ["title: [unclosed", "just a sentence", "", "\x00"])
def test_a_sidecar_that_is_no_mapping_is_a_problem(tmp_path, content):
    (tmp_path / "book.pdf").write_bytes(b"%PDF")
    (tmp_path / "book.yaml").write_text(content)
    (edition,) = scan_inbox(tmp_path)
    assert "book.yaml" in edition.problem


def test_a_pdf_and_a_sidecar_that_miss_one_another_are_both_listed(tmp_path):
    (tmp_path / "lonely.pdf").write_bytes(b"%PDF")
    write_edition(tmp_path, "promised", content=None)
    lonely, promised = scan_inbox(tmp_path)
    assert "lonely.yaml" in lonely.problem
    assert lonely.pdf_sha256
    assert "promised.pdf" in promised.problem
    assert promised.pdf_sha256 == ""
    assert promised.book == "our_world"


def test_a_missing_inbox_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        scan_inbox(tmp_path / "nowhere")
