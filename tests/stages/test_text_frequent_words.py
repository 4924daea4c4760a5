import lzma

import pytest

from pipeline.errors import InputError
from pipeline.text.frequent_words import frequent_words, read_word_list


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


def test_a_file_of_words_is_asked_first_and_sorted_by_its_numbers(tmp_path):
    path = tmp_path / "tk.txt"
    path.write_text("Form\tFrequency\n# Corpus-Size: 9\n\nsuw\t5\nNA\t90\nçörek\t10\n", "utf-8")
    lists = {"tuk_Latn": path, "eng_Latn": path}
    assert frequent_words("tuk_Latn", 2, lists) == ["NA", "çörek"]
    assert frequent_words("eng_Latn", 9, lists) == ["NA", "çörek", "suw"]


def test_words_without_numbers_keep_their_order_and_may_be_compressed(tmp_path):
    path = tmp_path / "words.txt.xz"
    path.write_bytes(lzma.compress(b'suw\n"kitap\n'))
    assert read_word_list(path) == ["suw", '"kitap']


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b""])
def test_a_file_that_cannot_be_read_is_told(content, tmp_path):
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"the word list .*list.txt cannot be read"):
        read_word_list(path)
