import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.textbooks import judgement
from pipeline.textbooks.judgement import (
    agreement_fraction,
    distrust,
    mean_confidence,
    reject_reason,
)
from pipeline.textbooks.repair import keep_to_alphabet

PARAMS = TextbookParams()
RUSSIAN = (
    "Верблюда с древних времён называют кораблём пустыни. У одного вида верблюдов на спине один "
    "горб, у другого два, и в них животное запасает жир на голодное время."
)
TURKMEN = (
    "Türkmenler düýäni gadymdan bäri çölüň gämisi diýip atlandyrypdyrlar. Bir örküçli düýä arwana "
    "diýilýär, iki örküçlüsine bolsa baktrian diýilýär."
)
TURKMEN_ALPHABET = language("tuk_Latn").alphabet


def words(*pairs):
    return [
        {"text": text, "confidence_fraction": confidence, "line_number": 0}
        for text, confidence in pairs
    ]


@pytest.mark.parametrize(("text", "code"), [(RUSSIAN, "rus_Cyrl"), (TURKMEN, "tuk_Latn")])
def test_a_sound_text_layer_is_trusted(text, code):
    assert distrust(text, code, PARAMS) is None


def test_a_text_layer_of_few_characters_is_distrusted():
    assert distrust("Глава 1", "rus_Cyrl", PARAMS) == "the text layer has 6 characters"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text.replace("о", "(cid:17)"), "no known letters"),
        (lambda text: text.replace("о", "\ufffd"), "no known letters"),
        (lambda text: text.replace("о", "\ue012"), "no known letters"),
        (lambda text: text.translate(str.maketrans("аеор", "aeop")), "mix Latin and Cyrillic"),
        (lambda text: "".join("#" if c.isalpha() and c > "д" else c for c in text), "are letters"),
        (lambda text: "".join(chr(ord(c) + 3) if c.isalpha() else c for c in text), "spells no"),
    ],
)
def test_each_kind_of_broken_character_map_is_found(spoil, told):
    assert told in distrust(spoil(RUSSIAN), "rus_Cyrl", PARAMS)


def test_a_text_layer_in_another_language_is_distrusted():
    assert "does not look like tuk_Latn" in distrust(RUSSIAN, "tuk_Latn", PARAMS)


def test_ocr_is_asked_to_agree_on_words_of_the_languages_own_script_alone():
    layer = f"{TURKMEN}\n{RUSSIAN}"
    assert agreement_fraction(layer, TURKMEN, "tuk_Latn") == 1
    assert agreement_fraction(layer, RUSSIAN, "tuk_Latn") == 0
    assert agreement_fraction(RUSSIAN, TURKMEN, "tuk_Latn") is None


def test_a_page_without_words_is_empty():
    assert reject_reason([], "", "rus_Cyrl", PARAMS).startswith("empty:")


def test_a_page_of_low_confidence_is_noise():
    assert reject_reason(words(("мы", 0.2)), "мы", "rus_Cyrl", PARAMS).startswith("noise:")


def test_a_page_in_another_language_is_rejected_for_its_language():
    found = reject_reason(words((TURKMEN, 0.9)), TURKMEN, "rus_Cyrl", PARAMS)
    assert found.startswith("language:")


def test_a_short_page_is_not_judged_by_its_language(monkeypatch):
    monkeypatch.setattr(judgement, "language_score", lambda *_: 0.0)
    assert reject_reason(words(("Глава", 0.9)), "Глава", "rus_Cyrl", PARAMS) is None


def test_mean_confidence_weighs_words_by_their_length():
    assert mean_confidence(words(("abc", 1.0), ("d", 0.2))) == pytest.approx(0.8)
    assert mean_confidence([]) == 0.0


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("Türkmenistanyňń", "Türkmenistanyň"),
        ("suwuñ", "suwuň"),
        ("eșṣek", "eşek"),
        ("gőlündäki", "gölündäki"),
        ("howlukmaģýar", "howlukmagýar"),
        ("aljabr", "aljabr"),
    ],
)
def test_letters_that_turkmen_lacks_become_those_it_has(read, printed):
    assert keep_to_alphabet(read, TURKMEN_ALPHABET) == printed


@given(st.text(alphabet=TURKMEN_ALPHABET + "0123456789 .,-xqc", max_size=30))
def test_words_within_the_alphabet_stay_as_they_are(word):
    assert keep_to_alphabet(word, TURKMEN_ALPHABET) == word


@given(st.text(max_size=30))
def test_keeping_to_the_alphabet_twice_changes_nothing_more(word):
    once = keep_to_alphabet(word, TURKMEN_ALPHABET)
    assert keep_to_alphabet(once, TURKMEN_ALPHABET) == once
