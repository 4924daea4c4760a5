import json

import numpy as np
import pytest

from pipeline.alignment.commands.align import align_texts, read_lines
from pipeline.alignment.documents.pairing import pair_documents
from pipeline.alignment.scoring.evidence import length_ratio, number_agreement
from pipeline.alignment.scoring.pair_features import score_pairs
from pipeline.alignment.sentences.document_alignment import (
    FORGETFUL,
    NO_COUNTERPART,
    align_documents,
)
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.errors import InputError
from pipeline.parameters import AlignmentParams
from pipeline.tables import (
    ALIGNED_PAIRS,
    BITEXT_PAIRS,
    DOCUMENTS,
    MINED_PAIRS,
    NEWS_SENTENCES,
    TEXTBOOK_SENTENCES,
    as_table,
)

PARAMS = AlignmentParams()
TURKMEN = ["Kitap.", "Bu 3,5 kitap.", "Suw arassa."]
RUSSIAN = ["Книга.", "Это 3.5 книги.", "Лишнее слово.", "Вода чистая."]
MEANINGS = dict(zip([*TURKMEN, *RUSSIAN], [0, 1, 3, 0, 1, 4, 3], strict=True))


class MeaningEncoder:
    """Texts of one meaning get one vector; it counts what it was asked."""

    fingerprint = "meaning"
    dimension = 8

    def encode(self, texts, *, language, role="query"):
        del language, role
        return np.eye(8, dtype=np.float32)[[MEANINGS[text] for text in texts]]


class DictMemo(dict):
    """A memo in memory that counts what was found."""

    hits = 0

    def get(self, key):
        self.hits += key in self
        return super().get(key)

    def put(self, key, value):
        self[key] = value


def document(key, language, book="kitap"):
    return {
        "document_key": key,
        "source_kind": "textbooks",
        "partition": key,
        "book": book,
        "language": language,
        "licence": "CC0" if language == "tuk_Latn" else "MIT",
    }


def sentences(key, language, texts, rejected=()):
    rows = [
        {
            "document_key": key,
            "sentence_number": number,
            "language": language,
            "text": text,
            "section_number": number // 2,
            "page_number": number + 1,
            "box": {"x0": 1.0, "top": 2.0, "x1": 3.0, "bottom": 4.123},
            "confidence_fraction": 1 - number / 10,
            "reject_reason": "noise" if number in rejected else None,
        }
        for number, text in enumerate(texts)
    ]
    return as_table(rows, TEXTBOOK_SENTENCES)


DOCUMENT_TABLE = as_table([document("a/tk", "tuk_Latn"), document("a/ru", "rus_Cyrl")], DOCUMENTS)
TABLES = {
    "a/tk": sentences("a/tk", "tuk_Latn", [*TURKMEN, "gürrüň"], rejected={3}),
    "a/ru": sentences("a/ru", "rus_Cyrl", RUSSIAN),
}
TEXTS = [("tuk_Latn", t) for t in TURKMEN] + [("rus_Cyrl", t) for t in RUSSIAN]
VECTORS = Vectors.from_table(embed_texts(MeaningEncoder(), TEXTS))
PAIRS = pair_documents(DOCUMENT_TABLE, "tuk_Latn", ["rus_Cyrl"])


def aligned(memo=FORGETFUL):
    return align_documents(PAIRS, TABLES, VECTORS, PARAMS, memo)


def test_aligned_pairs_leave_rejected_sentences_out_and_keep_their_numbers():
    rows = aligned().to_pylist()
    assert [(r["source_sentences"], r["target_sentences"]) for r in rows] == [
        ([0], [0]),
        ([1], [1]),
        ([], [2]),
        ([2], [3]),
    ]
    assert [r["reject_reason"] for r in rows] == [None, None, NO_COUNTERPART, None]
    assert rows[3]["source_text"] == "Suw arassa."
    assert [r["bead_number"] for r in rows] == [0, 1, 2, 3]


