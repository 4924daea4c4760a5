from datetime import date
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.documents.contradictions import STRANGERS, contradiction
from pipeline.alignment.documents.metadata_rules import (
    HREFLANG,
    SAME_BOOK,
    SAME_ID,
    SAME_IMAGE,
    SAME_ISBN,
    SAME_PATH,
)
from pipeline.alignment.documents.pairing import pair_documents
from pipeline.parameters import PairingParams
from pipeline.tables import DOCUMENTS, as_table


def edition(key, language, book, **changes):
    facts = {"document_key": key, "book": book, "article_id": "", "language": language, "url": ""}
    return facts | changes


def test_editions_of_one_book_are_paired_focus_first():
    documents = as_table(
        [
            edition("b/ru", "rus_Cyrl", "b"),
            edition("b/tk", "tuk_Latn", "b"),
            edition("c/en", "eng_Latn", "c"),
            edition("c/ru", "rus_Cyrl", "c"),
            edition("c/tk", "tuk_Latn", "c"),
            edition("d/kk", "kaz_Cyrl", "b"),
            edition("none/tk", "tuk_Latn", ""),
            edition("none/ru", "rus_Cyrl", ""),
        ],
        DOCUMENTS,
    )
    pairs = pair_documents(documents, "tuk_Latn", ["rus_Cyrl", "eng_Latn"]).to_pylist()
    assert [(p["source_document"], p["target_document"], p["rule"]) for p in pairs] == [
        ("b/tk", "b/ru", SAME_BOOK),
        ("c/tk", "c/en", SAME_BOOK),
        ("c/tk", "c/ru", SAME_BOOK),
    ]


def test_books_with_one_isbn_are_paired_and_the_books_name_goes_first():
    isbn = {"isbn": "9780306406157"}
    assert paired(
        edition("tk", "tuk_Latn", "b", **isbn),
        edition("ru1", "rus_Cyrl", "", **isbn),
        edition("ru2", "rus_Cyrl", "b", **isbn),
        edition("ru3", "rus_Cyrl", ""),
    ) == [("tk", "ru1", SAME_ISBN), ("tk", "ru2", SAME_BOOK)]


