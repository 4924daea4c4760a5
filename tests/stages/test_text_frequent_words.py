import pytest

from pipeline.errors import InputError
from pipeline.text.frequent_words import frequent_words


def test_frequent_words_come_most_frequent_first_and_as_many_as_wanted():
    words = frequent_words("eng_Latn", 50)
    assert words[:2] == ["the", "to"]
    assert len(set(words)) == 50
    assert frequent_words("eng_Latn", 5) == words[:5]


@pytest.mark.parametrize(("code", "word"), [("rus_Cyrl", "не"), ("tur_Latn", "bir")])
def test_pivot_languages_have_words_in_small_letters(code, word):
    words = frequent_words(code, 200)
    assert word in words
    assert all(entry == entry.lower() for entry in words)


@pytest.mark.parametrize(("code", "count"), [("tuk_Latn", 100), ("eng_Latn", 0)])
def test_a_language_without_a_list_and_a_wish_for_none_give_none(code, count):
    assert frequent_words(code, count) == []


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="xxx_Latn"):
        frequent_words("xxx_Latn", 5)
