import dataclasses
import io

import pyarrow as pa
import pytest
from PIL import Image, ImageChops, ImageDraw
from rapidfuzz import fuzz
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.languages import language
from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.textbooks.models import plan_ocr
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.rendering import render_page
from pipeline.textbooks.righting import QUARTERS, Turn, likely_turns, skew_degrees, upright
from pipeline.textbooks.scanned import read_scanned_page
from pipeline.textbooks.sentences import extract_sentences

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
PARAMS = TextbookParams(page_timeout_seconds=600, resolution_dpi=200)
TURKMEN = [
    "Türkmenler düýäni gadymdan bäri çölüň gämisi diýip",
    "atlandyrypdyrlar. Onuň giň dabany guma batmaýar.",
    "Uzyn kirpikleri gözüni tozandan goraýar. Düýe suwsuz",
    "birnäçe gün ýaşap bilýär, ýöne soňra köp suw içýär.",
]


@pytest.fixture(scope="module")
def print_of_page(tmp_path_factory):
    """A picture of a page with four Turkmen lines, the first at 60 points from the top left."""
    path = tmp_path_factory.mktemp("page") / "upright.pdf"
    pdfmetrics.registerFont(TTFont("Righted", FONT))
    canvas = Canvas(str(path), pagesize=A5, invariant=True)
    text = canvas.beginText(60, A5[1] - 60)
    text.setFont("Righted", 11, leading=22)
    text.textLines(TURKMEN)
    canvas.drawText(text)
    canvas.save()
    image, _ = render_page(path, 1, 150)
    return image


def lying(image, quarters, degrees):
    """The picture as a scanner saw it: askew, then turned by quarters counter-clockwise."""
    askew = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return askew.transpose(QUARTERS[quarters]) if quarters else askew


def scan(path, images):
    canvas = Canvas(str(path), invariant=True)
    for image in images:
        size = (image.width * 72 / 150, image.height * 72 / 150)
        canvas.setPageSize(size)
        stream = io.BytesIO()
        image.save(stream, "PNG")
        canvas.drawImage(ImageReader(stream), 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return path


@pytest.mark.parametrize("angle", [-9.0, -2.0, -0.4, 0.0, 1.1, 6.3])
def test_skew_is_found(print_of_page, angle):
    assert skew_degrees(lying(print_of_page, 0, angle)) == pytest.approx(-angle, abs=0.2)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_turn_that_rights_a_page_is_among_those_to_try(print_of_page, quarters):
    turns = likely_turns(lying(print_of_page, quarters, 3))
    wanted = [turn for turn in turns if turn.quarters == -quarters % 4]
    assert [turn.degrees for turn in wanted] == [pytest.approx(-3, abs=0.2)]
    assert [turn.quarters for turn in turns] == ([1, 3, 0] if quarters % 2 else [0, 2])


def test_a_page_without_ink_lies_as_it_should():
    assert likely_turns(Image.new("L", (40, 60), 255)) == [Turn()]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("degrees", [0.0, -4.0, 10.0])
def test_a_box_of_the_righted_picture_is_where_its_ink_lies_on_the_page(quarters, degrees):
    page = Image.new("L", (400, 600), 255)
    ImageDraw.Draw(page).rectangle((60, 90, 99, 119), fill=0)
    turn = Turn(quarters, degrees)
    righted = turn.righted(page)
    x0, top, x1, bottom = (
        ImageChops.invert(righted).point(lambda grey: 255 * (grey > 127)).getbbox()
    )
    box = turn.on_page({"x0": x0, "top": top, "x1": x1, "bottom": bottom}, righted.size, page.size)
    centre = ((box["x0"] + box["x1"]) / 2, (box["top"] + box["bottom"]) / 2)
    assert centre == pytest.approx((80, 105), abs=2)
    if degrees == 0:
        assert box == pytest.approx({"x0": 60, "top": 90, "x1": 100, "bottom": 120})
        assert upright(box, quarters, page.size) == pytest.approx(
            {"x0": x0, "top": top, "x1": x1, "bottom": bottom}
        )


@pytest.fixture(scope="module")
def lying_book(print_of_page, tmp_path_factory):
    """The same page as it should lie, on either side, and on its head, all a little askew."""
    images = [lying(print_of_page, quarters, 2) for quarters in (0, 1, 2, 3)]
    return scan(tmp_path_factory.mktemp("book") / "lying.pdf", images)


@pytest.fixture(scope="module")
def lying_pages(lying_book):
    return read_pages(lying_book, "tuk_Latn", "textbooks/lying", PARAMS)


def test_pages_that_lie_on_their_side_or_head_are_read_and_say_so(lying_pages):
    pages = lying_pages.to_pylist()
    for page in pages:
        assert fuzz.ratio(page["text"], "\n".join(TURKMEN)) > 95
        assert page["reject_reason"] is None
    turned = [round(page["turned_degrees"]) for page in pages]
    assert turned == [-2, -92, 178, 88]
    assert pages[0]["method_reason"] == "the text layer has 0 characters"
    assert pages[3]["method_reason"].endswith("; turned by 90 degrees to be read")


def test_words_of_a_turned_page_have_boxes_on_the_page_as_it_lies(lying_pages):
    first = [page["words"][0]["box"] for page in lying_pages.to_pylist()]
    width, height = lying_pages["width_points"][0].as_py(), lying_pages["height_points"][0].as_py()
    x, y = (first[0]["x0"] + first[0]["x1"]) / 2, (first[0]["top"] + first[0]["bottom"]) / 2
    expected = [(x, y), (y, width - x), (width - x, height - y), (height - y, x)]
    for box, centre in zip(first, expected, strict=True):
        at = ((box["x0"] + box["x1"]) / 2, (box["top"] + box["bottom"]) / 2)
        assert at == pytest.approx(centre, abs=2)
    assert first[1]["bottom"] - first[1]["top"] > first[1]["x1"] - first[1]["x0"]


def test_sentences_of_a_turned_page_are_those_of_an_upright_one(lying_pages):
    told = []
    for number in range(lying_pages.num_rows):
        page = pa.Table.from_pylist(lying_pages.slice(number, 1).to_pylist(), lying_pages.schema)
        sentences = extract_sentences(page, "tuk_Latn", SentenceParams()).to_pylist()
        told.append([row["text"] for row in sentences if row["reject_reason"] is None])
    assert len(told[0]) == 4
    for texts in told[1:]:
        assert len(texts) == 4
        assert fuzz.ratio(" ".join(texts), " ".join(told[0])) > 97


def test_a_page_whose_time_is_up_before_it_was_righted_says_so(lying_book):
    times = iter([0.0, 0.0, 1000.0])
    plan = dataclasses.replace(plan_ocr(language("tuk_Latn"), PARAMS), quoted=())
    page = read_scanned_page(lying_book, 3, plan, clock=lambda: next(times))
    assert page.words
    assert page.problem == "the page's time was up before the OCR engine was asked"
