import io
import random
import re
from typing import NamedTuple

import pytest
from lxml import html
from PIL import Image

from pipeline.corpus.browser import write_browser
from pipeline.corpus.browser_views import frame_of, placed_in, row_addresses, slug
from pipeline.corpus.trace import ArticlePlace, EntryPlace, PagePlace, places_of
from pipeline.errors import InputError
from pipeline.tables import PARALLEL_CORPUS, as_table, identify

WIDTH, HEIGHT = 400.0, 600.0
HOSTILE = """<script>alert("x")</script> & 'y' </p>"""


class PageImage(NamedTuple):
    data: bytes
    width_points: float
    height_points: float


def picture(kind="PNG"):
    stream = io.BytesIO()
    Image.new("L", (40, 60), 255).save(stream, format=kind)
    return stream.getvalue()


def page_image(document_key, page_number):
    return PageImage(picture(), WIDTH, HEIGHT)


def textbook_row(number):
    page, top = number % 40 + 1, 10.0 + number % 500
    places = [f'{{"page": {page}, "box": [50.0, {top}, 350.0, {top + 12}]}}'] * 2
    return {
        "origin": "textbooks",
        "source_document": "textbooks/b.tuk_Latn",
        "target_document": "textbooks/b.rus_Cyrl",
        "locator": f'{{"source": [{places[0]}], "target": [{places[1]}]}}',
    }


def news_row(number):
    urls = [f'{{"url": "https://orient.test/{c}/post/{number}"}}' for c in ("tk", "ru")]
    return {
        "origin": "news",
        "source_document": f"news/orient/tk/{number % 20}",
        "target_document": f"news/orient/ru/{number % 20}",
        "locator": f'{{"source": [{urls[0]}], "target": [{urls[1]}]}}',
    }


def bitext_row(number):
    document = {"source_document": "bitexts/ui", "target_document": "bitexts/ui"}
    return document | {"origin": "bitexts", "locator": f"ui/a.po#message {number}"}


def corpus_row(number, **changes):
    make = (textbook_row, news_row, bitext_row)[number % 3]
    row = {
        "pair_id": identify(str(number)),
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": f"sözlem {number}",
        "target_text": f"фраза {number}",
        "licence": "CC0-1.0",
        "cosine": 0.5,
        "is_reviewed": False,
        "split": "train",
    }
    return row | make(number) | changes


@pytest.fixture(scope="module")
def rows():
    return [corpus_row(number) for number in range(2400)]


@pytest.fixture(scope="module")
def folder(rows, tmp_path_factory):
    target = tmp_path_factory.mktemp("browser")
    return write_browser(as_table(rows, PARALLEL_CORPUS), page_image, target)


class Reader:
    """Follows links between files as a browser does."""

    def __init__(self, folder):
        self.folder = folder
        self.opened = {}

    def open(self, path):
        path = path.resolve()
        assert path.is_relative_to(self.folder.resolve())
        if path not in self.opened:
            self.opened[path] = html.parse(path).getroot()
        return self.opened[path]

    def document_pages(self, key):
        """All parts of the list of a document, first step from the index."""
        index = self.open(self.folder / "index.html")
        (first,) = (a.get("href") for a in index.iter("a") if a.text == key)
        start = self.folder / first
        parts = self.open(start).xpath("//nav[@aria-label='parts']/a/@href")
        return [start, *(start.parent / part for part in parts)]

    def item(self, row):
        """Where a row is listed: the file, and its element."""
        for path in self.document_pages(row["source_document"]):
            for item in self.open(path).iter("li"):
                if item.find("p").text == row["source_text"]:
                    return path, item
        raise AssertionError(row)


def test_from_a_hundred_rows_two_steps_lead_to_the_page_image_or_the_url(rows, folder):
    reader = Reader(folder)
    for row in random.Random(13).sample(rows, 100):  # noqa: S311 - rows to look at
        path, item = reader.item(row)
        links = item.xpath(".//a/@href")
        for place in places_of(row):
            if isinstance(place, PagePlace):
                wanted = f"{slug(place.document_key)}-{place.page_number}.html#{row['pair_id']}"
                (link,) = (one for one in links if one.endswith(wanted))
                file, _, anchor = link.partition("#")
                page = reader.open(path.parent / file)
                (mark,) = page.xpath(f"//*[@id='{anchor}']")
                assert row["source_text"] in mark.text_content()
                (image,) = mark.getparent().iter("img")
                assert ((path.parent / file).parent / image.get("src")).read_bytes() == picture()
            elif isinstance(place, ArticlePlace):
                assert place.url in links
            else:
                assert isinstance(place, EntryPlace)
                assert f"{place.file}: {place.entry}" in item.text_content()


def test_every_pair_has_an_address_and_stands_there(rows, folder):
    addresses = row_addresses(as_table(rows, PARALLEL_CORPUS), "../browser/")
    assert len(addresses) == len(rows)
    reader = Reader(folder)
    anchors = {}
    for row in rows:
        start, _, anchor = addresses[row["pair_id"]].partition("#")
        assert (start.startswith("../browser/documents/"), anchor) == (True, row["pair_id"])
        path = folder / start.removeprefix("../browser/")
        if path not in anchors:
            listed = reader.open(path).xpath("//li[@id]")
            anchors[path] = {item.get("id"): item.find("p").text for item in listed}
        assert anchors[path][anchor] == row["source_text"]


