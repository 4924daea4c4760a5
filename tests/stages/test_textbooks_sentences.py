from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parameters import SentenceParams
from pipeline.tables import TEXTBOOK_PAGES, TEXTBOOK_SENTENCES, as_table, identify
from pipeline.textbooks.quality import page_verdicts, sentence_verdicts
from pipeline.textbooks.sentences import extract_sentences, join_broken

PARAMS = SentenceParams()


def page(number, *lines, confidence=1.0, reject_reason=None):
    """A page of full lines, 14 points apart; each word 30 points wide."""
    words = [
        {
            "text": text,
            "box": {
                "x0": 50.0 + 32 * column,
                "top": 100.0 + 14 * row,
                "x1": 80.0 + 32 * column,
                "bottom": 110.0 + 14 * row,
            },
            "confidence_fraction": confidence,
            "line_number": row,
            "font_size": 10.0,
        }
        for row, line in enumerate(lines)
        for column, text in enumerate(line.split())
    ]
    return {
        "document_key": "textbooks/book",
        "page_number": number,
        "words": words,
        "reject_reason": reject_reason,
    }


def extract(*pages, code="rus_Cyrl", params=PARAMS):
    return extract_sentences(as_table(list(pages), TEXTBOOK_PAGES), code, params)


def texts(table):
    return table["text"].to_pylist()


def test_sentences_are_numbered_in_reading_order_and_named_by_content():
    table = extract(page(1, "Верблюд живёт в пустыне. Он", "пьёт мало воды."))
    assert table.schema == TEXTBOOK_SENTENCES
    assert texts(table) == ["Верблюд живёт в пустыне.", "Он пьёт мало воды."]
    assert table["sentence_number"].to_pylist() == [0, 1]
    assert table["sentence_id"].to_pylist() == [
        identify("textbooks/book", str(number), text) for number, text in enumerate(texts(table))
    ]


def test_a_sentence_knows_its_page_and_the_box_of_its_own_words():
    table = extract(page(7, "Верблюд живёт в пустыне. Он", "пьёт мало воды."))
    first, second = table["box"].to_pylist()
    assert table["page_number"].to_pylist() == [7, 7]
    assert first == {"x0": 50, "top": 100, "x1": 50 + 3 * 32 + 30, "bottom": 110}
    assert second == {"x0": 50, "top": 100, "x1": 50 + 4 * 32 + 30, "bottom": 124}


def test_a_sentence_over_two_pages_has_the_box_of_its_first_page():
    table = extract(
        page(1, "Верблюд живёт в пустыне и", "пьёт очень мало"), page(2, "чистой воды летом.")
    )
    assert texts(table) == ["Верблюд живёт в пустыне и пьёт очень мало чистой воды летом."]
    assert table["page_number"][0].as_py() == 1
    assert table["box"][0].as_py()["bottom"] == 124


def test_confidence_is_the_mean_over_the_sentences_words():
    sure, unsure = page(1, "Он пьёт", confidence=1.0), page(2, "мало воды.", confidence=0.5)
    assert extract(sure, unsure)["confidence_fraction"][0].as_py() == pytest.approx(0.75)


def test_hyphenation_is_undone_over_lines_and_pages():
    table = extract(page(1, "В пустыне живут верб-", "люды и раз-"), page(2, "ные птицы."))
    assert texts(table) == ["В пустыне живут верблюды и разные птицы."]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("верб-", "люды", "верблюды"),
        ("верб\u00ad", "люды", "верблюды"),
        ("al-", "Horezmi", "al-Horezmi"),
        ("27-", "nji", "27-nji"),
        ("ýeke-", "ýekeden", "ýeke-ýekeden"),
        ("hem-", "de,", "hem-de,"),
    ],
)
def test_the_hyphen_stays_where_it_is_part_of_the_word(first, second, joined):
    assert join_broken(first, second, Counter({"hem-de": 3, "hemde": 1})) == joined


def test_exercise_numbers_are_not_part_of_the_text():
    table = extract(page(1, "1. Где живёт верблюд?", "2. Что он пьёт?"))
    assert texts(table) == ["Где живёт верблюд?", "Что он пьёт?"]
    assert table["kind"].to_pylist() == ["exercise", "exercise"]


def test_letters_of_another_script_are_repaired():
    assert texts(extract(page(1, "Bерблюд живёт в пустыне."))) == ["Верблюд живёт в пустыне."]


def test_furniture_is_kept_as_rejected_rows_behind_the_sentences():
    pages = [
        page(n, "Наш мир", f"{word} живёт в пустыне.", f"Зовут его {word * 2}.", str(n))
        for n, word in enumerate(("Верблюд", "Лис", "Джейран"), 1)
    ]
    table = extract(*pages)
    reasons = table["reject_reason"].to_pylist()
    assert (
        reasons
        == [None] * 6 + ["page furniture: running header", "page furniture: page number"] * 3
    )
    assert table["sentence_number"].to_pylist() == list(range(12))


def test_long_and_letterless_sentences_are_rejected_with_a_reason():
    table = extract(
        page(1, "Он пьёт.", "5 + 7 = 12.", "Верблюд " + "идёт " * 12, "и пьёт."),
        params=SentenceParams(max_sentence_characters=50),
    )
    assert texts(table)[0] == "Он пьёт."
    assert [reason.split(":")[0] for reason in table["reject_reason"].to_pylist()[1:]] == [
        "no letters",
        "too long",
    ]


def test_a_document_in_another_language_is_rejected_as_a_whole():
    lines = ["The camel is called the ship of the desert by many people."] * 3
    table = extract(page(1, *lines))
    assert all("document's lines" in reason for reason in table["reject_reason"].to_pylist())
    assert [verdict.is_passed for verdict in sentence_verdicts(table)] == [False, False]


def test_a_sentence_in_another_language_is_rejected_alone():
    own = "Верблюда с древних времён называют кораблём пустыни, потому что он идёт долго."
    foreign = "The camel is called the ship of the desert by very many people."
    table = extract(page(1, own, own, foreign))
    assert texts(table)[-1] == foreign
    assert [reason is None for reason in table["reject_reason"].to_pylist()] == [True, True, False]


def test_no_pages_give_no_sentences():
    assert extract().num_rows == 0


def test_a_file_that_could_not_be_opened_gives_no_sentences():
    assert extract(page(0, reject_reason="broken")).num_rows == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_extracting_never_fails_and_twice_gives_the_same(lines):
    once = extract(page(1, *lines), code="tuk_Latn")
    assert once.equals(extract(page(1, *lines), code="tuk_Latn"))
    assert once["sentence_number"].to_pylist() == list(range(once.num_rows))


def test_pages_pass_when_half_of_the_printed_ones_are_readable():
    good, dark = page(1, "Он."), page(2, reject_reason="noise: dark")
    blank = page(3, reject_reason="empty: no words were found on the page")
    (verdict,) = page_verdicts(as_table([good, dark, blank], TEXTBOOK_PAGES))
    assert verdict.is_passed
    assert verdict.reason == "1 of 2 printed pages are readable"


@pytest.mark.parametrize("reason", ["noise: dark", "empty: no words were found on the page"])
def test_pages_fail_when_none_is_readable(reason):
    (verdict,) = page_verdicts(as_table([page(1, reject_reason=reason)], TEXTBOOK_PAGES))
    assert not verdict.is_passed
    assert reason in verdict.reason
