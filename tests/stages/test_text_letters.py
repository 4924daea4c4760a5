import numpy as np
import pytest

from pipeline.languages import language_codes
from pipeline.text.letters import letter_model, own_words, train

RUSSIAN = own_words("Верблюда с древних времён называют кораблём пустыни, у него горб", "rus_Cyrl")
KAZAKH = own_words("Түйені ежелден шөл кемесі деп атайды, оның екі өркеші бар", "kaz_Cyrl")


def shifted(words):
    return {"".join(chr(ord(letter) + 1) for letter in word) for word in words}


@pytest.mark.parametrize(("code", "words"), [("rus_Cyrl", RUSSIAN), ("kaz_Cyrl", KAZAKH)])
def test_words_of_a_language_are_as_plausible_as_usual_and_shifted_ones_are_not(code, words):
    model = letter_model(code)
    assert model.shortfall(words)[0] < 0.5
    assert model.shortfall(shifted(words))[0] > 2


def test_probabilities_after_any_two_letters_sum_to_one():
    for code in ("tuk_Latn", "eng_Latn"):
        sums = np.exp(letter_model(code).log_probabilities.astype(float)).sum(axis=2)
        assert sums == pytest.approx(1, abs=1e-4)


def test_a_language_without_words_has_no_model():
    assert letter_model("tgk_Cyrl") is None


@pytest.mark.parametrize("code", language_codes())
def test_every_model_gives_finite_answers(code):
    model = letter_model(code)
    if model is not None:
        shortfall, letters = model.shortfall({"ab", "აბ"})
        assert letters == 6
        assert abs(shortfall) < 20


def test_no_words_fall_short_of_nothing():
    assert train({"ab", "ba", "abba"}, "eng_Latn").shortfall([]) == (0.0, 0)


def test_own_words_are_small_distinct_and_of_the_languages_script():
    assert own_words("Çöl ÇÖL пустыня x 12 Ilkin", "tuk_Latn") == {"çöl", "ilkin"}
    assert own_words("Isti İsti", "azj_Latn") == {"ısti", "isti"}
