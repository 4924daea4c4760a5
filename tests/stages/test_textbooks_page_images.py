import pytest
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from pipeline.textbooks.page_images import inbox_pages

SIDECAR = """title: Camel
book: camel
language: rus_Cyrl
edition: "1"
licence: Apache-2.0
origin: written for this test
"""


@pytest.fixture
def inbox(tmp_path):
    canvas = Canvas(str(tmp_path / "camel.pdf"), pagesize=A5)
    for number in (1, 2):
        canvas.drawString(72, 300, f"page {number}")
        canvas.showPage()
    canvas.save()
    (tmp_path / "camel.yaml").write_text(SIDECAR)
    return tmp_path


def test_every_page_of_an_edition_has_a_picture_and_its_size_in_points(inbox):
    picture = inbox_pages(inbox)
    first, second = (picture("textbooks/camel", number) for number in (1, 2))
    assert first.data[:2] == second.data[:2] == b"\xff\xd8"
    assert first.data != second.data
    assert (first.width_points, first.height_points) == pytest.approx(A5, abs=0.1)


def test_what_has_no_picture_is_none(inbox):
    picture = inbox_pages(inbox)
    assert picture("textbooks/camel", 3) is None
    assert picture("news/habar/1", 1) is None
    (inbox / "camel.pdf").write_bytes(b"torn")
    assert inbox_pages(inbox)("textbooks/camel", 1) is None
    assert inbox_pages(None)("textbooks/camel", 1) is None