def test_a_box_lies_on_the_picture_where_it_lies_on_the_page(rows, folder):
    row = rows[0]
    page = html.parse(folder / f"pages/{slug('textbooks/b.tuk_Latn')}-1.html").getroot()
    (mark,) = page.xpath(f"//*[@id='{row['pair_id']}']")
    assert mark.get("style") == "left:12.50%;top:1.67%;width:75.00%;height:2.00%"
    assert [box.get("style") for box in mark.iter("i")] == [
        "left:0.00%;top:0.00%;width:100.00%;height:100.00%"
    ]


def test_boxes_are_placed_in_the_smallest_frame_that_holds_them():
    boxes = [(10.0, 0.0, 30.0, 10.0), (0.0, 10.0, 40.0, 20.0)]
    assert frame_of(boxes) == (0.0, 0.0, 40.0, 20.0)
    assert (
        placed_in(boxes[0], frame_of(boxes)) == "left:25.00%;top:0.00%;width:50.00%;height:50.00%"
    )


def test_pages_hold_no_script_and_load_nothing_from_elsewhere(folder):
    for path in folder.rglob("*.html"):
        page = html.parse(path).getroot()
        assert not page.xpath("//script | //link | //iframe")
        assert all("/" not in source for source in page.xpath("//@src"))
        assert "url(" not in path.read_text()


def test_texts_keys_and_locators_are_escaped(tmp_path):
    key = f"news/{HOSTILE}"
    changes = {"source_document": key, "target_document": key, "licence": HOSTILE}
    changes |= {"source_text": HOSTILE, "reject_reason": HOSTILE, "split": None}
    changes |= {"locator": '{"source": [{"url": "javascript:alert(1)"}], "target": []}'}
    write_browser(as_table([corpus_row(1, **changes)], PARALLEL_CORPUS), page_image, tmp_path)
    (listed,) = (tmp_path / "documents").iterdir()
    assert re.fullmatch(r"[a-z0-9-]+\.html", listed.name)
    for path in (tmp_path / "index.html", listed):
        assert "<script" not in path.read_text()
        assert HOSTILE in html.parse(path).getroot().text_content()
    links = html.parse(listed).getroot().xpath("//a/@href")
    assert not [link for link in links if link.startswith("javascript")]


def test_a_page_without_a_picture_lists_its_pairs_under_their_anchors(tmp_path):
    row = corpus_row(0)
    table = as_table([row], PARALLEL_CORPUS)
    write_browser(table, lambda document_key, page_number: None, tmp_path)
    for path in (tmp_path / "pages").iterdir():
        page = html.parse(path).getroot()
        (item,) = page.xpath(f"//li[@id='{row['pair_id']}']")
        assert row["source_text"] in item.text_content()
        assert "There is no picture of this page." in page.text_content()


def test_a_pair_that_stands_twice_on_a_page_has_one_anchor_and_both_boxes(tmp_path):
    rows = [corpus_row(0), corpus_row(120, pair_id=corpus_row(0)["pair_id"])]
    write_browser(as_table(rows, PARALLEL_CORPUS), page_image, tmp_path)
    page = html.parse(tmp_path / f"pages/{slug('textbooks/b.tuk_Latn')}-1.html").getroot()
    (mark,) = page.xpath(f"//*[@id='{rows[0]['pair_id']}']")
    assert len(list(mark.iter("i"))) == 2
    listed = html.parse(tmp_path / f"documents/{slug('textbooks/b.tuk_Latn')}.html").getroot()
    assert [item.get("id") for item in listed.iter("li")] == [rows[0]["pair_id"], None]


def test_a_jpeg_keeps_its_kind_and_anything_else_is_refused(tmp_path):
    table = as_table([corpus_row(0)], PARALLEL_CORPUS)
    write_browser(table, lambda *_: PageImage(picture("JPEG"), WIDTH, HEIGHT), tmp_path)
    assert len(list(tmp_path.glob("pages/*.jpg"))) == 2
    with pytest.raises(InputError, match=r"page 1 of textbooks/b.rus_Cyrl is neither PNG nor"):
        write_browser(table, lambda *_: PageImage(b"GIF89a", WIDTH, HEIGHT), tmp_path)


def test_documents_that_look_alike_have_files_of_their_own():
    keys = ["news/a/b", "news/a-b", "news/A/b", "news/" + "x" * 100, "news/" + "x" * 101, "ä", "ö"]
    assert len({slug(key) for key in keys}) == len(keys)
    assert max(len(slug(key)) for key in keys) < 80


def test_an_empty_corpus_has_an_index(tmp_path):
    write_browser(PARALLEL_CORPUS.empty_table(), page_image, tmp_path)
    assert "0 pairs of 0 documents" in (tmp_path / "index.html").read_text()
