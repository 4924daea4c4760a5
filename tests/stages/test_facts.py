import pytest

from pipeline.alignment.documents.facts import FactComparison, read_facts


@pytest.mark.parametrize(
    "spellings",
    [
        ("Ol Berdimuhamedow bilen", "Он с Бердымухамедовым был", "He met Berdimuhamedow"),
        ("Bu Çynarly obasy", "Это Чинарлы", "This is Chynarly"),
        ("Ol Waşingtonda boldy", "Он был в Вашингтоне", "He was in Washington"),
        ("Ýyly 2026-njy", "Это 2026 год", "It is 2026"),
    ],
)
def test_a_name_or_a_number_is_the_same_fact_in_every_alphabet(spellings):
    facts = [read_facts([text]) for text in spellings]
    assert facts[0]
    assert facts[0] == facts[1] == facts[2]


def test_the_first_word_of_a_sentence_a_short_name_and_a_digit_are_no_facts():
    assert read_facts(["Kitap 5 sany.", "Ol Ia diýdi."]) == {}


def test_facts_agree_most_where_they_are_rare():
    first, second, third = (read_facts([text]) for text in ("2026 415", "2026 415", "2026 77"))
    comparison = FactComparison([first, second, third])
    assert comparison.agreement(first, second) == pytest.approx(1.0)
    assert comparison.agreement(first, third) == 0.0  # everyone has 2026
    assert comparison.agreement(first, read_facts(["none"])) == 0.0


def test_agreement_is_symmetric():
    one, other = read_facts(["415 77 77"]), read_facts(["415 77 23"])
    comparison = FactComparison([one, other, read_facts(["99"])])
    assert comparison.agreement(one, other) == pytest.approx(comparison.agreement(other, one))
    assert 0 < comparison.agreement(one, other) < 1
