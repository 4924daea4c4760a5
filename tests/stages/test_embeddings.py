import numpy as np
import pytest

from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.errors import InputError
from pipeline.tables import SENTENCE_EMBEDDINGS


class CountingEncoder:
    fingerprint = "counting"
    dimension = 2

    def __init__(self):
        self.seen = []

    def encode(self, texts, *, language, role="query"):
        self.seen += [(language, text) for text in texts]
        angles = [len(text) + len(language) for text in texts]
        return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


TEXTS = [("tuk_Latn", "suw"), ("rus_Cyrl", "вода"), ("tuk_Latn", "suw"), ("tuk_Latn", "ot")]


def test_embed_texts_encodes_each_distinct_text_once():
    encoder = CountingEncoder()
    table = embed_texts(encoder, TEXTS)
    assert table.schema == SENTENCE_EMBEDDINGS
    assert sorted(encoder.seen) == sorted(set(TEXTS))


def test_embed_texts_does_not_depend_on_the_order_of_texts():
    assert embed_texts(CountingEncoder(), TEXTS) == embed_texts(CountingEncoder(), TEXTS[::-1])


def test_vectors_are_found_by_language_and_text():
    vectors = Vectors.from_table(embed_texts(CountingEncoder(), TEXTS))
    expected = CountingEncoder().encode(["ot", "suw"], language="tuk_Latn")
    np.testing.assert_array_equal(vectors.of("tuk_Latn", ["ot", "suw"]), expected)


def test_a_text_without_a_vector_is_named():
    vectors = Vectors.from_table(embed_texts(CountingEncoder(), TEXTS))
    with pytest.raises(InputError, match="no vector for 'suw' \\(rus_Cyrl\\)"):
        vectors.of("rus_Cyrl", ["suw"])


def test_vectors_of_texts_in_several_languages_come_in_their_order():
    vectors = Vectors.from_table(embed_texts(CountingEncoder(), TEXTS))
    mixed = vectors.of_mixed(TEXTS)
    for row, (language, text) in zip(mixed, TEXTS, strict=True):
        np.testing.assert_array_equal(row, vectors.of(language, [text])[0])


def test_an_empty_table_has_no_vectors_and_names_what_is_asked_of_it():
    vectors = Vectors.from_table(SENTENCE_EMBEDDINGS.empty_table())
    assert vectors.matrix.shape == (0, 0)
    assert vectors.of("tuk_Latn", []).shape == (0, 0)
    with pytest.raises(InputError, match="'suw'"):
        vectors.of("tuk_Latn", ["suw"])
