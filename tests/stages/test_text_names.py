import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.names import name_agreement, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Washington", "Вашингтон"),
        ("Stanford", "Стэнфорд"),
        ("Türkmenistan", "Туркменистан"),
        ("Chicago", "Чикаго"),
        ("John", "Джон"),
        ("Dhaka", "ঢাকা"),
    ],
)
def test_a_name_has_one_skeleton_in_every_script(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("word", "expected"), [("Aman", "mn"), ("Bobby", "b"), ("Ýuý", "")])
def test_a_skeleton_has_no_vowels_and_no_equal_neighbours(word, expected):
    assert skeleton(word) == expected


def test_names_that_both_sides_have_agree_whatever_their_endings():
    source = "Biz Merdan bilen Stanforddan geldik."
    assert name_agreement(source, "Мы с Мерданом приехали из Стэнфорда.") == 1.0
    assert name_agreement(source, "Мы с Мерданом приехали из Гамбурга.") == 0.5


def test_a_text_without_names_says_nothing():
    assert name_agreement("Bu kitap.", "Это книга.") is None


def test_the_first_word_may_be_the_name_that_the_other_side_has_inside():
    assert name_agreement("Merdan geldi.", "Вчера пришёл Мердан.") == 1.0


def test_where_there_are_no_capitals_any_word_may_be_the_name():
    assert name_agreement("Yesterday in Dhaka it rained.", "গতকাল ঢাকা শহরে বৃষ্টি হয়েছে।") == 1.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_agreement_is_a_share_and_does_not_depend_on_the_order_of_the_sides(source, target):
    found = name_agreement(source, target)
    assert found is None or 0 <= found <= 1
    assert found == name_agreement(target, source)
