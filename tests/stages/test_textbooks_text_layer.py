import random

import pypdfium2
import pytest
import regex
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from benchmarks.broken_layers import FONTS, KINDS, broken_page, page_pdf
from pipeline.parameters import TextbookParams
from pipeline.textbooks.judgement import distrust, text_of
from pipeline.textbooks.pdfium_words import TurnedTextError, page_words
from pipeline.textbooks.text_layer import (
    read_text_layer,
    read_with_pdfium,
    read_with_pdfplumber,
)

PARAMS = TextbookParams()
TEXTS = {
    "rus_Cyrl": [
        (
            "Верблюда с древних времён называют кораблём пустыни. У одного вида верблюдов на спине "
            "один горб, у другого два, и в них животное запасает жир на голодное время."
        ),
        "Его широкие ступни не вязнут в песке, а длинные ресницы защищают глаза от пыли.",
    ],
    "tuk_Latn": [
        (
            "Türkmenler düýäni gadymdan bäri çölüň gämisi diýip atlandyrypdyrlar. Bir örküçli düýä "
            "arwana diýilýär, iki örküçlüsine bolsa baktrian diýilýär."
        ),
        "Onuň giň dabany guma batmaýar, uzyn kirpikleri gözüni tozandan goraýar.",
    ],
}

pytestmark = pytest.mark.skipif(not FONTS[""].exists(), reason="the font DejaVu Serif is missing")


def layer_of(folder, pdf):
    (folder / "a.pdf").write_bytes(pdf)
    (page,) = read_text_layer(folder / "a.pdf", (1,))
    return page


def drawn(folder, draw):
    """A page drawn by a function of its canvas, given to pdfium and to pdfplumber."""
    canvas = Canvas(str(folder / "a.pdf"), pagesize=A5, invariant=1)
    canvas.setFont("Helvetica", 12)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return folder / "a.pdf"


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_broken_text_layer_is_distrusted(tmp_path, code, kind):
    draw = random.Random(4)  # noqa: S311 - a draw of pages
    for _ in range(3):
        page = layer_of(tmp_path, broken_page(TEXTS[code], code, kind, draw))
        assert distrust(text_of(page.words), code, PARAMS) is not None


@pytest.mark.parametrize("code", TEXTS)
def test_a_healthy_text_layer_is_trusted_although_it_quotes_another_script(tmp_path, code):
    (other,) = set(TEXTS) - {code}
    page = layer_of(tmp_path, page_pdf([*TEXTS[code], TEXTS[other][1]], code))
    assert distrust(text_of(page.words), code, PARAMS) is None


@pytest.mark.parametrize("code", TEXTS)
def test_pdfium_and_pdfplumber_read_the_same_words_in_the_same_places(tmp_path, code):
    (tmp_path / "a.pdf").write_bytes(page_pdf(TEXTS[code], code))
    ours = read_with_pdfium(tmp_path / "a.pdf", (1,))[1]
    theirs = read_with_pdfplumber(tmp_path / "a.pdf", (1,))[1]
    assert [word["text"] for word in ours.words] == [word["text"] for word in theirs.words]
    for one, other in zip(ours.words, theirs.words, strict=True):
        assert one["box"] == pytest.approx(other["box"], abs=0.6)
        assert one["line_number"] == other["line_number"]
        assert one["font_size"] == pytest.approx(10, abs=0.1)


def test_a_letter_without_a_unicode_value_is_the_replacement_character(tmp_path):
    page = layer_of(tmp_path, page_pdf(TEXTS["rus_Cyrl"], "rus_Cyrl", wiring=None))
    assert "\ufffd" in text_of(page.words)


def test_a_word_printed_twice_for_bold_type_is_read_once(tmp_path):
    def draw(canvas):
        for shift in (0, 0.4):
            canvas.drawString(40 + shift, 500, "coffee offer a")

    pages = read_with_pdfium(drawn(tmp_path, draw), (1,))
    assert text_of(pages[1].words) == "coffee offer a"


def test_words_of_one_line_are_ordered_from_the_left_whatever_the_file_says(tmp_path):
    def draw(canvas):
        canvas.drawString(200, 400, "third")
        canvas.drawString(40, 500, "first")
        canvas.drawString(40, 400, "second")

    pages = read_with_pdfium(drawn(tmp_path, draw), (1,))
    assert text_of(pages[1].words) == "first\nsecond third"


def test_a_page_with_turned_text_is_left_to_pdfplumber(tmp_path):
    def draw(canvas):
        canvas.drawString(40, 500, "upright")
        canvas.rotate(90)
        canvas.drawString(100, -50, "sideways")

    path = drawn(tmp_path, draw)
    with pytest.raises(TurnedTextError):
        page_words(pypdfium2.PdfDocument(path)[0])
    assert read_with_pdfium(path, (1,)) == {}
    (page,) = read_text_layer(path, (1,))
    assert "upright" in text_of(page.words)


def test_a_turned_page_is_left_to_pdfplumber(tmp_path):
    def draw(canvas):
        canvas.setPageRotation(90)
        canvas.drawString(40, 500, "lying")

    path = drawn(tmp_path, draw)
    assert read_with_pdfium(path, (1,)) == {}
    assert read_text_layer(path, (1,))[0].problem is None


def test_a_page_that_is_not_there_has_a_problem_and_the_others_are_read(tmp_path):
    path = drawn(tmp_path, lambda canvas: canvas.drawString(40, 500, "here"))
    first, second = read_text_layer(path, (1, 2))
    assert text_of(first.words) == "here"
    assert second.problem == "pdfplumber does not find the page"


def test_a_page_that_pdfium_cannot_load_is_not_mistaken_for_the_next_one(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"), invariant=1)
    for text in ("first", "second", "third"):
        canvas.drawString(40, 500, text)
        canvas.showPage()
    canvas.save()
    content = (tmp_path / "a.pdf").read_bytes()
    kids = regex.search(rb"/Kids \[ (\d+) 0 R (\d+) 0 R", content)
    lost = b"/Kids [ %s 0 R 99 0 R" % kids[1]
    (tmp_path / "a.pdf").write_bytes(content.replace(kids[0], lost))
    pages = read_text_layer(tmp_path / "a.pdf", (1, 2, 3))
    assert [text_of(page.words) for page in pages] == ["first", "", "third"]
    assert "other pages than pdfium" in pages[1].problem
