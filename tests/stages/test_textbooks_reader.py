import io
import itertools
import json
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pytest
import regex
from PIL import Image, ImageFilter
from rapidfuzz import fuzz
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.tables import TEXTBOOK_PAGES, kept
from pipeline.textbooks import command
from pipeline.textbooks.engines import EngineFailure
from pipeline.textbooks.judgement import text_of
from pipeline.textbooks.models import installed_model, plan_ocr
from pipeline.textbooks.ocr import recognise
from pipeline.textbooks.preview import page_crop
from pipeline.textbooks.quality import page_verdicts
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.rendering import (
    MAX_PIXELS,
    capped_resolution_dpi,
    is_blank,
    render_page,
)
from pipeline.textbooks.scanned import read_scanned_page

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
PARAMS = TextbookParams(page_timeout_seconds=60)
TURKMEN = [
    "Türkmenler düýäni gadymdan bäri çölüň gämisi",
    "diýip atlandyrypdyrlar. Onuň giň dabany guma",
    "batmaýar, uzyn kirpikleri gözüni tozandan goraýar.",
]
RUSSIAN = [
    "Верблюда с древних времён называют кораблём",
    "пустыни. Его широкие ступни не вязнут в песке,",
    "а длинные ресницы защищают глаза от пыли.",
]

pytestmark = pytest.mark.skipif(not FONT.exists(), reason="the font DejaVu Serif is missing")


def write_page(canvas, lines, *, background=None, is_invisible=False):
    """Lines 20 points apart, from 60 points below the top, over a picture of the page."""
    pdfmetrics.registerFont(TTFont("Reader", FONT))
    if background is not None:
        canvas.drawImage(ImageReader(background), 0, 0, *A5)
    text = canvas.beginText(40, A5[1] - 60)
    text.setFont("Reader", 12, leading=20)
    text.setTextRenderMode(3 if is_invisible else 0)
    text.textLines(lines)
    canvas.drawText(text)
    canvas.showPage()


def typeset(path, pages, encrypt=None):
    canvas = Canvas(str(path), pagesize=A5, encrypt=encrypt, invariant=True)
    for lines in pages:
        write_page(canvas, lines)
    canvas.save()
    return path


def scanned(image, angle):
    """Turned counter-clockwise and blurred."""
    turned = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    return turned.filter(ImageFilter.GaussianBlur(0.6))


