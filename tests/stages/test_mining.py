import numpy as np
import pytest

from pipeline.alignment.mining.pairs import mine_pairs
from pipeline.alignment.mining.texts import Member, counterparts, searched_texts
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.errors import InputError
from pipeline.parameters import MiningParams
from pipeline.tables import (
    DOCUMENT_PAIRS,
    DOCUMENTS,
    MINED_PAIRS,
    NEWS_SENTENCES,
    TEXTBOOK_SENTENCES,
    as_table,
    identify,
)

LANGUAGES = ("eng_Latn", "rus_Cyrl")
PARAMS = MiningParams(min_characters=4, min_margin=1.1)


def unit(matrix):
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def test_only_distinct_long_texts_of_one_side_are_searched():
    source = [("first text", 0), ("tiny", 1), ("first text", 2), ("in both", 3), ("   a   ", 4)]
    target = [("in both", 0), ("other text", 1)]
    assert searched_texts(source, target, LANGUAGES, min_characters=5) == (
        {"first text": [Member("first text", 0)]},
        {"other text": [Member("other text", 1)]},
    )


def test_texts_that_differ_in_case_punctuation_or_numbers_are_searched_once():
    source = [("Article 5.", 0), ("A rule", 1), ("ARTICLE 16", 2), ("Article 5, 7", 3)]
    groups, _ = searched_texts(source, [], LANGUAGES, min_characters=1)
    assert groups == {
        "Article 5.": [
            Member("Article 5.", 0),
            Member("ARTICLE 16", 2),
            Member("Article 5, 7", 3),
        ],
        "A rule": [Member("A rule", 1)],
    }


def test_of_two_groups_the_first_members_with_the_same_numbers_are_paired():
    source = [Member("Article 5", 0), Member("Article 6", 1), Member("Article 7", 2)]
    target = [Member("Статья 7", 0), Member("Статья 6", 1)]
    assert counterparts(source, target) == (source[1], target[1])
    assert counterparts(source[:1], target) == (source[0], target[0])


def document(key, language):
    return {"document_key": key, "language": language}


def sentences(key, language, texts, schema=TEXTBOOK_SENTENCES):
    rows = [
        {
            "document_key": key,
            "sentence_number": number,
            "language": language,
            "text": text.removeprefix("!"),
            "reject_reason": "noise" if text.startswith("!") else None,
        }
        for number, text in enumerate(texts)
    ]
    return as_table(rows, schema)


DOCUMENT_TABLE = as_table(
    [
        document("textbooks/a", "tuk_Latn"),
        document("news/t/b", "tuk_Latn"),
        document("news/t/twin", "tuk_Latn"),
        document("textbooks/r", "rus_Cyrl"),
        document("news/t/ru_twin", "rus_Cyrl"),
        document("news/t/e", "eng_Latn"),
        document("news/t/k", "kaz_Cyrl"),
    ],
    DOCUMENTS,
)
TWINS = as_table(
    [
        {
            "source_document": "news/t/twin",
            "target_document": "news/t/ru_twin",
            "source_language": "tuk_Latn",
            "target_language": "rus_Cyrl",
        }
    ],
    DOCUMENT_PAIRS,
)
# a text's meaning is its first letter
TABLES = {
    "textbooks/a": sentences("textbooks/a", "tuk_Latn", ["a tk", "!b tk", "c tk", "d same"]),
    "news/t/b": sentences("news/t/b", "tuk_Latn", ["c tk", "x", "e tk"], NEWS_SENTENCES),
    "news/t/twin": sentences("news/t/twin", "tuk_Latn", ["f tk", "g tk"], NEWS_SENTENCES),
    "textbooks/r": sentences("textbooks/r", "rus_Cyrl", ["b ru", "c ru", "d same", "e ru", "f ru"]),
    "news/t/ru_twin": sentences("news/t/ru_twin", "rus_Cyrl", ["a ru", "g ru"], NEWS_SENTENCES),
    "news/t/e": sentences("news/t/e", "eng_Latn", ["g en", "a en", "z en"], NEWS_SENTENCES),
}


class FirstLetters:
    """Texts with the same first letter get close vectors, others almost orthogonal ones."""

    fingerprint = "first-letters"
    dimension = 26

    def encode(self, texts, *, language, role="query"):
        shift = {"tuk_Latn": 0.0, "rus_Cyrl": 0.1, "eng_Latn": 0.2}[language]
        return unit(np.eye(26)[[ord(text[0]) - ord("a") for text in texts]] + shift)


def vectors():
    texts = [
        (row["language"], row["text"])
        for table in TABLES.values()
        for row in table.to_pylist()
        if row["reject_reason"] is None
    ]
    return Vectors.from_table(embed_texts(FirstLetters(), texts))


def mined(pivots=("rus_Cyrl", "eng_Latn"), **changes):
    arguments = {"documents": DOCUMENT_TABLE, "document_pairs": TWINS, "params": PARAMS} | changes
    return mine_pairs(
        **arguments,
        sentences_by_document=TABLES,
        vectors=vectors(),
        focus="tuk_Latn",
        pivots=pivots,
    ).pairs


def test_documents_without_a_twin_in_a_pivot_are_mined_for_it():
    rows = mined().to_pylist()
    found = [(row["target_language"], row["source_text"], row["target_text"]) for row in rows]
    assert sorted(found) == [
        ("eng_Latn", "a tk", "a en"),
        ("eng_Latn", "g tk", "g en"),  # its twin is Russian
        ("rus_Cyrl", "c tk", "c ru"),
        ("rus_Cyrl", "e tk", "e ru"),
    ]
    assert [row["target_language"] for row in rows] == ["rus_Cyrl"] * 2 + ["eng_Latn"] * 2


def test_a_text_of_several_documents_belongs_to_the_first_by_key():
    row = next(row for row in mined().to_pylist() if row["source_text"] == "c tk")
    assert (row["source_document"], row["source_sentence"]) == ("news/t/b", 0)
    assert (row["target_document"], row["target_sentence"]) == ("textbooks/r", 1)
    assert row["pair_id"] == identify("tuk_Latn", "c tk", "rus_Cyrl", "c ru")
    assert 0.5 < row["cosine"] <= 1
    assert row["margin"] >= 1.1
    assert row["direction"] == "both"


def test_with_every_document_paired_nothing_is_mined():
    twins = TWINS.to_pylist()
    everyone = [
        twins[0] | {"source_document": source, "target_document": target}
        for source in ("textbooks/a", "news/t/b", "news/t/twin")
        for target in ("textbooks/r", "news/t/ru_twin")
    ]
    pairs = as_table(everyone, DOCUMENT_PAIRS)
    assert mined(["rus_Cyrl"], document_pairs=pairs).equals(MINED_PAIRS.empty_table())


def test_without_documents_nothing_is_mined():
    assert mined(documents=DOCUMENTS.empty_table()).equals(MINED_PAIRS.empty_table())


def test_a_higher_least_margin_only_takes_pairs_away():
    loose, strict = (
        mined(params=PARAMS.model_copy(update={"min_margin": least})).to_pylist()
        for least in (0.0, 1.1)
    )
    assert [row for row in loose if row["margin"] >= 1.1] == strict
    assert len(loose) > len(strict)


def test_a_kept_sentence_without_a_vector_is_an_error():
    with pytest.raises(InputError, match="no vector for"):
        mine_pairs(
            DOCUMENT_TABLE,
            TWINS,
            TABLES,
            Vectors(np.ones((1, 4)), {}),
            "tuk_Latn",
            ["rus_Cyrl"],
            PARAMS,
        )
