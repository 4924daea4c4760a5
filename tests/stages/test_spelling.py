"""What two texts have in common in their letters, whatever their scripts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.sentences.spelling import trigram_counts, weighted_by_rarity

TEXTS = st.lists(st.text(max_size=30), max_size=6)


def likeness(source, target):
    left, right = weighted_by_rarity(trigram_counts(source), trigram_counts(target))
    return (left @ right.T).toarray()


def test_a_name_is_known_in_another_script():
    found = likeness(
        ["Türkmenistanyň paýtagty", "kitap okamak"], ["столица Туркменистана", "читать книги"]
    )
    assert found[0, 0] > 0
    assert found[0, 0] == found.max()


def test_what_stands_in_every_sentence_says_nothing():
    assert likeness(["salam"] * 3, ["salam"] * 3).max() == 0


def test_short_words_and_signs_are_left_out():
    assert trigram_counts(["a bc — !", "12 34"]).nnz == 0


def test_words_count_by_their_beginnings_and_insides():
    assert trigram_counts(["Kitap kitap"]).toarray().max() == 2
    assert trigram_counts(["kitap"]).nnz == 4  # " ki", "kit", "ita", "tap"


@given(TEXTS, TEXTS)
def test_swapped_sides_agree(source, target):
    assert np.array_equal(likeness(source, target), likeness(target, source).T)
