import csv

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import test_data as data_folder
from pipeline.text import repair_homoglyphs

CODES = st.sampled_from(["tuk_Latn", "azj_Latn", "rus_Cyrl", "kaz_Cyrl", "ben_Beng"])


@pytest.mark.parametrize(
    ("code", "broken", "repaired"),
    [
        ("rus_Cyrl", "Cоветская влacть", "Советская власть"),
        ("rus_Cyrl", "Φизика", "Физика"),
        ("rus_Cyrl", "это copoкa летит", "это сорока летит"),
        ("rus_Cyrl", "они copoк лет", "они сорок лет"),
        ("rus_Cyrl", "ГЛАВА COPOK", "ГЛАВА СОРОК"),
        ("rus_Cyrl", "сайт Wikі открыт", "сайт Wiki открыт"),
        ("azj_Latn", "Bu vә o namә", "Bu və o namə"),
        ("tuk_Latn", "Türkmеnistanyň pаýtagty", "Türkmenistanyň paýtagty"),
        ("kaz_Cyrl", "Оқушы iс қарады iстеп", "Оқушы іс қарады істеп"),
        ("tat_Cyrl", "Һәр hәм", "Һәр һәм"),
    ],
)
def test_look_alikes_are_repaired(code, broken, repaired):
    assert repair_homoglyphs(broken, code) == repaired


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("rus_Cyrl", "Точка A, угол ABC, x и y"),
        ("rus_Cyrl", "в XX веке, глава XI"),
        ("rus_Cyrl", "новый CEO и Max пришли"),
        ("rus_Cyrl", "песня copy cape pop звучит"),
        ("rus_Cyrl", "copy"),
        ("tuk_Latn", "kitap Россия okady"),
        ("eng_Latn", "ρV = μm, 5 kΩ, Δx"),
        ("ben_Beng", "আমি cоpy করি"),
    ],
)
def test_foreign_words_numerals_and_formulas_stay(code, text):
    assert repair_homoglyphs(text, code) == text


@given(st.text(st.sampled_from("aсеoрXХyуәəΦοАB қіi-1 .\u0301"), max_size=40), CODES)
def test_repair_keeps_the_length_and_everything_but_letters(text, code):
    repaired = repair_homoglyphs(text, code)
    assert len(repaired) == len(text)
    same = [old == new for old, new in zip(text, repaired, strict=True) if not old.isalpha()]
    assert all(same)


def test_no_cyrillic_is_left_in_a_real_azerbaijani_column():
    path = data_folder() / "ud_turkic_parallel" / "parallel.tsv"
    if not path.exists():
        pytest.skip("needs the shared data: ud_turkic_parallel")
    with path.open(encoding="utf-8") as file:
        lines = [row["Azerbaijani"] for row in csv.DictReader(file, delimiter="\t")]
    cyrillic = regex.compile(r"\p{Cyrillic}")
    assert sum(bool(cyrillic.search(line)) for line in lines) == 21
    repaired = [repair_homoglyphs(line, "azj_Latn") for line in lines]
    assert not any(cyrillic.search(line) for line in repaired)
