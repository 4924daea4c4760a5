import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.measures.ocr_scores import character_error_rate, word_error_rate

texts = st.lists(st.text("abç ň", max_size=12), min_size=1, max_size=5).filter(any)


def test_character_error_rate_weighs_pages_by_their_length():
    rate = character_error_rate(["abcd", "abcdefghijklmnop"], ["abXd", "abcdefghijklmnop"], seed=0)
    assert (rate.edit_count, rate.unit_count) == (1, 20)
    assert rate.interval.value == pytest.approx(0.05)
    assert rate.interval.n == 2


def test_word_error_rate_counts_whole_words_and_ignores_line_breaks():
    rate = word_error_rate(["bu gün howa gowy"], ["bu\ngun howa"], seed=0)
    assert (rate.edit_count, rate.unit_count) == (2, 4)


@given(texts)
def test_a_perfect_reading_has_no_errors(pages):
    assert character_error_rate(pages, pages, count=20, seed=0).interval.value == 0


@given(texts)
def test_nothing_read_is_one_error_for_each_character(pages):
    rate = character_error_rate(pages, [""] * len(pages), count=20, seed=0)
    assert rate.interval.value == 1


def test_inventing_more_than_was_there_goes_above_one():
    assert character_error_rate(["a"], ["bcd"], seed=0).interval.value == 3


def test_the_interval_widens_when_pages_differ():
    even = character_error_rate(["abcdefghij"] * 20, ["Xbcdefghij"] * 20, seed=0).interval
    uneven_pages = ["XXXXXXXXXX"] * 2 + ["abcdefghij"] * 18
    uneven = character_error_rate(["abcdefghij"] * 20, uneven_pages, seed=0).interval
    assert even.value == uneven.value == pytest.approx(0.1)
    assert even.ci_low == even.ci_high
    assert uneven.ci_high - uneven.ci_low > 0.1


@pytest.mark.parametrize(("references", "hypotheses"), [(["a"], []), ([""], ["a"]), ([], [])])
def test_missing_pages_and_empty_references_are_refused(references, hypotheses):
    with pytest.raises(InputError):
        character_error_rate(references, hypotheses, seed=0)
