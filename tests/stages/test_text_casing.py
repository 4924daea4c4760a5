import pytest

from pipeline.text.casing import capitalise, lower, upper


@pytest.mark.parametrize(
    ("code", "word", "expected"),
    [
        ("eng_Latn", "iron", "Iron"),
        ("tur_Latn", "iyi", "İyi"),
        ("azj_Latn", "ıldırım", "Ildırım"),
        ("tuk_Latn", "ýüpek", "Ýüpek"),
        ("rus_Cyrl", "ёлка", "Ёлка"),
        ("rus_Cyrl", "", ""),
    ],
)
def test_the_first_letter_becomes_a_capital_by_the_rules_of_the_language(code, word, expected):
    assert capitalise(word, code) == expected


@pytest.mark.parametrize(
    ("code", "small", "large"),
    [("tur_Latn", "ılık iz", "ILIK İZ"), ("tuk_Latn", "iki şäher", "IKI ŞÄHER")],
)
def test_only_languages_with_a_dotless_i_pair_it_with_the_capital(code, small, large):
    assert upper(small, code) == large
    assert lower(large, code) == small
