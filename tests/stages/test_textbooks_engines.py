import stat
from importlib.util import find_spec

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.textbooks import engines
from pipeline.textbooks.engines import (
    ENGINES,
    EngineFailure,
    choose_engine,
    library_version,
    program_version,
)
from pipeline.textbooks.models import plan_ocr

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
is_installed = find_spec("tesserocr") is not None
needs_library = pytest.mark.skipif(not is_installed, reason="tesserocr is not installed")
needs_same = pytest.mark.skipif(
    not is_installed or program_version() != library_version(),
    reason="tesserocr does not hold the program's Tesseract",
)


def picture(lines):
    image = Image.new("L", (1400, 80 * len(lines) + 80), 255)
    font = ImageFont.truetype(FONT, 44)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 40 + 80 * number), line, font=font, fill=0)
    return image


@pytest.fixture
def page():
    return picture(["Верблюда с древних времён называют", "кораблём пустыни. 47 + 5 = 52"])


def fake_program(folder, monkeypatch, version):
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\necho 'tesseract {version}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@needs_same
def test_the_library_answers_with_the_programs_table(page):
    program = ENGINES["pytesseract"].tsv(page, 300, "rus", 60)
    assert ENGINES["tesserocr"].tsv(page, 300, "rus", 60).split() == program.split()
    assert "кораблём" in program


@needs_library
def test_what_the_library_reads_does_not_depend_on_what_it_read_before(page):
    read = ENGINES["tesserocr"].tsv
    first = read(page, 300, "rus", 60)
    read(picture(["Совсем другая страница.", "Вторая строка."] * 3), 200, "rus", 60)
    assert read(page, 300, "rus", 60) == first


@needs_library
def test_the_library_gives_up_when_its_time_is_up(page):
    with pytest.raises(EngineFailure, match=r"did not answer within 0\.001 s"):
        ENGINES["tesserocr"].tsv(page.resize((5600, 960)), 300, "rus", 0.001)


@needs_library
def test_a_model_that_the_library_cannot_load_is_named(page):
    with pytest.raises(EngineFailure, match="cannot load the model nonesuch"):
        ENGINES["tesserocr"].tsv(page, 300, "nonesuch", 60)


@needs_same
def test_auto_is_the_library_where_it_holds_the_programs_tesseract():
    assert choose_engine("auto") == "tesserocr"


@needs_library
def test_auto_is_the_program_where_the_library_holds_another_tesseract(tmp_path, monkeypatch):
    fake_program(tmp_path, monkeypatch, "5.0.1-beta")
    assert program_version() == "5.0.1"
    assert choose_engine("auto") == "pytesseract"
    assert choose_engine("tesserocr") == "tesserocr"


def test_without_the_library_auto_is_the_program_and_asking_for_it_says_so(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    assert choose_engine("auto") == "pytesseract"
    with pytest.raises(InputError, match="tesserocr is not installed"):
        choose_engine("tesserocr")


def test_a_plan_names_the_models_of_the_languages_that_a_page_may_quote():
    plan = plan_ocr(language("tuk_Latn"), TextbookParams())
    assert [model.language for model in (plan.own, *plan.quoted)] == ["tuk_Latn", "rus_Cyrl"]
    alone = plan_ocr(language("tuk_Latn"), TextbookParams(quoted_languages=""))
    assert alone.quoted == ()
    other = TextbookParams(quoted_languages="tuk_Latn, uzn_Cyrl")
    assert [m.language for m in plan_ocr(language("rus_Cyrl"), other).quoted] == ["tuk_Latn"]


def test_an_unknown_language_among_the_quoted_ones_is_named():
    with pytest.raises(InputError, match="russian"):
        plan_ocr(language("tuk_Latn"), TextbookParams(quoted_languages="russian"))
