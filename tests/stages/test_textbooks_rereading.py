from pathlib import Path

import pyarrow as pa
import pytest
from rapidfuzz import fuzz
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.evaluation.held_out.rereading_scores import best_readers, score_rereadings
from pipeline.parameters import EvaluationParams, TextbookParams
from pipeline.tables import TEXTBOOK_PAGES
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.rereading import Rereading, read_again
from pipeline.textbooks.specimens import Specimen, fonts_of

PARAMS = TextbookParams(compared_page_count=0, resolution_dpi=150)


def test_score_rereadings_counts_pages_and_tells_the_engine():
    readings = {
        ("textbooks/a", "rus_Cyrl"): [
            Rereading(1, "pytesseract rus", "кот спит", "кот  спит"),
            Rereading(2, "pytesseract rus", "дом", "дым"),
        ],
        ("textbooks/b", "tuk_Latn"): [],
    }
    rows = score_rereadings(readings, EvaluationParams(bootstrap_count=100)).to_pylist()
    assert [(row["metric"], row["n"], row["model"]) for row in rows] == [
        ("cer", 2, "pytesseract rus"),
        ("wer", 2, "pytesseract rus"),
    ]
    assert rows[0]["value"] == pytest.approx(1 / 11)
    assert rows[1]["value"] == pytest.approx(1 / 3)


def test_a_document_of_scans_is_not_read_again(tmp_path):
    scans = pa.Table.from_pylist(
        [{"document_key": "textbooks/a", "page_number": 1, "method": "ocr", "text": "кот"}],
        schema=TEXTBOOK_PAGES,
    )
    assert read_again(tmp_path / "none.pdf", "rus_Cyrl", scans, PARAMS, 3) == []


def test_the_best_reader_of_a_language_is_told_from_pages_as_they_are():
    readings = {
        ("textbooks/a", "rus_Cyrl"): [
            Rereading(1, "pytesseract rus", "кот спит", "кот спит"),
            Rereading(1, "pytesseract kaz", "кот спит", "кот спіт"),
            Rereading(1, "pytesseract rus", "кот спит", "кит спит", font="DejaVuSans"),
        ],
        ("textbooks/b", "rus_Cyrl"): [Rereading(1, "pytesseract rus", "дом", "дом")],
    }
    params = EvaluationParams(bootstrap_count=100)
    assert best_readers(readings, params) == {
        "rus_Cyrl": {"model": "pytesseract rus", "cer": 0.0, "pages": 2}
    }
    rows = score_rereadings(readings, params).to_pylist()
    assert {(row["model"], row["slice"]) for row in rows} == {
        ("pytesseract rus", ""),
        ("pytesseract kaz", ""),
        ("pytesseract rus", "font: DejaVuSans"),
    }


RUSSIAN = [
    "Верблюда с древних времён называют кораблём",
    "пустыни. Его широкие ступни не вязнут в песке,",
    "а длинные ресницы защищают глаза от пыли.",
]
SERIF = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")


@pytest.mark.skipif(not SERIF.exists(), reason="the font DejaVu Serif is missing")
def test_a_page_is_read_again_by_every_model_of_its_script_and_in_every_font(tmp_path):
    pdfmetrics.registerFont(TTFont("Reread", str(SERIF)))
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A5)
    text = canvas.beginText(40, A5[1] - 60)
    text.setFont("Reread", 12, leading=20)
    text.textLines(RUSSIAN)
    canvas.drawText(text)
    canvas.save()
    pages = read_pages(tmp_path / "a.pdf", "rus_Cyrl", "textbooks/a", PARAMS)
    readings = read_again(tmp_path / "a.pdf", "rus_Cyrl", pages, PARAMS, 3)
    own = [each for each in readings if each.model.endswith(" rus")]
    assert readings[0].font == ""
    assert readings[0].model == own[0].model
    assert {each.font for each in own} == {"", *(font.stem for font in fonts_of("rus_Cyrl"))}
    for each in own:
        assert fuzz.ratio(" ".join(each.read.split()), " ".join(RUSSIAN)) > 96
    others = {each.model.split()[1] for each in readings} - {"rus"}
    assert "Cyrillic" in {name.removeprefix("script/") for name in others}


def test_fonts_are_those_that_have_every_letter_of_the_alphabet():
    assert "DejaVuSerif" in {font.stem for font in fonts_of("tuk_Latn")}
    assert {font.stem for font in fonts_of("ben_Beng")} <= {"Lohit-Bengali"}
    assert fonts_of("rus_Cyrl", ["NoSuchFont"]) == []


def test_a_specimen_has_its_words_within_its_margins_and_grows_with_its_text():
    short, long = (Specimen("söz " * count, SERIF, 100).picture() for count in (5, 400))
    assert short.width == long.width
    assert short.height < long.height
    assert long.crop((0, 0, 60, long.height)).getextrema() == (255, 255)
    assert long.crop((long.width - 60, 0, long.width, long.height)).getextrema() == (255, 255)
