import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.passage_index import Document, build_index, open_index
from pipeline.text.passages import Paragraph

LAW = Document(
    "law.txt",
    "tuk_Latn",
    [
        Paragraph("1", "zähmet rugsady", begins_section=True),
        Paragraph("3", "iş haky", begins_section=True),
        Paragraph("4", "her aý tölenýär"),
    ],
)
NEWS = Document("news.txt", "rus_Cyrl", [Paragraph("1", "отпуск работника")])


@dataclass
class Letters:
    """An encoder that counts letters, and keeps what it was asked."""

    fingerprint: str = "letters"
    dimension: int = 64

    def __post_init__(self):
        self.asked = []

    def encode(self, texts, *, language, role="query"):
        self.asked.append((language, role, len(texts)))
        vectors = np.full((len(texts), self.dimension), 0.01, np.float32)
        for row, text in enumerate(texts):
            np.add.at(vectors[row], [ord(letter) % self.dimension for letter in text], 1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def index(tmp_path):
    return build_index(tmp_path / "law", [LAW, NEWS], "letters", Letters())


def test_what_is_found_tells_document_language_and_places(index):
    ((hit, *_),) = index.search(["iş haky her aý"], Letters(), language="tuk_Latn")
    assert (hit.document, hit.language) == ("law.txt", "tuk_Latn")
    assert (hit.first_place, hit.last_place) == ("3", "4")
    assert hit.text == "iş haky\nher aý tölenýär"
    assert 0.5 < hit.cosine <= 1


def test_passages_and_questions_are_encoded_in_their_roles_and_languages(tmp_path):
    encoder = Letters()
    index = build_index(tmp_path / "law", [LAW, NEWS], "letters", encoder)
    index.search(["отпуск", "haky"], encoder, language="rus_Cyrl")
    assert encoder.asked == [
        ("tuk_Latn", "passage", 2),
        ("rus_Cyrl", "passage", 1),
        ("rus_Cyrl", "query", 2),
    ]


@given(
    st.lists(st.text("abcdef ", min_size=1).filter(str.strip), min_size=1, max_size=12),
    st.text("abcdef", min_size=1),
    st.integers(1, 5),
)
@settings(max_examples=30, deadline=None)
def test_the_search_is_exact_and_the_first_of_equals_comes_first(
    tmp_path_factory, texts, question, k
):
    paragraphs = [Paragraph(str(n), text, begins_section=True) for n, text in enumerate(texts)]
    folder, encoder = tmp_path_factory.mktemp("exact") / "index", Letters()
    index = build_index(folder, [Document("a", "tuk_Latn", paragraphs)], "letters", encoder)
    (hits,) = index.search([question], encoder, language="tuk_Latn", k=k)
    cosines = index.vectors @ encoder.encode([question], language="tuk_Latn")[0]
    expected = sorted(cosines, reverse=True)[: len(hits)]
    assert len(hits) == min(k, len(texts))
    np.testing.assert_allclose([hit.cosine for hit in hits], expected, atol=1e-6)
    for one, other in pairwise(hits):
        assert one.cosine > other.cosine or int(one.first_place) < int(other.first_place)


def test_an_opened_index_finds_the_same(index):
    opened = open_index(index.folder)
    asked = (["rugsat"], Letters())
    assert opened.search(*asked, language="tuk_Latn") == index.search(*asked, language="tuk_Latn")
    assert (opened.model, opened.languages()) == ("letters", ["rus_Cyrl", "tuk_Latn"])


def test_the_same_texts_give_the_same_bytes(index, tmp_path):
    again = build_index(tmp_path / "again", [LAW, NEWS], "letters", Letters())
    for path in sorted(index.folder.iterdir()):
        assert path.read_bytes() == (again.folder / path.name).read_bytes()


def test_another_encoder_is_refused_in_a_sentence(index):
    with pytest.raises(InputError, match=r"made by another encoder .letters.*dutar index"):
        index.search(["haky"], Letters("student"), language="tuk_Latn")


@pytest.mark.parametrize(
    ("questions", "k", "reason"), [([" "], 1, "blank"), (["haky"], 0, "at least 1")]
)
def test_what_cannot_be_asked_is_refused(index, questions, k, reason):
    with pytest.raises(InputError, match=reason):
        index.search(questions, Letters(), language="tuk_Latn", k=k)


def test_no_questions_find_nothing(index):
    assert index.search([], Letters(), language="tuk_Latn") == []


def test_an_index_replaces_an_index_and_nothing_else(index, tmp_path):
    replaced = build_index(index.folder, [NEWS], "letters", Letters())
    assert replaced.passages.num_rows == 1
    precious = tmp_path / "papers" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work", encoding="utf-8")
    for folder in (precious.parent, precious):
        with pytest.raises(InputError, match="is no index"):
            build_index(folder, [NEWS], "letters", Letters())
    assert precious.read_text(encoding="utf-8") == "years of work"


def test_a_failure_half_way_leaves_the_older_index(index):
    class Broken(Letters):
        def encode(self, texts, *, language, role="query"):
            raise InputError("the model gives no finite vector")

    with pytest.raises(InputError, match="finite"):
        build_index(index.folder, [NEWS], "letters", Broken())
    assert open_index(index.folder).passages.num_rows == 3


def test_empty_texts_are_refused(tmp_path):
    with pytest.raises(InputError, match="nothing to index"):
        build_index(tmp_path / "law", [Document("a", "tuk_Latn", [])], "letters", Letters())
    assert not (tmp_path / "law").exists()


def test_what_is_torn_or_foreign_is_refused(index, tmp_path):
    with pytest.raises(InputError, match="is no index"):
        open_index(tmp_path / "nowhere")
    for name in ("vectors.npy", "passages.arrow", "index.json"):
        path = index.folder / name
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError, match="torn"):
            open_index(index.folder)
        path.write_bytes(whole)
    facts = json.loads((index.folder / "index.json").read_text(encoding="utf-8"))
    del facts["model"]
    (index.folder / "index.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(InputError, match="torn"):
        open_index(index.folder)