def test_a_remembered_document_pair_is_not_aligned_again():
    memo = DictMemo()
    first = aligned(memo)
    assert (len(memo), memo.hits) == (1, 0)
    assert aligned(memo).equals(first)
    assert memo.hits == 1


def test_other_parameters_are_remembered_apart():
    memo = DictMemo()
    aligned(memo)
    align_documents(PAIRS, TABLES, VECTORS, AlignmentParams(skip_scale=0.2), memo)
    assert (len(memo), memo.hits) == (2, 0)


def test_a_sentence_without_a_vector_is_an_error_that_names_it():
    with pytest.raises(InputError, match="no vector for"):
        align_documents(PAIRS, TABLES, Vectors(VECTORS.matrix, {}), PARAMS)


def bitexts():
    row = {
        "pair_id": "p",
        "document_key": "bitexts/ui",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "locator": "django.po#save",
        "licence": "BSD-3-Clause",
        "group_key": "django",
    }
    good = row | {"source_text": "Kitap.", "target_text": "Книга."}
    bad = row | {"source_text": "", "target_text": "Книга.", "reject_reason": "empty"}
    return as_table([good, bad], BITEXT_PAIRS)


def scored():
    mined = MINED_PAIRS.empty_table()
    table = score_pairs(aligned(), mined, DOCUMENT_TABLE, TABLES, bitexts(), VECTORS)
    return table.to_pylist()


def test_every_pair_is_scored_or_keeps_its_reason():
    rows = scored()
    assert [row["reject_reason"] for row in rows] == [
        None,
        None,
        NO_COUNTERPART,
        None,
        None,
        "empty",
    ]
    assert [row["cosine"] is None for row in rows] == [False, False, True, False, False, True]
    assert rows[1]["cosine"] == pytest.approx(1.0)


def test_an_aligned_pair_knows_its_section_its_pages_and_its_licences():
    row = scored()[3]
    assert row["group_key"] == "a/ru/section 1"
    assert json.loads(row["locator"]) == {
        "source": [{"page": 3, "box": [1.0, 2.0, 3.0, 4.12]}],
        "target": [{"page": 4, "box": [1.0, 2.0, 3.0, 4.12]}],
    }
    assert row["licence"] == "CC0; MIT"
    assert row["confidence_fraction"] == pytest.approx(0.7)
    assert row["origin"] == "textbooks"


def test_a_bitext_pair_has_no_bead_score_and_keeps_its_locator():
    row = scored()[4]
    assert (row["origin"], row["bead_score"]) == ("bitexts", None)
    assert (row["group_key"], row["locator"]) == ("bitexts/ui/django", "django.po#save")
    assert row["margin"] == pytest.approx(3)  # three texts a side, each at right angles to others
    assert row["sentence_count"] == 2


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


def news_sentences(key, language, texts):
    rows = [
        {
            "document_key": key,
            "sentence_number": number,
            "language": language,
            "text": text,
            "section_number": number,
            "url": f"https://n.example/{key}",
            "confidence_fraction": 1.0,
        }
        for number, text in enumerate(texts)
    ]
    return as_table(rows, NEWS_SENTENCES)


NEWS_TABLES = TABLES | {
    "tk1": news_sentences("tk1", "tuk_Latn", TURKMEN),
    "ru1": news_sentences("ru1", "rus_Cyrl", RUSSIAN),
}


def scored_news(number="n/1"):
    rows = [article("tk1", number), article("ru1", "n/7", ["tk1"], licence="CC BY")]
    documents = as_table(rows, DOCUMENTS)
    pairs = pair_documents(documents, "tuk_Latn", ["rus_Cyrl"])
    beads = align_documents(pairs, NEWS_TABLES, VECTORS, PARAMS)
    nothing = MINED_PAIRS.empty_table(), BITEXT_PAIRS.empty_table()
    table = score_pairs(beads, nothing[0], documents, NEWS_TABLES, nothing[1], VECTORS)
    return table.to_pylist()