def fake_tesseract(folder, monkeypatch, script):
    """Put a shell script in front of the real engine."""
    program = folder / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho run >> {folder}/runs\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Russian text; a Turkmen scan; the number 12; nothing; wrong letters over right ones."""
    folder = tmp_path_factory.mktemp("book")
    print_of_turkmen, _ = render_page(typeset(folder / "t.pdf", [TURKMEN]), 1, 200)
    print_of_russian, _ = render_page(typeset(folder / "r.pdf", [RUSSIAN]), 1, 200)
    wrong = [line.translate(str.maketrans("аеорсх", "aeopcx")) for line in RUSSIAN]
    path = folder / "book.pdf"
    canvas = Canvas(str(path), pagesize=A5, invariant=True)
    write_page(canvas, RUSSIAN)
    write_page(canvas, [], background=scanned(print_of_turkmen, angle=1.5))
    write_page(canvas, ["12"])
    write_page(canvas, [])
    write_page(canvas, wrong, background=print_of_russian, is_invisible=True)
    canvas.save()
    return path


@pytest.fixture(scope="module")
def pages(book):
    return read_pages(book, "rus_Cyrl", "textbooks/book", PARAMS)


def test_every_page_is_a_row_with_its_method_and_the_reason(pages):
    assert pages.schema == TEXTBOOK_PAGES
    assert [(page["page_number"], page["method"]) for page in pages.to_pylist()] == [
        (1, "text_layer"),
        (2, "ocr"),
        (3, "ocr"),
        (4, "ocr"),
        (5, "ocr"),
    ]
    reasons = pages["method_reason"].to_pylist()
    assert reasons[1] == "the text layer has 0 characters"
    assert reasons[2] == "the text layer has 2 characters"
    assert "mix Latin and Cyrillic" in reasons[4]


def test_a_sound_text_layer_is_kept_with_boxes_and_sizes(pages):
    page = pages.to_pylist()[0]
    assert page["reject_reason"] is None
    assert page["text"] == "\n".join(RUSSIAN)
    first = page["words"][0]
    assert (first["text"], first["line_number"]) == ("Верблюда", 0)
    assert first["font_size"] == pytest.approx(12)
    assert first["box"]["x0"] == pytest.approx(40, abs=0.1)
    assert first["box"]["top"] < 60 < first["box"]["bottom"]
    assert first["confidence_fraction"] == page["confidence_fraction"] == 1


def test_a_text_layer_of_wrong_letters_is_read_by_ocr(pages):
    page = pages.to_pylist()[4]
    assert fuzz.ratio(page["text"], "\n".join(RUSSIAN)) > 97
    assert page["reject_reason"] is None


def test_pages_in_another_language_and_blank_ones_are_rejected_and_the_others_kept(pages):
    reasons = pages["reject_reason"].to_pylist()
    assert reasons[1].split(":")[0] in {"language", "noise"}
    assert reasons[3] == "empty: no words were found on the page"
    assert pages["confidence_fraction"][3].as_py() is None
    assert {1, 5} <= set(kept(pages)["page_number"].to_pylist())


def test_the_result_does_not_depend_on_the_number_of_workers(book, pages):
    told = []
    alone = read_pages(
        book,
        "rus_Cyrl",
        "textbooks/book",
        PARAMS,
        progress=lambda done, total, _: told.append((done, total)),
        worker_count=1,
    )
    assert alone.equals(pages)
    assert told == [(1, 1), (1, 4), (2, 4), (3, 4), (4, 4)]  # one is compared with OCR


def test_a_scan_is_levelled_and_read_with_boxes_on_the_page_as_it_is(book):
    page = read_scanned_page(book, 2, plan_ocr(language("tuk_Latn"), PARAMS))
    assert fuzz.ratio(text_of(page.words), "\n".join(TURKMEN)) > 97
    left, right = page.words[0]["box"], page.words[4]["box"]
    assert left["top"] - right["top"] > 4
    assert page.words[0]["font_size"] == pytest.approx(12, rel=0.15)


def test_a_crop_shows_the_words_of_its_box(book, pages):
    png = page_crop(book, 1, pages["words"][0].as_py()[0]["box"], 72)
    crop = Image.open(io.BytesIO(png))
    assert crop.width < 120
    assert crop.height < 50
    assert crop.getextrema()[0] < 100
    with pytest.raises(InputError, match="page 9"):
        page_crop(book, 9, None)


def test_a_poster_is_rendered_at_a_lower_resolution(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(9000, 9000))
    canvas.showPage()
    canvas.save()
    image, dpi = render_page(tmp_path / "a.pdf", 1, 300)
    assert dpi == pytest.approx(50.6, abs=0.1)
    assert image.width * image.height <= MAX_PIXELS * 1.001
    assert is_blank(image)


@pytest.mark.parametrize("size", [(595, 842), (14400, 14400), (10, 1e6), (0, 0)])
def test_no_page_has_more_pixels_than_the_cap(size):
    dpi = capped_resolution_dpi(*size, 300)
    assert 0 < dpi <= 300
    assert size[0] * size[1] * (dpi / 72) ** 2 <= MAX_PIXELS * 1.001
    assert max(size) * dpi / 72 <= 30_001


def test_a_book_with_one_bad_page_loses_that_page_alone(tmp_path):
    path = typeset(tmp_path / "a.pdf", [RUSSIAN, RUSSIAN[::-1], RUSSIAN])
    content = path.read_bytes()
    kids = regex.search(rb"/Kids \[ (\d+) 0 R (\d+) 0 R", content)
    path.write_bytes(content.replace(kids[0], b"/Kids [ %s 0 R 99 0 R" % kids[1]))
    pages = read_pages(path, "rus_Cyrl", "textbooks/book", PARAMS).to_pylist()
    assert [page["method"] for page in pages] == ["text_layer", "ocr", "text_layer"]
    assert [page["text"] for page in pages] == ["\n".join(RUSSIAN), "", "\n".join(RUSSIAN)]
    assert pages[1]["reject_reason"].startswith("unreadable:")


def test_pages_beyond_the_limit_are_one_rejected_row_that_counts_them(book):
    found = read_pages(book, "rus_Cyrl", "a", PARAMS.model_copy(update={"most_pages": 1}))
    first, beyond = found.to_pylist()
    assert first["reject_reason"] is None
    assert (beyond["page_number"], beyond["method"], beyond["text"]) == (2, "none", "")
    assert beyond["reject_reason"] == "beyond most_pages: 4 pages behind page 1 are not read"
    (verdict,) = page_verdicts(found)
    assert verdict.is_passed


def test_pages_that_are_asked_for_are_read_alone(book, pages):
    found = read_pages(book, "rus_Cyrl", "textbooks/book", PARAMS, page_numbers=[1, 5])
    assert found.equals(pages.filter(pa.compute.is_in(pages["page_number"], pa.array([1, 5]))))


def test_a_book_that_has_had_its_time_is_not_read_on(book):
    hours = itertools.count(step=3600.0)
    found = read_pages(book, "rus_Cyrl", "a", PARAMS, clock=lambda: next(hours))
    assert found["page_number"].to_pylist() == [1, 2, 3, 4, 5]
    (reason,) = set(found["reject_reason"].to_pylist())
    assert reason == "unreadable: not tried, for the book has had its 135 seconds"


def test_a_missing_file_is_one_row(tmp_path):
    (page,) = read_pages(tmp_path / "gone.pdf", "rus_Cyrl", "a", PARAMS).to_pylist()
    assert (page["page_number"], page["method"]) == (0, "none")
    assert "gone.pdf is missing" in page["reject_reason"]


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "is empty (0 bytes)"), (b"Dear reader," * 99, "is not a PDF")]
)
def test_a_file_that_is_no_pdf_is_one_row(tmp_path, content, told):
    (tmp_path / "a.pdf").write_bytes(content)
    (page,) = read_pages(tmp_path / "a.pdf", "rus_Cyrl", "a", PARAMS).to_pylist()
    assert page["page_number"] == 0
    assert told in page["reject_reason"]


def test_an_encrypted_file_is_one_row(tmp_path):
    locked = typeset(tmp_path / "a.pdf", [RUSSIAN], encrypt="secret")
    (page,) = read_pages(locked, "rus_Cyrl", "a", PARAMS).to_pylist()
    assert page["page_number"] == 0
    assert "is encrypted" in page["reject_reason"]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 1", "status 1"),
        ("kill -SEGV $$", "status -11"),
        ("exec sleep 60", "did not answer within"),
        (r"printf 'level\n\377\376' > $2.tsv", "not UTF-8"),
        ("echo nonsense > $2.tsv", "not a table of words"),
        (r"printf 'level\tconf\ttext\n5\t?\tx\n' > $2.tsv", "broken row"),
        ("exit 0", "left no answer"),
    ],
)
def test_a_faulty_engine_is_tried_twice(tmp_path, monkeypatch, script, told):
    fake_tesseract(tmp_path, monkeypatch, script)
    with pytest.raises(EngineFailure, match=told):
        recognise(Image.new("L", (40, 40)), 300, "rus", timeout_seconds=2)
    assert (tmp_path / "runs").read_text().split() == ["run", "run"]


def test_pages_that_the_engine_fails_on_are_rejected_and_the_others_kept(
    book, tmp_path, monkeypatch
):
    fake_tesseract(tmp_path, monkeypatch, "exit 1")
    found = read_pages(book, "rus_Cyrl", "a", PARAMS)
    assert kept(found)["page_number"].to_pylist() == [1]
    assert found["reject_reason"][1].as_py() == "unreadable: the OCR engine ended with status 1"
    assert found["reject_reason"][3].as_py().startswith("empty:")


@pytest.mark.parametrize(
    ("script", "package"),
    [(None, "tesseract-ocr"), ("printf 'List\\neng\\n'", "tesseract-ocr-rus")],
)
def test_a_missing_engine_or_model_names_the_package(tmp_path, monkeypatch, script, package):
    monkeypatch.setenv("PATH", str(tmp_path))
    if script:
        fake_tesseract(tmp_path, monkeypatch, script)
    with pytest.raises(InputError, match=f"apt-get install {package}$"):
        installed_model(language("rus_Cyrl"))


def test_the_command_gives_text_with_form_feeds_and_words_for_json(book, pages, monkeypatch):
    monkeypatch.setattr(command, "read_pages", lambda *_, **__: pages)
    text = command.ocr_text(book, "rus_Cyrl", PARAMS)
    assert text.split("\f")[0] == "\n".join(RUSSIAN)
    assert len(text.split("\f")) == 5
    report = json.loads(json.dumps(command.ocr_report(book, "rus_Cyrl", PARAMS)))
    assert [page["page"] for page in report] == [1, 2, 3, 4, 5]
    assert report[0]["words"][0]["text"] == "Верблюда"
    assert len(report[0]["words"][0]["box"]) == 4
    assert report[0]["words"][0]["confidence"] == 1


def test_the_command_says_why_a_file_has_no_text(tmp_path):
    with pytest.raises(InputError, match=r"gone\.pdf is missing"):
        command.ocr_text(tmp_path / "gone.pdf", "rus_Cyrl", PARAMS)
