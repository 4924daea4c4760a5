import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.text import comparison_key, lower, normalise, upper

AWKWARD = "oOgG'ʻʼ’`´ \n\t\u200b\u200c\u200d\u00ad\u0301\u0308ﬁﬀiIİıßচ্যয়“”«»-‐\ud800"
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(AWKWARD)), max_size=40)
CODES = st.sampled_from(["tuk_Latn", "uzn_Latn", "ben_Beng", "tur_Latn", "rus_Cyrl"])


@given(TEXTS, CODES)
def test_normalising_twice_changes_nothing_more(text, code):
    once = normalise(text, code)
    assert normalise(once, code) == once


@given(TEXTS, CODES)
def test_a_normalised_text_is_one_composed_line_that_can_be_written(text, code):
    line = normalise(text, code)
    assert unicodedata.is_normalized("NFC", line)
    assert line == " ".join(line.split())
    assert line.encode().decode() == line


@given(TEXTS, CODES)
def test_a_key_is_its_own_key_and_that_of_the_normalised_text(text, code):
    key = comparison_key(text, code)
    assert comparison_key(key, code) == key
    assert comparison_key(normalise(text, code), code) == key


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Salam,\n dünýä!\u00a0\u2003", "Salam, dünýä!"),
        ("du\u0308ny\u0301a\u0308", "dünýä"),
        ("kö\u00adçe\u200b \ufeffbar\u202e\x00", "köçe bar"),
        ("“Salam”, „dost‟", '"Salam", "dost"'),
        ("«Salam» — dost", "«Salam» — dost"),
        ("hem‐de ýa\u2011da", "hem-de ýa-da"),
        ("oﬃce ﬁle", "office file"),
        ("a\ud800b\ufffd\ue000", "a\ufffdb\ufffd\ue000"),
    ],
)
def test_normalise_spells_characters_in_one_way(raw, clean):
    assert normalise(raw, "tuk_Latn") == clean


@pytest.mark.parametrize("apostrophe", "'‘’ʻʼ`´")
def test_uzbek_apostrophes_become_letters_and_others_become_plain(apostrophe):
    raw = f"O{apostrophe}zbek g{apostrophe}oya ma{apostrophe}no"
    assert normalise(raw, "uzn_Latn") == "Oʻzbek gʻoya maʼno"
    assert normalise(raw, "tuk_Latn") == "O'zbek g'oya ma'no"


def test_joiners_stay_only_where_bengali_needs_them():
    assert normalise("র\u200d্য", "ben_Beng") == "র\u200d্য"
    assert normalise("ki\u200dtap", "ben_Beng") == "kitap"


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="unknown language code"):
        normalise("salam", "xxx_Latn")


@pytest.mark.parametrize(
    ("text", "code", "small"),
    [
        ("ISTANBUL İZMİR", "tur_Latn", "ıstanbul izmir"),
        ("QIZ İŞ", "azj_Latn", "qız iş"),
        ("IŞ İŞ ÝYLY", "tuk_Latn", "iş iş ýyly"),
        ("ЁЛКА", "rus_Cyrl", "ёлка"),
    ],
)
def test_lower_follows_the_language(text, code, small):
    assert lower(text, code) == small


def test_upper_follows_the_language():
    assert upper("ilk ışık", "tur_Latn") == "İLK IŞIK"
    assert upper("iş", "tuk_Latn") == "IŞ"


def test_a_key_ignores_case_punctuation_apostrophes_and_which_digits():
    key = comparison_key("1-nji SAPAK: «Oguz  han»!", "tuk_Latn")
    assert key == comparison_key("7-nji sapak — oguz han", "tuk_Latn") == "0 nji sapak oguz han"
    assert comparison_key("o‘zbek", "uzn_Latn") == comparison_key("ozbek", "uzn_Latn")
    assert comparison_key("12", "tuk_Latn") != comparison_key("123", "tuk_Latn")


def test_a_text_without_letters_or_numbers_has_an_empty_key():
    assert comparison_key(" — ... !", "tuk_Latn") == ""
