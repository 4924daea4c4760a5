import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.languages import language_codes
from pipeline.settings import test_data as data_folder
from pipeline.text import dominant_script, identify_language, language_score, normalise

SENTENCES = {
    "tuk_Latn": "Türkmenistanyň paýtagty Aşgabat şäheridir we ol örän owadan.",
    "tuk_Cyrl": "Хемме адамлар өз мертебеси ве хукуклары боюнча дең дүнйә инйәрлер.",
    "rus_Cyrl": "Столица нашей страны находится у подножия высоких гор.",
    "eng_Latn": "The capital of our country lies at the foot of high mountains.",
    "azj_Latn": "Bu gün hava çox gözəldir və biz məktəbə gedirik.",
    "tur_Latn": "Bugün hava çok güzel, dışarı çıkalım mı arkadaşlar?",
    "ben_Beng": "আজ আবহাওয়া খুব সুন্দর এবং আমরা স্কুলে যাচ্ছি।",
}
# what Tesseract makes of Turkmen upside down, and of Russian with a Latin model
NOISE = (
    "əjədızəMm 1łƏ1Áəq uəļıpə ıııəp eu46AjÁe4Á7564 ynuo uəļj!q Á",
    "enbCTBOM. TypkmeHncTaHa. CTaTbA 4. (enn cTakgaptnzaųnn 3agay",
    "Zz ~ |l1 Q wn > a a © =) 2) xe} Wn ra oO O) a oO oO N o c ON g o C4",
)
UDHR_COLUMNS = {
    **{f"{one}_latn": f"{one}_Latn" for one in ("tuk", "azj", "uzn")},
    **{f"{one}_cyrl": f"{one}_Cyrl" for one in ("tuk", "uzn")},
    **{one: f"{one}_Cyrl" for one in ("rus", "kaz", "kir", "tat", "tgk")},
    "ben": "ben_Beng",
    "eng": "eng_Latn",
    "tur": "tur_Latn",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_is_identified_among_all_languages(code):
    guess = identify_language(SENTENCES[code], language_codes())
    assert guess.code == code
    assert guess.script == code[4:]
    assert 0.5 < guess.fraction <= 1


@pytest.mark.parametrize(
    "text", ["", "12 34", "— ...!", "Αθήνα είναι", "To jest zdanie po polsku."]
)
def test_what_is_no_candidate_is_undetermined(text):
    guess = identify_language(text, ["tuk_Latn", "rus_Cyrl"])
    assert (guess.code, guess.fraction) == ("und", 0.0)


def test_short_texts_are_told_by_script_and_alphabet():
    candidates = ["eng_Latn", "tuk_Latn", "rus_Cyrl"]
    assert identify_language("ýaňy", candidates).code == "tuk_Latn"
    assert identify_language("Глава 1", candidates).code == "rus_Cyrl"


def test_an_unknown_candidate_is_refused():
    with pytest.raises(InputError, match="unknown language code"):
        identify_language("salam", ["xxx_Latn"])


@given(st.text(max_size=50))
def test_every_text_has_a_score_and_a_guess(text):
    assert 0 <= language_score(text, "tuk_Latn") <= 1
    assert 0 <= identify_language(text, ["tuk_Latn", "rus_Cyrl"]).fraction <= 1


@pytest.mark.parametrize("code", SENTENCES)
def test_language_score_tells_a_language_from_all_others(code):
    scores = {other: language_score(SENTENCES[other], code) for other in SENTENCES}
    assert scores.pop(code) > 0.5
    assert max(scores.values()) < 0.2


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("code", ["tuk_Latn", "eng_Latn"])
def test_language_score_is_low_for_noise(noise, code):
    assert language_score(noise, code) < 0.2


def test_a_short_text_is_half_plausible_unless_a_letter_decides():
    assert language_score("Salam!", "tuk_Latn") == 0.5
    assert language_score("ýaz", "tuk_Latn") == 1.0
    assert language_score("ýaz", "tur_Latn") < 0.2


def test_the_dominant_script_needs_a_majority():
    assert dominant_script("Salam, мир!") == "Latn"
    assert dominant_script("abвг") == "Zyyy"
    assert dominant_script("2 + 2 = 4") == "Zyyy"


def test_every_article_of_the_declaration_is_identified():
    path = data_folder() / "udhr" / "udhr_articles.tsv"
    if not path.exists():
        pytest.skip("needs the shared data: udhr")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    wrong = [
        (row["article"], code)
        for row in rows
        for column, code in UDHR_COLUMNS.items()
        if row[column]
        and identify_language(normalise(row[column], code), language_codes()).code != code
    ]
    assert wrong == []
