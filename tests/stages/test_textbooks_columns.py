"""Columns, lists and formulas of pages that are typeset here and read back as any PDF is."""

import io
import textwrap
from pathlib import Path

import pypdfium2
import pytest
from rapidfuzz import fuzz
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.textbooks.columns import in_reading_order
from pipeline.textbooks.layout import read_lines, split_furniture
from pipeline.textbooks.reader import read_pages
from pipeline.textbooks.sentences import extract_sentences
from pipeline.textbooks.text_layer import read_text_layer

STORY = [
    "The camel is called the ship of the desert.",
    "It can walk for a week without drinking, and it carries heavy loads over the sand.",
    "Its feet are broad and soft, so that it does not sink.",
    "In summer the hair falls off, and people weave warm cloth of it.",
    "Children learn to ride early in the morning, when the air is cool.",
    "In the evening the herd comes home by itself.",
    "A young camel drinks the milk of its mother for more than a year.",
    "Then it eats thorns, leaves and dry grass as the old ones do.",
    "Nobody in the village would sell a white one.",
    "Old people say that it brings luck to the house where it was born and raised.",
]
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
SIZE, PITCH, TOP = 10, 14, 760.0
MIN_LIKENESS_PERCENT = 90.0

pytestmark = pytest.mark.skipif(not FONT.exists(), reason="the font DejaVu Serif is missing")


@pytest.fixture(scope="module", autouse=True)
def font():
    pdfmetrics.registerFont(TTFont("Reader", FONT))


class Page:
    """A page being set; lines go down from the top."""

    def __init__(self):
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=A4, invariant=True)

    def text(self, words, x, y, width, size=SIZE):
        """Set text ragged right within a width; returns where the next line would stand."""
        self.canvas.setFont("Reader", size)
        for row in textwrap.wrap(words, int(width / (0.56 * size))):
            self.canvas.drawString(x, y, row)
            y -= PITCH
        return y

    def save(self, path):
        self.canvas.save()
        path.write_bytes(self.file.getvalue())
        return path


def sentences(path):
    params = TextbookParams(compared_page_count=0)
    pages = read_pages(path, "eng_Latn", "textbooks/book", params)
    table = extract_sentences(pages, "eng_Latn", SentenceParams())
    return [row for row in table.to_pylist() if row["reject_reason"] is None]


def texts(path):
    return [row["text"] for row in sentences(path)]


def halves():
    middle = len(STORY) // 2
    return " ".join(STORY[:middle]), " ".join(STORY[middle:])


@pytest.mark.parametrize("shift", [0.0, 4.0, 7.0])
def test_two_columns_are_read_one_after_the_other_however_their_lines_lie(tmp_path, shift):
    page = Page()
    left, right = halves()
    page.text(left, 60, TOP, 220)
    page.text(right, 310, TOP - shift, 220)
    assert texts(page.save(tmp_path / "book.pdf")) == STORY


def test_a_sentence_goes_on_in_the_next_column(tmp_path):
    page = Page()
    rows = textwrap.wrap(" ".join(STORY), 39)
    middle = len(rows) // 2
    assert not rows[middle - 1].endswith(".")
    for x, part in ((60, rows[:middle]), (310, rows[middle:])):
        for number, row in enumerate(part):
            page.canvas.setFont("Reader", SIZE)
            page.canvas.drawString(x, TOP - PITCH * number, row)
    assert texts(page.save(tmp_path / "book.pdf")) == STORY


def test_what_runs_over_both_columns_comes_before_and_after_them(tmp_path):
    page = Page()
    y = page.text("The ship of the desert", 60, TOP, 400, size=18) - PITCH
    y = page.text("Read this over the whole width of the page before you read on. " * 2, 60, y, 470)
    left, right = halves()
    below = min(page.text(left, 60, y - 6, 220), page.text(right, 310, y - 6, 220))
    page.text("What did you learn? Tell it to the others in your own words. " * 2, 60, below, 470)
    found = texts(page.save(tmp_path / "book.pdf"))
    assert found[0] == "The ship of the desert"
    assert found[3:-4] == STORY
    assert found[-4:] == ["What did you learn?", "Tell it to the others in your own words."] * 2


def test_columns_of_a_scan_put_askew_are_told_apart(tmp_path):
    page = Page()
    left, right = halves()
    page.text(left, 60, TOP, 220)
    page.text(right, 310, TOP, 220)
    with pypdfium2.PdfDocument(page.save(tmp_path / "printed.pdf")) as pdf:
        image = pdf[0].render(scale=300 / 72).to_pil().convert("L").rotate(0.7, fillcolor=255)
    image.save(tmp_path / "scan.pdf", resolution=300)
    found = texts(tmp_path / "scan.pdf")
    assert len(found) == len(STORY)
    assert min(map(fuzz.ratio, found, STORY)) > MIN_LIKENESS_PERCENT


def test_three_columns_are_read_in_their_order(tmp_path):
    page = Page()
    for number in range(3):
        page.text(" ".join(STORY[3 * number : 3 * number + 3]), 50 + 175 * number, TOP, 150)
    assert texts(page.save(tmp_path / "book.pdf")) == STORY[:9]


def test_rows_of_a_table_are_not_columns(tmp_path):
    page = Page()
    rows = [("Camel", "a big animal"), ("Fox", "a small one"), ("Stork", "a bird")] * 3
    for number, row in enumerate(rows):
        for x, cell in zip((60, 310), row, strict=True):
            page.text(cell, x, TOP - PITCH * number, 220)
    found = sentences(page.save(tmp_path / "book.pdf"))
    assert [row["text"] for row in found] == [cell for row in rows for cell in row]
    assert {row["kind"] for row in found} == {"table"}


def test_no_word_of_any_page_is_lost_by_its_order(tmp_path):
    page = Page()
    left, right = halves()
    page.text(left, 60, TOP, 220)
    page.text(right, 310, TOP - 5, 200)
    (layer,) = read_text_layer(page.save(tmp_path / "book.pdf"), (1,))
    pages = read_pages(
        tmp_path / "book.pdf", "eng_Latn", "textbooks/book", TextbookParams(compared_page_count=0)
    )
    body, _ = split_furniture(read_lines(pages))
    ordered = [word["text"] for line in in_reading_order(body) for word in line.words]
    assert sorted(ordered) == sorted(word["text"] for word in layer.words)


def test_list_items_and_formulas_are_marked(tmp_path):
    page = Page()
    y = page.text(" ".join(STORY[:3]), 60, TOP, 470)
    y = page.text("You need for the work:", 60, y - 6, 470)
    for item in ("• a sheet of paper", "• two pencils", "• a ruler of wood"):
        y = page.text(item, 75, y, 470)
    y = page.text("The area is found by this rule:", 60, y - 6, 470)
    y = page.text("S = a · b + 2 · c", 200, y, 300)
    page.text("Measure both sides of the sheet and tell what you have found.", 60, y, 470)
    found = [(row["kind"], row["text"]) for row in sentences(page.save(tmp_path / "book.pdf"))]
    assert found[3:] == [
        ("paragraph", "You need for the work:"),
        ("list", "a sheet of paper"),
        ("list", "two pencils"),
        ("list", "a ruler of wood"),
        ("paragraph", "The area is found by this rule:"),
        ("formula", "S = a · b + 2 · c"),
        ("paragraph", "Measure both sides of the sheet and tell what you have found."),
    ]