def article(key, number="", alternates=(), **changes):
    """Of the site `n`; its key tells its language, its URL is its key."""
    codes = {"tk": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"}
    return {
        "document_key": key,
        "source_kind": "news",
        "book": "",
        "article_id": number,
        "language": codes[key[:2]],
        "url": key,
        "alternate_urls": list(alternates),
        "licence": "unknown",
    } | changes


def paired(*rows):
    pairs = pair_documents(as_table(list(rows), DOCUMENTS), "tuk_Latn", ["rus_Cyrl", "eng_Latn"])
    return [(p["source_document"], p["target_document"], p["rule"]) for p in pairs.to_pylist()]


def test_articles_are_paired_by_what_either_page_says_of_the_other():
    assert paired(
        article("tk1", alternates=["ru1", "elsewhere"]),
        article("ru1"),
        article("tk2"),
        article("ru2", alternates=["tk2"]),
        article("en2", alternates=["tk2", "ru2"]),
    ) == [("tk1", "ru1", HREFLANG), ("tk2", "en2", HREFLANG), ("tk2", "ru2", HREFLANG)]


def test_articles_with_one_number_are_paired_and_those_without_are_not():
    assert paired(
        article("tk1", "n/1"),
        article("ru1", "n/1"),
        article("en1", "n/1"),
        article("tk2", "n/2"),
        article("ru2", "m/2"),
        article("tk3", ""),
        article("ru3", ""),
    ) == [("tk1", "en1", SAME_ID), ("tk1", "ru1", SAME_ID)]


def test_a_link_wins_over_a_number_in_its_language_only():
    assert paired(
        article("tk1", "n/1", alternates=["ru9"]),
        article("ru1", "n/1"),
        article("ru9", "n/9"),
        article("en1", "n/1"),
    ) == [("tk1", "en1", SAME_ID), ("tk1", "ru9", HREFLANG)]


def test_a_pair_is_listed_once_with_its_first_rule():
    both = article("tk1", "n/1", ["ru1"]), article("ru1", "n/1", ["tk1"])
    assert paired(*both) == [("tk1", "ru1", HREFLANG)]
    books = [row | {"book": "b"} for row in both]
    assert paired(*books) == [("tk1", "ru1", SAME_BOOK)]


def test_of_several_counterparts_an_article_gets_one():
    same = [article(key, "n/1") for key in ("tk1", "tk2", "ru1", "ru2", "ru3")]
    assert paired(*same) == [("tk1", "ru1", SAME_ID), ("tk2", "ru2", SAME_ID)]
    claimed = [article(key, alternates=["ru1"]) for key in ("tk1", "tk2")]
    assert paired(*claimed, article("ru1")) == [("tk1", "ru1", HREFLANG)]
    assert paired(*claimed, article("ru1", alternates=["tk2"])) == [("tk2", "ru1", HREFLANG)]


def test_articles_of_one_day_with_one_picture_are_paired():
    shown = {"published_on": date(2026, 3, 1), "lead_image": "https://n.example/a.jpg"}
    assert paired(article("tk1", **shown), article("ru1", **shown)) == [("tk1", "ru1", SAME_IMAGE)]
    later = shown | {"published_on": date(2026, 3, 2)}
    assert paired(article("tk1", **shown), article("ru1", **later)) == []
    undated = shown | {"published_on": None}
    assert paired(article("tk1", **undated), article("ru1", **undated)) == []


def test_a_picture_that_several_articles_show_that_day_is_an_emblem():
    shown = {"published_on": date(2026, 3, 1), "lead_image": "https://n.example/logo.png"}
    assert paired(*(article(key, **shown) for key in ("tk1", "tk2", "ru1"))) == []
    assert paired(*(article(key, **shown) for key in ("tk1", "ru1", "ru2"))) == []


article_tables = st.lists(
    st.builds(
        article,
        st.sampled_from([f"{code}{n}" for code in ("tk", "ru", "en") for n in range(4)]),
        st.sampled_from(["", "n/1", "n/2"]),
        st.lists(st.sampled_from(["tk1", "tk2", "ru1", "ru2", "en1"]), max_size=2),
    ),
    max_size=12,
    unique_by=lambda row: row["document_key"],
)


@given(article_tables, st.randoms(use_true_random=False))
def test_an_article_has_at_most_one_counterpart_in_a_language_whatever_the_order(rows, random):
    pairs = paired(*rows)
    for side, other in ((0, 1), (1, 0)):
        seen = [(pair[side], pair[other][:2]) for pair in pairs]
        assert len(set(seen)) == len(seen)
    assert paired(*random.sample(rows, len(rows))) == pairs == sorted(pairs)


def test_a_shared_path_comes_after_a_number_and_before_a_picture():
    picture = {"lead_image": "p.jpg", "published_on": date(2026, 11, 3)}
    assert paired(
        article("tk1", "n/1", shared_path="n/a"),
        article("ru1", "n/1", shared_path="n/b"),
        article("ru2", shared_path="n/a"),
        article("tk3", shared_path="n/c", **picture),
        article("ru3", shared_path="n/c"),
        article("ru4", **picture),
        article("tk5", shared_path=""),
        article("ru5", shared_path=""),
    ) == [("tk1", "ru1", SAME_ID), ("tk3", "ru3", SAME_PATH)]


def test_another_edition_of_the_book_does_not_speak_against_a_twin():
    def profile(key, book, resemblances):
        return SimpleNamespace(
            key=key,
            row={"book": book, "isbn": ""},
            texts=[key],
            characters=100,
            facts={},
            resembles=lambda other: resemblances[other.key],
        )

    russian = profile("ru", "reader", {})
    for book, is_contradicted in (("reader", False), ("physics", True)):
        first = profile("tk1", book, {"ru": 0.9})
        second = profile("tk2", "reader", {"ru": 0.8})
        reason = contradiction(second, russian, [first, second], [russian], PairingParams())
        assert (reason is not None and reason.startswith(STRANGERS)) == is_contradicted
