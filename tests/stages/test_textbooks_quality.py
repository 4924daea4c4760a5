import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tables import TEXTBOOK_PAGES, TEXTBOOK_SENTENCES, as_table
from pipeline.textbooks.quality import page_verdicts, sentence_verdicts

EMPTY, NOISE, FOREIGN = "empty: no ink", "noise: confidence 0.2", "language: 0.02 of tuk_Latn"


def pages(*reasons):
    return as_table([{"reject_reason": reason} for reason in reasons], TEXTBOOK_PAGES)


def sentences(*reasons):
    return as_table([{"reject_reason": reason} for reason in reasons], TEXTBOOK_SENTENCES)


@pytest.mark.parametrize(
    ("reasons", "is_passed", "told"),
    [
        ([None], True, "1 of 1 printed pages are readable"),
        ([None, NOISE], True, "1 of 2 printed pages are readable"),
        ([None, EMPTY, EMPTY], True, "1 of 1 printed pages are readable"),
        ([None, EMPTY, NOISE, NOISE], False, f"1 of 3 {{}}; the first that is not: {NOISE}"),
        ([EMPTY, EMPTY], False, f"0 of 0 {{}}; the first that is not: {EMPTY}"),
        ([], False, "0 of 0 printed pages are readable"),
    ],
)
def test_at_least_half_of_the_printed_pages_must_be_readable(reasons, is_passed, told):
    (verdict,) = page_verdicts(pages(*reasons))
    assert verdict.name == "has_readable_pages"
    assert verdict.is_passed is is_passed
    assert verdict.reason == told.format("printed pages are readable")


@given(st.lists(st.sampled_from([None, NOISE])), st.integers(0, 5))
def test_blank_pages_change_no_verdict(reasons, blank_count):
    with_blanks = page_verdicts(pages(*reasons, *[EMPTY] * blank_count))[0]
    assert with_blanks.is_passed == page_verdicts(pages(*reasons))[0].is_passed


@pytest.mark.parametrize(
    ("reasons", "verdicts"),
    [
        ([None, None, FOREIGN], (True, True)),
        ([None, FOREIGN], (True, True)),
        ([None, FOREIGN, FOREIGN], (True, False)),
        ([None, NOISE, NOISE, NOISE], (True, True)),
        ([NOISE], (False, True)),
        ([FOREIGN], (False, False)),
        ([], (False, True)),
    ],
)
def test_a_document_must_have_sentences_and_most_in_its_language(reasons, verdicts):
    found = sentence_verdicts(sentences(*reasons))
    assert [verdict.name for verdict in found] == ["has_sentences", "is_in_its_language"]
    assert tuple(verdict.is_passed for verdict in found) == verdicts


def test_a_refusal_quotes_the_first_foreign_sentence_and_counts_the_rejected():
    present, own = sentence_verdicts(sentences(None, NOISE, FOREIGN, FOREIGN))
    assert present.reason == "1 sentences, 3 rejected"
    assert own.reason == FOREIGN
