import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import InputError
from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.tables import kept
from pipeline.textbooks.estimate import estimate_book, estimate_lines
from pipeline.textbooks.page_sampling import mean_of, scaled, share_of, spread_runs
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.rendering import render_page
from pipeline.textbooks.sentences import extract_sentences

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
LINES = [
    "Верблюда с древних времён называют кораблём пустыни.",
    "Его широкие ступни не вязнут в песке даже в жару.",
    "Длинные ресницы защищают глаза верблюда от пыли.",
    "Весной на холмах цветут красные маки и тюльпаны, и",
]
SCANNED = (5, 6, 7)
PARAMS = TextbookParams(compared_page_count=0, resolution_dpi=120)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """12 pages whose last sentences go on overleaf; three of them are pictures."""
    folder = tmp_path_factory.mktemp("book")
    plain = folder / "plain.pdf"
    pdfmetrics.registerFont(TTFont("Reader", FONT))
    write(plain, pictures={})
    pictures = {number: render_page(plain, number, 150)[0] for number in SCANNED}
    path = folder / "book.pdf"
    write(path, pictures)
    return path


def write(path, pictures):
    canvas = Canvas(str(path), pagesize=A5, invariant=1)
    for number in range(1, 13):
        if number in pictures:
            canvas.drawInlineImage(pictures[number].convert("L"), 0, 0, *A5)
        else:
            text = canvas.beginText(40, A5[1] - 60)
            text.setFont("Reader", 11, leading=18)
            text.textLines(
                [f"после дождя {number} раз пахнет полынью.", *LINES * (1 + (number > 6))]
            )
            canvas.drawText(text)
        canvas.showPage()
    canvas.save()


@pytest.fixture(scope="module")
def whole(book):
    pages = read_pages(book, "rus_Cyrl", "book", PARAMS)
    return kept(extract_sentences(pages, "rus_Cyrl", SentenceParams())).num_rows


def test_a_book_that_is_read_whole_is_told_exactly(book, whole):
    told = estimate_book(book, "rus_Cyrl", 12, PARAMS)
    found = told.sentences["kept"]
    assert (found.value, found.ci_low, found.ci_high) == (whole, whole, whole)
    assert (told.methods["ocr"].value, told.methods["text_layer"].value) == (3, 9)
    assert told.read_count == told.page_count == 12


def test_some_pages_tell_of_all_with_an_interval_that_holds_the_truth(book, whole):
    told = estimate_book(book, "rus_Cyrl", 9, PARAMS)
    found = told.sentences["kept"]
    assert told.read_count == 9
    assert found.ci_low <= whole <= found.ci_high
    assert found.ci_low < found.ci_high
    assert told.methods["ocr"].ci_low <= 3 <= told.methods["ocr"].ci_high


def test_the_time_of_ocr_is_that_between_its_pages(book):
    ticks = iter([100.0, 104.0, 110.0])
    told = estimate_book(book, "rus_Cyrl", 12, PARAMS, clock=lambda: next(ticks))
    assert told.ocr_seconds.value == 5
    assert told.ocr_minutes.value == pytest.approx(3 * 5 / 60)


def test_a_book_without_ocr_tells_no_time_of_it(tmp_path):
    write(tmp_path / "plain.pdf", pictures={})
    told = estimate_book(tmp_path / "plain.pdf", "rus_Cyrl", 6, PARAMS)
    assert told.ocr_seconds is told.ocr_minutes is None
    assert any("too few pages" in line for line in estimate_lines("plain.pdf", told))


def test_what_is_no_pdf_cannot_be_estimated(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"no book")
    with pytest.raises(InputError, match=r"a\.pdf cannot be estimated"):
        estimate_book(tmp_path / "a.pdf", "rus_Cyrl", 6, PARAMS)


def test_the_command_prints_pages_sentences_time_and_bytes(tmp_path):
    image = Image.new("L", (40, 60), 255)
    canvas = Canvas(str(tmp_path / "blank.pdf"), pagesize=A5)
    canvas.drawInlineImage(image, 0, 0, *A5)
    canvas.showPage()
    canvas.save()
    command = [sys.executable, "-m", "pipeline.cli", "estimate", str(tmp_path / "blank.pdf")]
    done = subprocess.run(
        [*command, "--language", "rus_Cyrl"], capture_output=True, text=True, check=True
    )
    assert "blank.pdf: 1 pages, of which 1 were read" in done.stdout
    assert "rejected among those read: 1, empty" in done.stdout
    assert "1/1 blank: page 1 read by OCR" in done.stderr


@given(st.integers(1, 2000), st.integers(6, 60))
def test_runs_are_evenly_spread_inside_the_book_and_do_not_touch_a_page_twice(page_count, most):
    runs = spread_runs(page_count, most)
    numbers = [number for run in runs for number in run]
    assert numbers == sorted(set(numbers))
    assert 1 <= numbers[0] <= numbers[-1] <= page_count
    assert len(numbers) <= most
    gaps = [later.start - earlier.start for earlier, later in pairwise(runs)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_what_differs_little_between_runs_is_told_closely():
    runs = [range(1, 3), range(51, 53), range(101, 103)]
    equal = scaled([1, 2, 51, 52, 101, 102], runs, 150)
    assert (equal.value, equal.ci_low, equal.ci_high) == (150, 150, 150)
    uneven = scaled([1, 1, 2, 2, 51, 102], runs, 150)
    assert uneven.value == 150
    assert uneven.ci_low < 150 < uneven.ci_high


def test_no_page_of_a_kind_in_a_sample_does_not_mean_none_in_the_book():
    none = share_of(300, 0, 24)
    assert none.value == none.ci_low == 0
    assert 20 < none.ci_high < 60
    assert mean_of([1.0]) is None
