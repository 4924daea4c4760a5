"""Documents that are made hard on purpose, with the beads that are right by construction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.sentences.disturbed_documents import Disturbance, disturbed_documents
from pipeline.errors import InputError

FRACTIONS = st.floats(0, 0.9)
BITEXT = [(f"sözlem {number}.", f"sentence {number}.") for number in range(30)]


@given(FRACTIONS, FRACTIONS, FRACTIONS, st.integers(2, 30), st.integers(0, 99))
def test_gold_beads_hold_every_sentence_once_and_in_order(deleted, merged, lost, count, seed):
    hard = disturbed_documents(BITEXT[:count], Disturbance(deleted, merged, lost), seed)
    for side, texts in enumerate((hard.sources, hard.targets)):
        assert [number for bead in hard.gold for number in bead[side]] == list(range(len(texts)))


@given(FRACTIONS, FRACTIONS, st.integers(0, 99))
def test_sentences_of_a_bead_have_a_sentence_of_the_bitext_in_common(deleted, merged, seed):
    hard = disturbed_documents(BITEXT, Disturbance(deleted, merged, 0), seed)
    for bead in hard.gold:
        told = [
            {word for number in numbers for word in texts[number].split() if word[0].isdigit()}
            for numbers, texts in zip(bead, (hard.sources, hard.targets), strict=True)
        ]
        assert not all(told) or told[0] & told[1]


def test_nothing_disturbed_is_the_bitext_one_to_one():
    hard = disturbed_documents(BITEXT, Disturbance(0, 0, 0, 0), 1)
    assert list(zip(hard.sources, hard.targets, strict=True)) == BITEXT
    assert hard.gold == [((number,), (number,)) for number in range(30)]


def test_a_lost_chapter_leaves_its_sources_alone():
    hard = disturbed_documents(BITEXT, Disturbance(0, 0, 0.2, 0), 1)
    alone = [source for source, target in hard.gold if not target]
    assert len(hard.targets) == 24
    assert alone == [(alone[0][0] + number,) for number in range(6)]


def test_misread_letters_are_about_as_many_as_asked_and_move_no_bead():
    long = [("Türkmenistanyň çäginde ýaşaýan raýatlar " * 20, "x")] * 50
    clean = disturbed_documents(long, Disturbance(), 5)
    hard = disturbed_documents(long, Disturbance(character_error_fraction=0.03), 5)
    assert clean.gold == hard.gold
    assert clean.targets == hard.targets
    kept = sum(
        before == after
        for one, other in zip(clean.sources, hard.sources, strict=True)
        for before, after in zip(one.split(), other.split(), strict=False)
    )
    words = sum(len(text.split()) for text in clean.sources)
    assert 0.6 < kept / words < 0.9  # words of ten letters, 3 % of the letters


def test_equal_seeds_give_equal_documents_and_others_do_not():
    first, again, other = (disturbed_documents(BITEXT, Disturbance(), s) for s in (3, 3, 4))
    assert first == again
    assert first != other


def test_one_pair_makes_no_document():
    with pytest.raises(InputError, match="1 pairs is too short"):
        disturbed_documents(BITEXT[:1], Disturbance(), 1)
