from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.documents.catalogue import DocumentEntry, catalogue
from pipeline.tables import (
    DOCUMENTS,
    NEWS_ARTICLES,
    NEWS_SENTENCES,
    TEXTBOOK_SENTENCES,
    as_table,
    identify,
    newest_by_document,
)

FACTS = {"book": "camel", "language": "tuk_Latn", "title": "Düýe", "licence": "CC0"}
ON_PAPER = {
    "article_id": "",
    "shared_path": "",
    "url": "",
    "alternate_urls": [],
    "published_on": None,
    "lead_image": None,
    "isbn": None,
    "grade": None,
    "subject": None,
}


def entry(partition, **changes):
    return DocumentEntry("textbooks", partition, FACTS | changes, 7, "hash")


def article(key, **changes):
    return {
        "document_key": key,
        "site": "habar",
        "url": f"https://habar.example/{key}",
        "article_id": "12",
        "shared_path": "/suw/12",
        "language": "tuk_Latn",
        "alternate_urls": ["https://habar.example/ru/12"],
        "title": "Suw",
        "published_on": date(2026, 3, 1),
        "lead_image": "https://habar.example/media/suw.jpg",
        "paragraphs": ["Suw."],
        "licence": "unknown",
    } | changes


def day(*articles):
    return as_table(list(articles), NEWS_ARTICLES)


def sentences(key, texts, schema=NEWS_SENTENCES):
    rows = [
        {"document_key": key, "sentence_number": number, "text": text}
        for number, text in enumerate(texts)
    ]
    return as_table(rows, schema)


SENTENCES = {key: sentences(key, ["Suw", "Suw arassa."]) for key in ("news/a", "news/b")}


def test_what_helps_to_pair_a_book_is_listed_and_its_grade_read_from_its_title():
    stated = entry(
        "a", isbn="0-306-40615-2", grade="8", subject="algebra", title="Algebra 7-nji synp"
    )
    titled = entry("b", isbn="12", title="Algebra, 7-nji synp")
    rows = catalogue([stated, titled]).to_pylist()
    assert [(row["isbn"], row["grade"], row["subject"]) for row in rows] == [
        ("9780306406157", "8", "algebra"),
        (None, "7", None),
    ]


def test_an_article_of_a_table_without_pictures_has_none():
    table = day(article("news/a")).drop_columns(["lead_image"])
    (row,) = catalogue([], [table], SENTENCES).to_pylist()
    assert row["lead_image"] is None


def test_a_document_is_named_by_its_kind_and_partition_and_other_facts_are_left_out():
    (row,) = catalogue([entry("camel.tuk_Latn", origin="a shelf")]).to_pylist()
    assert row == FACTS | ON_PAPER | {
        "document_key": "textbooks/camel.tuk_Latn",
        "source_kind": "textbooks",
        "partition": "camel.tuk_Latn",
        "sentence_count": 7,
        "content_hash": "hash",
    }


def test_an_article_is_listed_with_its_address_its_number_and_a_hash_of_its_sentences():
    (row,) = catalogue([], [day(article("news/a"))], SENTENCES).to_pylist()
    assert row == {
        "document_key": "news/a",
        "source_kind": "news",
        "partition": "",
        "book": "",
        "article_id": "habar/12",
        "shared_path": "habar/suw/12",
        "language": "tuk_Latn",
        "title": "Suw",
        "url": "https://habar.example/news/a",
        "alternate_urls": ["https://habar.example/ru/12"],
        "published_on": date(2026, 3, 1),
        "lead_image": "https://habar.example/media/suw.jpg",
        "isbn": None,
        "grade": None,
        "subject": None,
        "licence": "unknown",
        "sentence_count": 2,
        "content_hash": identify("Suw", "Suw arassa."),
    }


@pytest.mark.parametrize("number", ["", None])
def test_an_article_without_a_number_or_other_languages_has_empty_facts(number):
    lone = article("news/a", article_id=number, alternate_urls=None)
    (row,) = catalogue([], [day(lone)], SENTENCES).to_pylist()
    assert (row["article_id"], row["alternate_urls"]) == ("", [])


def test_the_newest_version_of_an_article_stands_for_it():
    days = [
        day(article("news/a", title="köne"), article("news/b", title="köne")),
        day(),
        day(article("news/a", title="täze")),
    ]
    rows = catalogue([], days, SENTENCES).to_pylist()
    assert [(row["document_key"], row["title"]) for row in rows] == [
        ("news/a", "täze"),
        ("news/b", "köne"),
    ]


def test_an_article_whose_newest_version_is_rejected_or_has_no_sentences_is_left_out():
    days = [
        day(article("news/a"), article("news/b"), article("news/c")),
        day(article("news/a", reject_reason="fallback: rus_Cyrl text on a tuk_Latn page")),
    ]
    rows = catalogue([], days, SENTENCES).to_pylist()
    assert [row["document_key"] for row in rows] == ["news/b"]
    again = catalogue([], [*days, day(article("news/a"))], SENTENCES).to_pylist()
    assert [row["document_key"] for row in again] == ["news/a", "news/b"]


def test_the_hash_follows_the_order_of_the_sentences_and_not_of_the_rows():
    backwards = {"news/a": SENTENCES["news/a"].take([1, 0])}
    listed = [catalogue([], [day(article("news/a"))], one) for one in (SENTENCES, backwards)]
    assert listed[0].equals(listed[1])


@given(st.permutations(["b", "a", "c.tuk_Latn", "c.rus_Cyrl", "Z"]))
def test_the_catalogue_does_not_depend_on_the_order_of_its_entries(partitions):
    articles = [day(article("news/b"), article("news/a"))]
    table = catalogue((entry(partition) for partition in partitions), articles, SENTENCES)
    keys = table["document_key"].to_pylist()
    assert keys == sorted(keys)
    assert len(keys) == 7


def test_a_catalogue_of_nothing_is_an_empty_table():
    assert catalogue([]).equals(DOCUMENTS.empty_table())
    assert catalogue([], [day()], {}).equals(DOCUMENTS.empty_table())


def test_later_tables_override_the_documents_that_they_have():
    edition = sentences("textbooks/a", ["Düýe."], TEXTBOOK_SENTENCES)
    old = sentences("news/a", ["köne", "sözlem"])
    other = sentences("news/b", ["üýtgemedik"])
    new = sentences("news/a", ["täze"])
    first_day = as_table([*old.to_pylist(), *other.to_pylist()], NEWS_SENTENCES)
    found = newest_by_document([edition, first_day, NEWS_SENTENCES.empty_table(), new])
    assert list(found) == ["textbooks/a", "news/a", "news/b"]
    assert found["news/a"].equals(new)
    assert found["news/b"].equals(other)
    assert found["textbooks/a"].equals(edition)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=4))
def test_every_document_has_the_rows_of_the_last_table_that_names_it(tables):
    found = newest_by_document(
        as_table(
            [{"document_key": key, "text": f"{table} {row}"} for row, key in enumerate(keys)],
            NEWS_SENTENCES,
        )
        for table, keys in enumerate(tables)
    )
    last = {key: table for table, keys in enumerate(tables) for key in keys}
    assert {key: rows["text"].to_pylist() for key, rows in found.items()} == {
        key: [f"{table} {row}" for row, own in enumerate(tables[table]) if own == key]
        for key, table in last.items()
    }
