"""What the corpus browser shows: documents with their pairs, pages with boxes, links. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from pipeline.corpus.trace import ArticlePlace, Box, PagePlace, Place, places_of
from pipeline.tables import identify

PAIRS_PER_PART = 500

_SLUG_CHARACTERS = 60
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")

PageKey = tuple[str, int]  # document key, page number


@dataclass(frozen=True)
class Link:
    """A way to a text; `href` is None for what a browser cannot open."""

    label: str
    href: str | None


@dataclass(frozen=True)
class Pair:
    """A row of the corpus with the ways to its texts, seen from `documents/`."""

    row: Mapping[str, Any]
    links: tuple[Link, ...]

    @property
    def is_kept(self) -> bool:
        """Whether it is in a split."""
        return self.row["reject_reason"] is None


@dataclass
class Document:
    """A document and the pairs it has a side of, in the corpus's order."""

    key: str
    pairs: list[Pair] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """Name of its files, without ending."""
        return slug(self.key)

    @property
    def kept_count(self) -> int:
        """Pairs in a split."""
        return sum(pair.is_kept for pair in self.pairs)

    def parts(self) -> dict[str, list[Pair]]:
        """The pairs by file below `documents/`; the first file has the document's plain name."""
        starts = range(0, len(self.pairs), PAIRS_PER_PART)
        return {
            f"{self.slug}{f'-part-{number}' if number > 1 else ''}.html": (
                self.pairs[start : start + PAIRS_PER_PART]
            )
            for number, start in enumerate(starts, start=1)
        }


@dataclass
class Page:
    """A page of a book and what stands on it: row and boxes of every pair, by `pair_id`."""

    document_key: str
    number: int
    pairs: dict[str, tuple[Mapping[str, Any], list[Box]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of its files, without ending."""
        return page_name(self.document_key, self.number)


def arrange(corpus: pa.Table) -> tuple[list[Document], list[Page]]:
    """Rows of a `PARALLEL_CORPUS` by document and by page, sorted by key and number.

    A pair is listed under both its documents, and on every page that it touches.

    Raises:
        InputError: a locator cannot be understood.
    """
    documents: dict[str, Document] = {}
    pages: dict[PageKey, Page] = {}
    for row in corpus.to_pylist():
        places = places_of(row)
        pair = Pair(row, tuple(dict.fromkeys(_link(place, row) for place in places)))
        for key in dict.fromkeys((row["source_document"], row["target_document"])):
            documents.setdefault(key, Document(key)).pairs.append(pair)
        for place in places:
            if isinstance(place, PagePlace):
                _put_on_page(place, row, pages)
    return [documents[key] for key in sorted(documents)], [pages[key] for key in sorted(pages)]


def row_addresses(corpus: pa.Table, base: str = "") -> dict[str, str]:
    """Where the browser lists every pair of a `PARALLEL_CORPUS`, by `pair_id`.

    A pair that is listed more than once has the address of its first place, documents sorted.

    Args:
        corpus: the table that the browser was written of.
        base: address of the browser's folder, with the last slash.

    Raises:
        InputError: a locator cannot be understood.
    """
    addresses: dict[str, str] = {}
    for document in arrange(corpus)[0]:
        for name, pairs in document.parts().items():
            for pair_id in (pair.row["pair_id"] for pair in pairs):
                addresses.setdefault(pair_id, f"{base}documents/{name}#{pair_id}")
    return addresses


def slug(document_key: str) -> str:
    """A file name that tells the document and is no other document's."""
    words = _NOT_PLAIN.sub("-", document_key.lower()).strip("-")[:_SLUG_CHARACTERS]
    return f"{words}-{identify(document_key)[:8]}"


def page_name(document_key: str, number: int) -> str:
    """Name of a page's files, without ending."""
    return f"{slug(document_key)}-{number}"


def frame_of(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of them; at least one is given."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def placed_in(box: Box, frame: Box) -> str:
    """CSS that places a box inside a frame, in percent of the frame's sides."""
    left, top, right, bottom = frame
    width, height = max(right - left, 1e-6), max(bottom - top, 1e-6)
    shares = {
        "left": (box[0] - left) / width,
        "top": (box[1] - top) / height,
        "width": (box[2] - box[0]) / width,
        "height": (box[3] - box[1]) / height,
    }
    return ";".join(f"{name}:{100 * share:.2f}%" for name, share in shares.items())


def _put_on_page(place: PagePlace, row: Mapping[str, Any], pages: dict[PageKey, Page]) -> None:
    key = place.document_key, place.page_number
    page = pages.setdefault(key, Page(*key))
    _row, boxes = page.pairs.setdefault(row["pair_id"], (row, []))
    if place.box and place.box not in boxes:
        boxes.append(place.box)


def _link(place: Place, row: Mapping[str, Any]) -> Link:
    if isinstance(place, PagePlace):
        page = page_name(place.document_key, place.page_number)
        href = f"../pages/{page}.html#{row['pair_id']}"
        return Link(f"{place.side}: page {place.page_number}", href)
    if isinstance(place, ArticlePlace):
        is_web = urlsplit(place.url).scheme in {"http", "https"}
        return Link(f"{place.side}: {place.url}", place.url if is_web else None)
    return Link(": ".join(filter(None, (place.file, place.entry))), None)
