"""The corpus as a folder of small HTML pages: from any row to its page image or its URL.

`index.html` lists documents, `documents/` the pairs of each, `pages/` the pages of books with every
pair's box drawn over the picture. Writes below the given folder and nothing else; the pages hold no
scripts and load nothing from elsewhere.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.corpus.browser_views import Document, Page, arrange, frame_of, placed_in, slug
from pipeline.corpus.language_tags import language_tag
from pipeline.errors import InputError

_ENDINGS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}  # first bytes of a file


class PageImage(Protocol):
    """A picture of a whole page, PNG or JPEG, and the page's size in points."""

    @property
    def data(self) -> bytes:
        """The file's bytes."""

    @property
    def width_points(self) -> float:
        """Of the page."""

    @property
    def height_points(self) -> float:
        """Of the page."""


PageImages = Callable[[str, int], PageImage | None]  # of a document key and a page number, 1-based


def write_browser(corpus: pa.Table, page_image: PageImages, folder: Path) -> Path:
    """Write the pages, made anew each time; returns the folder, whose `index.html` is the start.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`; rejected rows are shown with their reason.
        page_image: asked once for every page that a pair stands on, in order of documents and
            pages. Where it has none, the page still lists its pairs.
        folder: made where missing.

    Raises:
        InputError: a locator cannot be understood, or a picture is neither PNG nor JPEG.
    """
    documents, pages = arrange(corpus)
    templates = _templates()
    for name in ("documents", "pages"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    index = templates.get_template("browser_index.html.jinja").render(
        documents=documents, pair_count=corpus.num_rows, root=""
    )
    (folder / "index.html").write_text(index, encoding="utf-8")
    for document in documents:
        _write_document(document, folder / "documents", templates)
    for page in pages:
        image = page_image(page.document_key, page.number)
        _write_page(page, image, folder / "pages", templates)
    return folder


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"tag": language_tag, "slug": slug}
    return environment


def _write_document(document: Document, folder: Path, templates: Environment) -> None:
    """The list of a document's pairs, in parts; a pair's first item in a part bears its anchor."""
    template = templates.get_template("browser_document.html.jinja")
    parts = document.parts()
    for name, pairs in parts.items():
        ids = [pair.row["pair_id"] for pair in pairs]
        firsts = {pair_id: number for number, pair_id in reversed(list(enumerate(ids)))}
        html = template.render(
            document=document, pairs=pairs, firsts=firsts, names=list(parts), name=name, root="../"
        )
        (folder / name).write_text(html, encoding="utf-8")


def _write_page(page: Page, image: PageImage | None, folder: Path, templates: Environment) -> None:
    """A page's picture, and the page that shows it with its boxes."""
    picture, marks = None, {}
    if image is not None:
        picture = f"{page.name}.{_ending(image.data, page)}"
        (folder / picture).write_bytes(image.data)
        marks = _marks(page, (0.0, 0.0, image.width_points, image.height_points))
    html = templates.get_template("browser_page.html.jinja").render(
        page=page, picture=picture, marks=marks, root="../"
    )
    (folder / f"{page.name}.html").write_text(html, encoding="utf-8")


def _marks(page: Page, paper: tuple[float, float, float, float]) -> dict[str, dict[str, object]]:
    """CSS of every pair's frame on the page, and of its boxes in that frame; by `pair_id`."""
    marks: dict[str, dict[str, object]] = {}
    for pair_id, (_row, boxes) in page.pairs.items():
        if boxes:
            frame = frame_of(boxes)
            inside = [placed_in(box, frame) for box in boxes]
            marks[pair_id] = {"frame": placed_in(frame, paper), "boxes": inside}
    return marks


def _ending(data: bytes, page: Page) -> str:
    for start, ending in _ENDINGS.items():
        if data.startswith(start):
            return ending
    raise InputError(
        f"the picture of page {page.number} of {page.document_key} is neither PNG nor JPEG"
    )
