"""From a pair back to where its texts stand: page and box, URL and paragraph, file and entry. Pure.

The locator of what was aligned or mined is a JSON object with a list of places for either side;
that of a bitext is plain text, `file#entry`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError

Box = tuple[float, float, float, float]  # x0, top, x1, bottom; points from the page's top left

SIDES = ("source", "target")


@dataclass(frozen=True)
class PagePlace:
    """A sentence on a page of a book; `box` is None where the page tells no more."""

    side: str  # source | target
    document_key: str
    page_number: int
    box: Box | None

    def __str__(self) -> str:
        corners = f", box {' '.join(f'{side:g}' for side in self.box)}" if self.box else ""
        return f"{self.side}: {self.document_key}, page {self.page_number}{corners}"


@dataclass(frozen=True)
class ArticlePlace:
    """A sentence in an article; paragraph 0 is its title, None is not known."""

    side: str
    document_key: str
    url: str
    paragraph: int | None

    def __str__(self) -> str:
        where = "" if self.paragraph is None else f", paragraph {self.paragraph}"
        return f"{self.side}: {self.document_key}, {self.url}{where}"


@dataclass(frozen=True)
class EntryPlace:
    """An entry of a translation memory, which holds both sides; `entry` may be empty."""

    document_key: str
    file: str
    entry: str

    def __str__(self) -> str:
        where = f", entry {self.entry}" if self.entry else ""
        return f"both sides: {self.document_key}, {self.file}{where}"


Place = PagePlace | ArticlePlace | EntryPlace


@dataclass(frozen=True)
class Traced:
    """A row and the places of its texts."""

    row: Mapping[str, Any]
    places: tuple[Place, ...]


def trace(pair_id: str, pairs: pa.Table) -> list[Traced]:
    """Every row of this pair, in order; more than one where the same texts stand in many places.

    Args:
        pair_id: as in the table.
        pairs: table of schema `SCORED_PAIRS` or one that extends it.

    Raises:
        InputError: a locator cannot be understood.
    """
    rows = pairs.filter(pc.equal(pairs["pair_id"], pair_id)).to_pylist()
    return [Traced(row, tuple(places_of(row))) for row in rows]


def places_of(row: Mapping[str, Any]) -> list[Place]:
    """The places of a row's texts: source first, in reading order; empty without a locator.

    Args:
        row: of schema `SCORED_PAIRS` or one that extends it.

    Raises:
        InputError: the locator has places that are neither on a page nor at a URL.
    """
    locator = row["locator"]
    if not locator:
        return []
    sides = _sides(locator)
    if sides is None:
        file, _, entry = locator.partition("#")
        return [EntryPlace(row["source_document"], file, entry)]
    try:
        return list(_sentence_places(row, sides))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"pair {row['pair_id']} of {row['source_document']} has a locator"
            f" that names no page and no URL: {locator}"
        ) from error


def _sides(locator: str) -> Mapping[str, Any] | None:
    """The parsed locator of two sides; None for plain text, whatever it begins with."""
    try:
        parsed = json.loads(locator)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) and parsed.keys() >= set(SIDES) else None


def _sentence_places(row: Mapping[str, Any], sides: Mapping[str, Any]) -> Iterator[Place]:
    for side in SIDES:
        document = row[f"{side}_document"]
        for place in sides[side]:
            if "url" in place:
                paragraph = place.get("paragraph")
                yield ArticlePlace(side, document, str(place["url"]), paragraph)
            else:
                yield PagePlace(side, document, int(place["page"]), _box(place.get("box")))


def _box(corners: list[float] | None) -> Box | None:
    if corners is None:
        return None
    left, top, right, bottom = map(float, corners)
    return left, top, right, bottom
