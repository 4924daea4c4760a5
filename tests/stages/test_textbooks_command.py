import json

import pytest

from pipeline.errors import InputError
from pipeline.parameters import TextbookParams
from pipeline.tables import TEXTBOOK_PAGES, as_table
from pipeline.textbooks import command
from pipeline.textbooks.command import ocr_report, ocr_text

PARAMS = TextbookParams()
WORD = {
    "text": "Suw",
    "box": {"x0": 1.23456, "top": 2, "x1": 3, "bottom": 4},
    "confidence_fraction": 0.98765,
    "line_number": 0,
    "font_size": 12,
}


def page(number, text, reason=None, words=()):
    return {
        "page_number": number,
        "method": "ocr",
        "method_reason": "no text layer",
        "text": text,
        "words": list(words),
        "confidence_fraction": 0.98765 if words else None,
        "reject_reason": reason,
    }


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "book.pdf"
    path.write_bytes(b"%PDF-1.4")
    return path


@pytest.fixture
def reads(monkeypatch):
    """Let the reader find these pages."""

    def set_pages(*rows):
        table = as_table(list(rows), TEXTBOOK_PAGES)
        monkeypatch.setattr(command, "read_pages", lambda *_, progress: table)

    return set_pages


def test_the_text_has_a_form_feed_between_pages_and_nothing_of_rejected_ones(pdf, reads):
    reads(page(1, "Suw.\nOt."), page(2, "xx", "noise: no language"), page(3, "Ýel."))
    assert ocr_text(pdf, "tuk_Latn", PARAMS) == "Suw.\nOt.\f\fÝel."


def test_a_document_without_a_readable_page_is_refused_with_the_first_reason(pdf, reads):
    reads(page(1, "", "empty: no ink"), page(2, "", "noise"))
    with pytest.raises(InputError, match=r"book\.pdf has no readable page: empty: no ink"):
        ocr_text(pdf, "tuk_Latn", PARAMS)


def test_the_report_is_json_with_rounded_words_and_rejected_pages(pdf, reads):
    reads(page(1, "Suw", words=[WORD]), page(2, "", "noise"))
    report = json.loads(json.dumps(ocr_report(pdf, "tuk_Latn", PARAMS)))
    assert report[0] == {
        "page": 1,
        "method": "ocr",
        "reason": "no text layer",
        "confidence": 0.988,
        "reject_reason": None,
        "text": "Suw",
        "words": [{"text": "Suw", "raw": None, "box": [1.235, 2.0, 3.0, 4.0], "confidence": 0.988}],
    }
    assert (report[1]["confidence"], report[1]["reject_reason"]) == (None, "noise")


@pytest.mark.parametrize("function", [ocr_text, ocr_report])
def test_a_missing_file_is_a_wrong_input_and_not_a_page(function, tmp_path):
    with pytest.raises(InputError, match=r"absent\.pdf is missing"):
        function(tmp_path / "absent.pdf", "tuk_Latn", PARAMS)
