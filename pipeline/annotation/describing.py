"""What an annotator sees beside a pair: the neighbours, the article, the place in the page. Pure.

Pictures of places come from a function that is passed in.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError
from pipeline.probability.features import scored_once
from pipeline.tables import ANNOTATION_TASKS, as_table, kept

Row = dict[str, Any]
Box = Sequence[float]  # x0, top, x1, bottom in PDF points from the page's top left
Place = tuple[str, int, Box]  # document key, page (1-based), box
Pictures = Callable[[Sequence[Place]], Sequence[bytes | None]]

PLACE_OF_THE_PAIR = "[…]"


def describe_tasks(
    tasks: pa.Table,
    scored: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    pictures: Pictures,
    context_sentences: int = 1,
) -> pa.Table:
    """Fill in contexts, addresses and crops of tasks.

    A context is one text: the sentences before, `[…]` where the pair stands, the sentences after;
    empty where the document has no others or is not at hand. A crop shows all of the pair's
    sentences that stand on the page where it begins.

    Args:
        tasks: table of schema `ANNOTATION_TASKS`.
        scored: table of schema `SCORED_PAIRS` from which they were chosen.
        sentences_by_document: table of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES` by document
            key.
        pictures: JPEGs of places, in order; None for a document that has no pages. Called once,
            with every place once, ordered by document and page.
        context_sentences: shown before and after.

    Raises:
        InputError: a task's pair is not among the scored.
    """
    ids = pa.array(set(tasks["pair_id"].to_pylist()), pa.string())
    pairs = scored_once(scored.filter(pc.is_in(scored["pair_id"], ids))).to_pylist()
    if len(pairs) < len(ids):
        raise InputError(f"{len(ids) - len(pairs)} tasks are about pairs that are not scored")
    readers = {key: _Reader(table) for key, table in sentences_by_document.items()}
    sides = {
        (pair["pair_id"], side): _Side(pair, side, readers, context_sentences)
        for pair in pairs
        for side in ("source", "target")
    }
    places = sorted({one.place for one in sides.values() if one.place})
    crops = dict(zip(places, pictures(places), strict=True))
    rows = [
        task
        | sides[task["pair_id"], "source"].described(crops)
        | sides[task["pair_id"], "target"].described(crops)
        for task in tasks.to_pylist()
    ]
    return as_table(rows, ANNOTATION_TASKS)


def no_pictures(places: Sequence[Place]) -> list[None]:
    """Where no document has pages that can be shown."""
    return [None] * len(places)


class _Reader:
    """The kept sentences of one document, and where a text begins among them."""

    def __init__(self, sentences: pa.Table) -> None:
        self._rows: list[Row] = sorted(
            kept(sentences).to_pylist(), key=lambda row: row["sentence_number"]
        )

    def around(self, text: str, place: Row, count: int) -> str:
        """The neighbours of a text made of whole sentences; empty when it is not found."""
        runs = [run for start in range(len(self._rows)) if (run := self._run(start, text))]
        here = [run for run in runs if _stands_at(self._rows[run.start], place)]
        if not runs:
            return ""
        run = (here or runs)[0]
        before = self._rows[max(run.start - count, 0) : run.start]
        after = self._rows[run.stop : run.stop + count]
        texts = [row["text"] for row in before], [row["text"] for row in after]
        return " ".join([*texts[0], PLACE_OF_THE_PAIR, *texts[1]]) if before or after else ""

    def _run(self, start: int, text: str) -> range | None:
        """The sentences from `start` on that, joined by spaces, are the text."""
        rest, stop = text, start
        while rest and stop < len(self._rows) and rest.startswith(self._rows[stop]["text"]):
            rest = rest.removeprefix(self._rows[stop]["text"]).removeprefix(" ")
            stop += 1
        return range(start, stop) if stop > start and not rest else None


class _Side:
    """One side of a pair, in its document."""

    def __init__(self, pair: Row, name: str, readers: Mapping[str, _Reader], count: int) -> None:
        document, places = pair[f"{name}_document"], _places(pair["locator"], name)
        first = places[0] if places else {}
        box = _box_on_first_page(places)
        reader = readers.get(document)
        self._name = name
        self._url = first.get("url") or ""
        self._context = reader.around(pair[f"{name}_text"], first, count) if reader else ""
        self.place: Place | None = (document, first["page"], box) if box else None

    def described(self, crops: Mapping[Place, bytes | None]) -> Row:
        """The task's columns of this side."""
        return {
            f"{self._name}_context": self._context,
            f"{self._name}_url": self._url,
            f"{self._name}_crop": crops[self.place] if self.place else None,
        }


def _places(locator: str, side: str) -> list[Row]:
    """The places of one side; a bitext's locator is a plain string and has none."""
    try:
        read = json.loads(locator)
    except json.JSONDecodeError:
        return []
    return list(read.get(side, [])) if isinstance(read, dict) else []


def _box_on_first_page(places: Sequence[Row]) -> Box | None:
    """What encloses the boxes on the page of the first place; None where there is no page."""
    page = places[0].get("page") if places else None
    boxes = [place["box"] for place in places if place.get("page") == page and place.get("box")]
    if page is None or not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _stands_at(sentence: Row, place: Row) -> bool:
    """Whether a sentence is where the locator says; a text may occur many times in a book."""
    if "page" not in place:
        return bool(sentence.get("section_number") == place.get("paragraph"))
    top = place["box"][1] if place.get("box") else None
    own = sentence.get("box")
    is_level = top is None or own is None or abs(own["top"] - top) < 1
    return bool(sentence.get("page_number") == place["page"] and is_level)
