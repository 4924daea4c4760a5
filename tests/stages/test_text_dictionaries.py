import pytest

from pipeline import settings
from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.text.dictionaries import dictionary_hash, find_dictionary, missing_dictionary

AFFIXES = "SET UTF-8\nSFX A Y 1\nSFX A 0 ler .\n"
TURKMEN, AZERBAIJANI, ENGLISH = map(language, ("tuk_Latn", "azj_Latn", "eng_Latn"))


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("DUTAR_DICTIONARIES", str(tmp_path))
    return tmp_path


def test_a_hunspell_dictionary_knows_inflected_forms_and_capitals(folder):
    (folder / "tk_TM.dic").write_text("2\ndüýe/A\nAmyderýa\n", encoding="utf-8")
    (folder / "tk_TM.aff").write_text(AFFIXES, encoding="utf-8")
    knows = find_dictionary(TURKMEN).knows
    assert all(map(knows, ["düýe", "düýeler", "Düýeler", "Amyderýa"]))
    assert not any(map(knows, ["duýe", "düýelar", "amyderýa"]))


def test_a_list_of_words_is_a_dictionary_in_the_case_of_its_language(folder):
    (folder / "az_AZ.txt").write_text("ıldırım\t12\nişıq\t3\n", encoding="utf-8")
    knows = find_dictionary(AZERBAIJANI).knows
    assert knows("Ildırım")
    assert not knows("ildırım")


def test_a_machine_without_the_dictionary_says_what_is_lost_and_how_to_get_it(folder):
    assert find_dictionary(TURKMEN) is None
    told = missing_dictionary(TURKMEN)
    assert "tk_TM of Turkmen is missing" in told
    assert f"or a list of words tk_TM.txt, into {folder}" in told
    assert "no dictionary of English is known" in missing_dictionary(ENGLISH)


def test_an_empty_list_of_words_is_an_error_that_names_it(folder):
    (folder / "az_AZ.txt").touch()
    with pytest.raises(InputError, match=r"az_AZ\.txt cannot be read"):
        find_dictionary(AZERBAIJANI)


def test_another_dictionary_has_another_hash_and_none_has_an_empty_one(folder):
    assert dictionary_hash("tuk_Latn") == dictionary_hash("xxx_Latn") == ""
    (folder / "tk_TM.txt").write_text("düýe\n", encoding="utf-8")
    before = dictionary_hash("tuk_Latn")
    (folder / "tk_TM.txt").write_text("düýe\ngum\n", encoding="utf-8")
    assert len(before) == 64
    assert dictionary_hash("tuk_Latn") != before


def test_dictionaries_are_looked_for_beside_the_program_and_where_debian_puts_them(monkeypatch):
    monkeypatch.delenv("DUTAR_DICTIONARIES", raising=False)
    beside, debian = settings.dictionary_folders()
    assert beside.parts[-2:] == ("share", "hunspell")
    assert str(debian) == "/usr/share/hunspell"
