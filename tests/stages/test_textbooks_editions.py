import dataclasses

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.parameters import TextbookParams
from pipeline.tables import TEXTBOOK_PAGES
from pipeline.textbooks import editions
from pipeline.textbooks.editions import (
    edition_facts,
    edition_hashes,
    read_edition,
)
from pipeline.textbooks.inbox import find_edition

PARAMS = TextbookParams()
SIDECAR = {
    "title": "Düýe",
    "book": "camel",
    "language": "tuk_Latn",
    "edition": "2",
    "licence": "CC0",
    "origin": "written for this test",
}


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "camel.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "camel.yaml").write_text(yaml.safe_dump(SIDECAR, allow_unicode=True), "utf-8")
    (tmp_path / "lonely.pdf").write_bytes(b"%PDF-1.4")
    return tmp_path


def test_an_edition_is_found_by_its_key(inbox):
    assert find_edition(inbox, "camel").title == "Düýe"


def test_a_key_that_is_not_in_the_inbox_is_told_with_the_files_to_add(inbox):
    with pytest.raises(InputError, match=r"put horse\.pdf and horse\.yaml there"):
        find_edition(inbox, "horse")


def test_an_edition_with_a_problem_is_one_rejected_page_that_tells_it(inbox):
    edition = find_edition(inbox, "lonely")
    pages = read_edition(edition, PARAMS)
    assert pages.schema == TEXTBOOK_PAGES
    (page,) = pages.to_pylist()
    assert (page["document_key"], page["page_number"]) == ("textbooks/lonely", 0)
    assert "lonely.yaml" in page["reject_reason"]
    assert (page["method"], page["text"], page["words"]) == ("none", "", [])


def test_an_edition_without_a_problem_is_read_in_its_language_and_heard_of(inbox, monkeypatch):
    asked = []

    def stand_in(*arguments, progress):
        asked.extend(arguments)
        progress(1, 1, "a page")
        return TEXTBOOK_PAGES.empty_table()

    heard = []
    monkeypatch.setattr(editions, "read_pages", stand_in)
    read_edition(find_edition(inbox, "camel"), PARAMS, lambda *said: heard.append(said))
    assert asked == [inbox / "camel.pdf", "tuk_Latn", "textbooks/camel", PARAMS]
    assert heard == [(1, 1, "a page")]


def test_the_facts_are_those_of_the_sidecar(inbox):
    assert edition_facts(find_edition(inbox, "camel")) == SIDECAR


@pytest.mark.parametrize(
    "changes",
    [
        {"pdf_sha256": "0" * 64},
        {"problem": "torn"},
        *({name: "changed"} for name in SIDECAR),
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_changes_in_an_edition_changes_its_hashes(inbox, changes):
    edition = find_edition(inbox, "camel")
    assert edition_hashes(dataclasses.replace(edition, **changes)) != edition_hashes(edition)


def test_where_an_edition_lies_does_not_change_its_hashes(inbox):
    edition = find_edition(inbox, "camel")
    moved = dataclasses.replace(edition, pdf=inbox / "elsewhere" / "camel.pdf")
    assert edition_hashes(moved) == edition_hashes(edition)
