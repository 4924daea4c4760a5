import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.text.passages import (
    LONG_CHARACTERS,
    PASSAGE_CHARACTERS,
    Paragraph,
    cut_long,
    cut_passages,
    line_paragraphs,
    split_passages,
)

PARAGRAPHS = st.lists(
    st.builds(
        Paragraph,
        st.integers(1, 99).map(str),
        st.integers(1, 600).map(lambda length: "a" * length),
        st.booleans(),
    )
)


@given(PARAGRAPHS)
def test_passages_hold_every_paragraph_once_and_in_order(paragraphs):
    passages = cut_passages(paragraphs)
    assert [place for one in passages for place in one.places] == [p.place for p in paragraphs]
    assert [line for one in passages for line in one.text.split("\n")] == [
        p.text for p in paragraphs
    ]


@given(PARAGRAPHS)
def test_no_passage_spans_two_sections_or_goes_on_when_it_is_full(paragraphs):
    rest = iter(paragraphs)
    for passage in cut_passages(paragraphs):
        members = [next(rest) for _ in passage.places]
        assert not any(one.begins_section for one in members[1:])
        assert len(members) <= 3
        assert sum(len(one.text) for one in members[:-1]) < PASSAGE_CHARACTERS


def test_a_text_that_is_one_section_is_cut_likewise():
    assert split_passages(["a" * 400, "b", "c", "d", "e"]) == ["a" * 400, "b\nc\nd", "e"]
    assert split_passages([]) == []


def test_blank_lines_are_no_paragraphs_and_headings_begin_sections():
    lines = [("1", "1-nji madda. Umumy"), ("2", "  "), ("3", " Tekst. "), ("4", "2-nji madda")]
    assert line_paragraphs(lines, r"\d+-n\w+ madda") == [
        Paragraph("1", "1-nji madda. Umumy", begins_section=True),
        Paragraph("3", "Tekst."),
        Paragraph("4", "2-nji madda", begins_section=True),
    ]
    assert not any(one.begins_section for one in line_paragraphs(lines))
    with pytest.raises(re.error):
        line_paragraphs(lines, "(")


def test_a_long_paragraph_is_cut_between_sentences_and_keeps_its_place():
    sentence = "Işgäriň her ýyl tölegli zähmet rugsadyna hukugy bardyr."
    long = " ".join([sentence] * 30)
    assert len(long) > LONG_CHARACTERS
    parts = list(cut_long([Paragraph("7", long, begins_section=True)], "tuk_Latn"))
    assert " ".join(part.text for part in parts) == long
    assert {part.place for part in parts} == {"7"}
    assert [part.begins_section for part in parts] == [True] + [False] * (len(parts) - 1)
    assert max(len(part.text) for part in parts) < PASSAGE_CHARACTERS + len(sentence) + 1


def test_other_paragraphs_are_left_as_they_are():
    short = Paragraph("1", "Bir. Iki. Üç.")
    assert list(cut_long([short], "tuk_Latn")) == [short]
    with pytest.raises(InputError, match="xxx"):
        list(cut_long([Paragraph("1", "a" * 1001)], "xxx"))