def test_a_pair_of_articles_knows_its_addresses_and_paragraphs():
    rows = scored_news()
    assert {row["origin"] for row in rows} == {"news"}
    assert json.loads(rows[3]["locator"]) == {
        "source": [{"url": "https://n.example/tk1", "paragraph": 2}],
        "target": [{"url": "https://n.example/ru1", "paragraph": 3}],
    }
    assert rows[3]["licence"] == "unknown; CC BY"
    assert rows[3]["confidence_fraction"] == 1.0
    assert rows[3]["margin"] > 1
    assert rows[3]["cosine"] == pytest.approx(1.0)


def test_an_article_with_all_its_languages_is_one_group():
    assert {row["group_key"] for row in scored_news()} == {"news/n/1"}
    assert {row["group_key"] for row in scored_news(number="")} == {"tk1"}


def scored_mined():
    documents = as_table([document("a/tk", "tuk_Latn"), article("ru1", "n/1")], DOCUMENTS)
    pair = {
        "pair_id": "m",
        "source_document": "a/tk",
        "target_document": "ru1",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_sentence": 1,
        "target_sentence": 1,
        "source_text": TURKMEN[1],
        "target_text": RUSSIAN[1],
        "cosine": 0.75,
        "margin": 1.25,
    }
    tables = {"a/tk": TABLES["a/tk"], "ru1": NEWS_TABLES["ru1"]}
    (row,) = score_pairs(
        ALIGNED_PAIRS.empty_table(),
        as_table([pair], MINED_PAIRS),
        documents,
        tables,
        BITEXT_PAIRS.empty_table(),
        VECTORS,
    ).to_pylist()
    return row


def test_a_mined_pair_keeps_its_margin_and_cosine_and_may_join_a_book_and_an_article():
    row = scored_mined()
    assert (row["origin"], row["cosine"], row["margin"]) == ("mined", 0.75, 1.25)
    assert (row["bead_score"], row["reject_reason"]) == (None, None)
    assert row["group_key"] == "a/tk"
    assert row["number_agreement_fraction"] == 1.0
    assert row["length_ratio"] == pytest.approx(len(TURKMEN[1]) / len(RUSSIAN[1]))
    assert row["confidence_fraction"] == pytest.approx(0.9)
    assert row["licence"] == "CC0; unknown"
    assert json.loads(row["locator"]) == {
        "source": [{"page": 2, "box": [1.0, 2.0, 3.0, 4.12]}],
        "target": [{"url": "https://n.example/ru1", "paragraph": 1}],
    }


def test_a_document_without_sentences_is_aligned_with_nothing():
    rows = align_documents(PAIRS, {"a/ru": TABLES["a/ru"]}, VECTORS, PARAMS).to_pylist()
    assert [row["target_sentences"] for row in rows] == [[0], [1], [2], [3]]
    assert {row["reject_reason"] for row in rows} == {NO_COUNTERPART}


def test_number_agreement_is_a_jaccard_index_of_multisets():
    assert number_agreement("3,5 and 2 and 2", "3.5, 2") == pytest.approx(2 / 3)
    assert number_agreement("none", "hiç") == 1.0
    assert number_agreement("1", "hiç") == 0.0


def test_length_ratio_is_symmetric_and_at_most_one():
    assert length_ratio("ab", "abcd") == length_ratio("abcd", "ab") == 0.5
    assert length_ratio("", "") == 1.0


def test_lines_of_a_file_keep_empty_ones_but_not_the_last_newline(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\n\ntwo\u2028still two\n".encode())
    assert read_lines(path) == ["one", "", "two\u2028still two"]


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("тест".encode("cp1251"))
    with pytest.raises(InputError, match="UTF-8"):
        read_lines(path)


def test_texts_are_encoded_and_aligned():
    beads = align_texts(("tuk_Latn", TURKMEN), ("rus_Cyrl", RUSSIAN), MeaningEncoder(), PARAMS)
    assert [(b.source, b.target) for b in beads] == [
        ((0,), (0,)),
        ((1,), (1,)),
        ((), (2,)),
        ((2,), (3,)),
    ]
