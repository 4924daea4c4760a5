import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.tables import TEXTBOOK_PAGES, as_table
from pipeline.textbooks.confusions import base, near_readings
from pipeline.textbooks.quality import count_repaired, page_verdicts
from pipeline.textbooks.repair import reread
from pipeline.textbooks.spelling import repair_pages

TURKMEN = language("tuk_Latn")
PARAMS = TextbookParams(max_repaired_confidence_fraction=0.9)
KNOWN = "ýaşaýyş şäher hakynda kitap ýerine getirmek boldy maglumatynyň saparlar"


@pytest.fixture(autouse=True)
def dictionary(monkeypatch, tmp_path):
    """A dictionary of a few words."""
    monkeypatch.setenv("DUTAR_DICTIONARIES", str(tmp_path))
    (tmp_path / "tk_TM.txt").write_text("\n".join(KNOWN.split()), encoding="utf-8")


def word(text, confidence=0.4, line=0):
    return {
        "text": text,
        "box": {"x0": 0, "top": 0, "x1": 1, "bottom": 1},
        "confidence_fraction": confidence,
        "line_number": line,
        "font_size": 10,
    }


def page(*words, method="ocr", reject_reason=None):
    return {"method": method, "words": list(words), "text": "", "reject_reason": reject_reason}


def repaired(*texts, confidence=0.4, sure=""):
    """What becomes of unsure words on a page that has some sure ones besides."""
    words = [word(text, confidence) for text in texts]
    (new,) = repair_pages([page(*words, *(word(t, 0.99) for t in sure.split()))], TURKMEN, PARAMS)
    return [each["text"] for each in new["words"][: len(texts)]]


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("yaşaýyş", "ýaşaýyş"),  # a mark lost
        ("şähäer", "şäher"),  # a letter read twice
        ("magiumatynyň", "maglumatynyň"),  # a letter like it
        ("(yerine,", "(ýerine,"),  # what stands around stays
        ("kitap-şähher", "kitap-şäher"),
        ("saparlqr", "saparlar"),  # an odd slip in a long word
    ],
)
def test_an_unsure_word_is_repaired_when_the_dictionary_knows_one_a_slip_away(read, printed):
    assert repaired(read) == [printed]


def test_a_word_that_was_read_surely_stays_whatever_the_dictionary_says():
    assert repaired("yaşaýyş", confidence=0.9) == ["yaşaýyş"]
    assert repaired("yaşaýyş", confidence=0.89) == ["ýaşaýyş"]


@given(st.text(alphabet="abdeýyňnşs019-. ", min_size=1, max_size=9))
def test_no_sure_word_ever_changes(text):
    assert repaired(text, confidence=0.9) == [text]


@pytest.mark.parametrize("text", ["Yaşaýyş", "2020-nji", "1aşaýyş", "XVII", "ş", "kitap", "kitab-"])
def test_names_numbers_known_words_and_broken_ones_stay(text):
    assert repaired(text) == [text]


def test_the_second_part_of_a_word_broken_at_a_lines_end_stays():
    parts = [word("maglu-", line=0), word("yerine", line=1)]
    (new,) = repair_pages([page(*parts)], TURKMEN, PARAMS)
    assert [each["text"] for each in new["words"]] == ["maglu-", "yerine"]


def test_a_capitalised_word_is_repaired_when_the_book_has_it_elsewhere():
    assert repaired("Yewropada", sure="Ýewropada") == ["Ýewropada"]


def test_between_two_candidates_nothing_is_guessed_until_the_book_knows_one(tmp_path):
    (tmp_path / "tk_TM.txt").write_text("ýurt\ngurt\n", encoding="utf-8")
    assert repaired("yurt") == ["yurt"]
    assert repaired("yurt", sure="ýurt " * 200) == ["ýurt"]


def test_without_a_dictionary_the_book_knows_its_words(tmp_path):
    (tmp_path / "tk_TM.txt").unlink()
    assert repaired("magiumatynyň", sure="maglumatynyň") == ["maglumatynyň"]
    assert repaired("magiumatynyň") == ["magiumatynyň"]


def test_the_engines_reading_is_kept_and_repairs_are_counted_and_told():
    rows = repair_pages([page(word("yerine"), word("kitap"))], TURKMEN, PARAMS)
    table = as_table(rows, TEXTBOOK_PAGES)
    assert [(each["text"], each["raw_text"]) for each in table["words"][0].as_py()] == [
        ("ýerine", "yerine"),
        ("kitap", None),
    ]
    assert table["text"][0].as_py() == "ýerine kitap"
    assert count_repaired(table) == 1
    assert page_verdicts(table)[0].reason == "1 of 1 printed pages are readable, 1 words repaired"


def test_a_word_repaired_twice_keeps_its_first_reading():
    assert reread(reread(word("yeriñe"), "yeriňe"), "ýerine")["raw_text"] == "yeriñe"


@pytest.mark.parametrize("columns", [{"method": "text_layer"}, {"reject_reason": "noise: 0.3"}])
def test_text_layers_and_rejected_pages_stay_as_they_are(columns):
    given_page = page(word("yerine"), **columns)
    assert repair_pages([given_page], TURKMEN, PARAMS) == [given_page]


@given(st.text(alphabet="aäbdeýyňnşsz", min_size=1, max_size=8))
def test_a_slip_changes_one_letter_and_never_none(text):
    readings = near_readings(text, "tuk_Latn")
    assert text not in readings
    assert all(abs(len(reading) - len(text)) <= 1 for reading in readings)


def test_a_base_has_no_mark_stroke_or_hook():
    assert [base(letter) for letter in "ýŁđøąaЎй"] == ["y", "L", "d", "o", "a", "a", "У", "и"]
