import unicodedata

import pycld2
import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.languages import language, language_codes


def test_every_entry_can_be_looked_up_by_its_code():
    assert [language(code).code for code in language_codes()] == list(language_codes())
    assert len(language_codes()) == 15


def test_an_unknown_code_is_answered_with_the_nearest_and_the_known_ones():
    with pytest.raises(InputError, match=r"did you mean 'tuk_Latn'.*rus_Cyrl"):
        language("tuk_latn")


def test_a_language_cannot_be_changed():
    with pytest.raises(ValidationError):
        language("tuk_Latn").name = "Turkic"


@pytest.mark.parametrize("code", language_codes())
def test_alphabets_are_composed_unrepeated_and_of_one_script(code):
    alphabet = language(code).alphabet
    assert unicodedata.is_normalized("NFC", alphabet)
    assert len(set(alphabet)) == len(alphabet)
    name = {"Latn": "LATIN", "Cyrl": "CYRILLIC", "Beng": "BENGALI"}[language(code).script]
    foreign = [one for one in alphabet if not unicodedata.name(one).startswith(name)]
    assert foreign in ([], ["ʻ", "ʼ"])


@pytest.mark.parametrize("code", language_codes())
def test_every_letter_stands_in_both_cases(code):
    alphabet = set(language(code).alphabet)
    assert {letter.lower()[0] for letter in alphabet} <= alphabet


def test_exclusive_letters_are_those_of_no_neighbour():
    assert language("tuk_Latn").exclusive_letters == "ŽžŇňÝý"
    assert language("azj_Latn").exclusive_letters == "Əə"
    assert language("eng_Latn").exclusive_letters == ""


def test_only_languages_with_a_dotless_i_have_turkic_casing():
    turkic = {code for code in language_codes() if language(code).casing == "turkic"}
    assert turkic == {code for code in language_codes() if "ı" in language(code).alphabet}
    assert "tuk_Latn" not in turkic


def test_scripts_are_told_apart():
    assert language("tuk_Latn").is_latin
    assert not language("tuk_Latn").is_cyrillic
    assert language("tuk_Cyrl").is_cyrillic


def test_what_no_tool_knows_is_none():
    assert language("tuk_Cyrl").py3langid is None
    assert language("tuk_Cyrl").nllb is None
    assert language("uzn_Cyrl").nllb is None
    assert language("tuk_Latn").nllb == "tuk_Latn"


def test_the_identifiers_know_the_codes_that_they_are_given():
    known = set(LanguageIdentifier.from_model_file(MODEL_FILE).labels)
    entries = [language(code) for code in language_codes()]
    assert {entry.py3langid for entry in entries} - {None} <= known
    assert {entry.pycld2 for entry in entries} <= {code for _, code in pycld2.LANGUAGES}
