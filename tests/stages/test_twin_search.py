"""Pairing by what documents say, through `pair_documents`, with meanings in place of a model."""

import datetime as dt
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.documents.contradictions import COPY, LENGTHS, NUMBERS, SAME_TEXT, STRANGERS
from pipeline.alignment.documents.metadata_rules import SAME_BOOK, SAME_ID, SAME_ISBN
from pipeline.alignment.documents.pairing import Contents, lone_documents, pair_documents
from pipeline.alignment.documents.twin_search import (
    DOCUMENT_VECTORS,
    SAME_GRADE,
    SHARED_FACTS,
    TAKEN,
    UNSURE,
)
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.errors import InputError
from pipeline.parameters import PairingParams
from pipeline.tables import DOCUMENT_PAIRS, DOCUMENTS, TEXTBOOK_SENTENCES, as_table, distinct_texts

CODES = {"tk": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"}
SUBJECTS = ("library", "bridge", "chess", "cotton", "melon", "frost", "carpet", "horse")
DAY = dt.date(2026, 10, 15)


class MeaningEncoder:
    """A text is `<language>: <meaning> ...`; translations lie close to one another."""

    fingerprint, dimension = "meaning", 4096  # unrelated texts are all about equally unlike

    def encode(self, texts, *, language, role="query"):
        del language, role
        return np.stack([self._vector(text) for text in texts]).astype(np.float32)

    def _vector(self, text):
        meaning = text.partition(": ")[2].partition(" |")[0]
        vector = self._random(meaning) + 0.5 * self._random(text)
        return vector / np.linalg.norm(vector)

    def _random(self, text):
        return np.random.default_rng(crc32(text.encode())).normal(size=self.dimension)


def story(subject, count=5):
    """Meanings of a document's sentences."""
    return [f"{subject} {number}" for number in range(count)]


def document(key, meanings, **changes):
    """Its key starts with its language; what a sentence adds to its meaning follows a bar."""
    language = key[:2]
    texts = [one if ": " in one else f"{language}: {one} | {'x' * 20}" for one in meanings]
    row = dict.fromkeys(DOCUMENTS.names) | {
        "document_key": key,
        "source_kind": "news",
        "language": CODES[language],
        "alternate_urls": [],
    }
    return row | changes, texts


def stories(*keys_and_subjects, **changes):
    """Several documents, from texts such as `tk1 library`."""
    pairs = [one.split() for one in keys_and_subjects]
    return [document(key, story(subject), **changes) for key, subject in pairs]


def everyone(*, but=()):
    """One story of every subject in Turkmen and Russian."""
    names = [f"{code}_{s} {s}" for s in SUBJECTS for code in ("tk", "ru")]
    return stories(*(name for name in names if name.split()[0] not in but))


def table_of(texts, code, kinds):
    rows = [
        {"sentence_number": number, "language": code, "text": text, "kind": kind}
        for number, (text, kind) in enumerate(zip(texts, kinds, strict=True))
    ]
    return as_table(rows, TEXTBOOK_SENTENCES)


def found(documents, pivots=("rus_Cyrl",), *, headings=(), **params):
    tables = {
        row["document_key"]: table_of(
            texts,
            row["language"],
            ["heading" if row["document_key"] in headings else "paragraph"] * len(texts),
        )
        for row, texts in documents
    }
    vectors = Vectors.from_table(embed_texts(MeaningEncoder(), distinct_texts(tables.values())))
    rows = as_table([row for row, _ in documents], DOCUMENTS)
    contents = Contents(tables, vectors)
    table = pair_documents(rows, CODES["tk"], pivots, contents, PairingParams(**params))
    assert table.schema.equals(DOCUMENT_PAIRS)
    return table.to_pylist()


def twins(documents, pivots=("rus_Cyrl",), **options):
    """(source, target, rule) of the pairs that are kept."""
    return [
        (row["source_document"], row["target_document"], row["rule"])
        for row in found(documents, pivots, **options)
        if row["reject_reason"] is None
    ]


def reasons(documents, **options):
    """The first words of the reasons against the others, by their documents."""
    return {
        (row["source_document"], row["target_document"]): row["reject_reason"].partition(":")[0]
        for row in found(documents, **options)
        if row["reject_reason"]
    }


def test_documents_that_say_the_same_are_paired_and_scored():
    rows = found(everyone())
    kept = [row for row in rows if row["reject_reason"] is None]
    assert [(row["source_document"], row["target_document"]) for row in kept] == [
        (f"tk_{subject}", f"ru_{subject}") for subject in sorted(SUBJECTS)
    ]
    assert {row["rule"] for row in kept} == {DOCUMENT_VECTORS}
    assert all(0.3 < row["score"] <= 1 for row in kept)


def test_a_document_without_a_twin_is_left_with_its_best_candidate_and_the_reason():
    lonely = everyone(but=["ru_library"])
    assert "tk_library" not in [source for source, *_ in twins(lonely)]
    ((documents, reason),) = reasons(lonely).items()
    assert documents[0] == "tk_library"
    assert reason in {UNSURE, TAKEN}


@settings(max_examples=10, deadline=None)
@given(st.sets(st.sampled_from([f"{c}_{s}" for s in SUBJECTS for c in ("tk", "ru")])), st.randoms())
def test_whoever_is_missing_and_whatever_the_order_no_document_has_two_twins(missing, random):
    documents = everyone(but=missing)
    pairs = twins(documents)
    for side in (0, 1):
        keys = [pair[side] for pair in pairs]
        assert len(set(keys)) == len(keys)
    assert all(source[3:] == target[3:] for source, target, _ in pairs)
    assert twins(random.sample(documents, len(documents))) == pairs


def test_one_sentence_in_another_order_prefers_the_twin_in_its_own():
    parts = ["a", "b", "c", "d", "e", "f"]
    documents = [*everyone(), document("tk", parts), document("ru1", parts[::-1])]
    documents.append(document("ru2", parts))
    assert ("tk", "ru2", DOCUMENT_VECTORS) in twins(documents)


def test_articles_of_far_days_are_no_twins_and_those_of_near_days_are():
    others = everyone()
    late = document("tk1", story("opera"), published_on=DAY)
    for days, are_twins in ((0, True), (1, True), (2, False), (-1, True), (-9, False)):
        early = document("ru1", story("opera"), published_on=DAY + dt.timedelta(days))
        assert (("tk1", "ru1", DOCUMENT_VECTORS) in twins([*others, late, early])) == are_twins


def test_articles_of_one_day_with_the_same_rare_facts_are_paired_before_vectors_are_asked():
    facts = ["t: one | 415 | Ol Öwezowa", "t: two | 1879", "t: three | Bu Çynarly"]
    translated = ["r: one | 415 | Это Овезова", "r: two | 1879", "r: three | Это Чинарлы"]
    pair = [
        document("tk1", facts, published_on=DAY),
        document("ru1", translated, published_on=DAY),
    ]
    assert ("tk1", "ru1", SHARED_FACTS) in twins([*everyone(), *pair])


def book(key, meanings, **facts):
    return document(key, meanings, source_kind="textbooks", **facts)


def test_books_of_one_grade_and_subject_are_paired_by_the_numbers_of_their_lessons():
    shelf = {"grade": "7", "subject": "algebra"}
    lessons = [f"§ {n} lesson {n}" for n in range(1, 9)]
    books = [
        book("tk1", lessons, **shelf),
        book("ru1", lessons[::-1], **shelf),
        book("ru2", lessons, **shelf | {"subject": "Algebra"}),
        book("ru3", lessons, grade="7", subject="geometry"),
    ]
    headings = {row["document_key"] for row, _ in books}
    assert twins([*everyone(), *books], headings=headings)[0] == ("tk1", "ru2", SAME_GRADE)


def test_books_of_different_grades_are_never_compared():
    texts = story("algebra", 8)
    apart = [book("tk1", texts, grade="7"), book("ru1", texts, grade="8")]
    assert twins(apart) == []
    assert twins([apart[0], book("ru1", texts)]) == [("tk1", "ru1", DOCUMENT_VECTORS)]


def test_books_share_an_isbn_that_only_their_imprint_tells():
    isbn = ["x: isbn | ISBN 978-0-306-40615-7"]
    books = [book("tk1", [*story("a"), *isbn]), book("ru1", [*isbn, *story("a")])]
    assert twins(books) == [("tk1", "ru1", SAME_ISBN)]


def test_a_text_that_is_the_same_in_both_languages_is_no_translation():
    fallback = [f"tk: library {n} | some words" for n in range(5)]
    documents = [
        *everyone(),
        document("tk1", fallback, article_id="n/1"),
        document("ru1", fallback, article_id="n/1"),
    ]
    assert reasons(documents)["tk1", "ru1"] == SAME_TEXT
    nameless = [(row | {"article_id": None}, texts) for row, texts in documents]
    assert reasons(nameless)["tk1", "ru1"] == SAME_TEXT


def test_twins_of_far_too_different_lengths_are_rejected():
    documents = [
        document("tk1", story("library", 1), article_id="n/1"),
        document("ru1", story("library", 9), article_id="n/1"),
    ]
    assert reasons(documents) == {("tk1", "ru1"): LENGTHS}
    assert twins(documents, min_length_ratio=0.1) == [("tk1", "ru1", SAME_ID)]


def test_twins_whose_many_numbers_differ_are_rejected():
    def telling(key, first):
        meanings = [f"{key[:2]}: library {n} | {first + n}" for n in range(5)]
        return document(key, meanings, article_id="n/1")

    assert reasons([telling("tk1", 100), telling("ru1", 200)]) == {("tk1", "ru1"): NUMBERS}
    assert twins([telling("tk1", 100), telling("ru1", 102)]) == [("tk1", "ru1", SAME_ID)]
    few = [document(f"{code}1", [f"{code}: library | 1{code == 'tk':d}0"]) for code in ("tk", "ru")]
    assert reasons([(row | {"article_id": "n/1"}, texts) for row, texts in few]) == {}


def test_twins_by_number_that_are_strangers_give_way_to_those_that_say_the_same():
    documents = everyone()
    wrong = {f"tk_{s}": f"n/{n}" for n, s in enumerate(SUBJECTS)}
    wrong |= {f"ru_{s}": f"n/{(n + 1) % len(SUBJECTS)}" for n, s in enumerate(SUBJECTS)}
    numbered = [
        (row | {"article_id": wrong[row["document_key"]]}, texts) for row, texts in documents
    ]
    assert set(reasons(numbered).values()) == {STRANGERS}
    assert twins(numbered) == twins(documents)


def test_a_text_that_stands_for_two_documents_belongs_to_the_one_that_it_translates():
    other = [*story("library", 2), *(f"reading {number}" for number in range(3))]
    documents = [
        *everyone(but=["tk_library", "ru_library"]),
        document("tk60", story("library"), article_id="n/60"),
        document("ru60", story("library"), article_id="n/60"),
        document("tk61", other, article_id="n/61"),
        document("ru61", story("library"), article_id="n/61"),
    ]
    assert ("tk60", "ru60", SAME_ID) in twins(documents)
    assert reasons(documents)["tk61", "ru61"] == COPY


def test_editions_of_a_book_are_paired_all_with_all():
    books = [
        book(key, story("algebra", 8), book="algebra7") for key in ("tk1", "tk2", "ru1", "ru2")
    ]
    assert [rule for *_, rule in twins(books)] == [SAME_BOOK] * 4


def test_every_language_is_searched_on_its_own():
    documents = [*everyone(), *stories("en_library library", "en_opera opera")]
    pairs = twins(documents, ("rus_Cyrl", "eng_Latn"))
    assert ("tk_library", "en_library", DOCUMENT_VECTORS) in pairs
    assert len(pairs) == len(SUBJECTS) + 1


def test_a_document_without_sentences_has_no_twin_but_by_what_it_says_of_itself():
    documents = [document("tk1", [], article_id="n/1"), document("ru1", [], article_id="n/1")]
    (row,) = found(documents)
    assert (row["rule"], row["score"], row["reject_reason"]) == (SAME_ID, None, None)


def test_the_lone_documents_are_those_without_a_twin_that_stands():
    documents = everyone(but=["ru_library", "tk_horse"])
    rows = as_table([row for row, _ in documents], DOCUMENTS)
    pairs = as_table(found(documents), DOCUMENT_PAIRS)
    assert lone_documents(rows, pairs, CODES["tk"], [CODES["ru"]]) == {
        "tuk_Latn-rus_Cyrl": {"count": 1, "first": ["tk_library"]},
        "rus_Cyrl-tuk_Latn": {"count": 1, "first": ["ru_horse"]},
    }


def test_a_sentence_without_a_vector_is_an_error():
    row, texts = document("tk1", story("library"))
    contents = Contents(
        {"tk1": table_of(texts, CODES["tk"], ["paragraph"] * 5)},
        Vectors(np.zeros((1, 4), np.float32), {}),
    )
    with pytest.raises(InputError, match="no vector for"):
        pair_documents(as_table([row], DOCUMENTS), CODES["tk"], [], contents)
