import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import InputError
from pipeline.textbooks.crops import MAX_CROP_BYTES, crop_page, inbox_crops, page_image

WIDTH, HEIGHT = 400, 300
BOX = (100.0, 120.0, 300.0, 140.0)
SIDECAR = "title: T\nbook: b\nlanguage: tuk_Latn\nedition: first\nlicence: CC0-1.0\norigin: own\n"


@pytest.fixture
def pdf(tmp_path) -> Path:
    """Two pages, the second with a black bar inside `BOX`."""
    path = tmp_path / "book.pdf"
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT))
    canvas.showPage()
    canvas.rect(110, HEIGHT - 135, 180, 10, fill=1)
    canvas.showPage()
    canvas.save()
    (tmp_path / "book.yaml").write_text(SIDECAR)
    return path


def pixels(jpeg):
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return np.asarray(image.convert("L"))


def test_a_crop_is_as_wide_as_the_page_and_as_high_as_its_box_with_margins(pdf):
    picture = pixels(crop_page(pdf, 2, BOX, margin_points=10, resolution_dpi=72))
    assert picture.shape == (40, WIDTH)
    assert picture[20, 200] < 60  # the bar, in the middle of the box
    assert picture[20, 50] > 230


def test_a_crop_has_a_frame_around_its_box(pdf):
    picture = pixels(crop_page(pdf, 1, BOX, margin_points=10, resolution_dpi=72))
    assert picture[8, 200] < 180 < picture[20, 200]
    assert picture[20, 98] < 180
    assert picture[20, 302] < 180


def test_a_crop_shows_the_page_that_was_asked_for(pdf):
    assert pixels(crop_page(pdf, 1, BOX, resolution_dpi=72))[15].min() > 60
    assert pixels(crop_page(pdf, 2, BOX, resolution_dpi=72))[15].min() < 60


@pytest.mark.parametrize("page_number", [-1, 0, 3])
def test_a_page_that_does_not_exist_is_refused(pdf, page_number):
    with pytest.raises(InputError, match=f"2 pages and no page {page_number}"):
        crop_page(pdf, page_number, BOX)


def test_a_box_outside_the_page_is_refused(pdf):
    with pytest.raises(InputError, match="outside page 1"):
        crop_page(pdf, 1, (0, HEIGHT + 50, 10, HEIGHT + 60))


def test_what_is_no_pdf_and_what_is_not_there_are_refused(tmp_path):
    (tmp_path / "no.pdf").write_bytes(b"not a PDF")
    for name in ("no.pdf", "gone.pdf"):
        with pytest.raises(InputError, match="has no picture"):
            crop_page(tmp_path / name, 1, BOX)


def test_a_crop_of_pure_noise_still_fits(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (1500, 1200), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.pdf", resolution=110)
    crop = crop_page(tmp_path / "noise.pdf", 1, (0, 0, 700, 900))
    assert len(crop) <= MAX_CROP_BYTES
    assert min(pixels(crop).shape) > 50


def test_a_page_image_frames_every_box(pdf):
    plain = pixels(page_image(pdf, 1, resolution_dpi=72))
    framed = pixels(page_image(pdf, 1, [BOX, (20, 20, 60, 60)], resolution_dpi=72))
    assert plain.shape == framed.shape == (HEIGHT, WIDTH)
    assert plain.min() > 230
    assert framed[18, 40] < 180
    assert framed[118, 200] < 180


def test_inbox_crops_answer_in_order_and_know_only_readable_editions(pdf):
    messages = []
    crops = inbox_crops(pdf.parent, lambda done, total, message: messages.append(message))
    places = [
        ("textbooks/book", 1, BOX),
        ("news/site/a", 1, BOX),
        ("textbooks/book", 9, BOX),
        ("textbooks/book", 2, BOX),
    ]
    first, foreign, missing, second = crops(places)
    assert first == crop_page(pdf, 1, BOX)
    assert second == crop_page(pdf, 2, BOX)
    assert foreign is None
    assert missing is None
    assert any("page 9 of textbooks/book" in message for message in messages)
