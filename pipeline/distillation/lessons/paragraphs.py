"""Paragraphs made of consecutive sentence pairs of one document. Pure.

A student that has seen only sentences is worse at passages; pairs that stand side by side in both
texts make longer lessons that are as sure as they are.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.parameters import LessonParams

Row = Mapping[str, Any]
_PLACE = ("origin", "source_document", "target_document", "group_key")


def paragraphs(rows: Sequence[Row], params: LessonParams) -> list[list[Row]]:
    """Return runs of consecutive training pairs, none in two of them.

    Which ones depends on the focus side alone: a document with twins in two pivots gives the same
    paragraphs in both, as far as the same sentences have counterparts.

    A run ends at the end of a document's section, at a pair that is rejected or of another split
    (its text would be missing), and at the limits of length.

    Args:
        rows: of schema `PARALLEL_CORPUS`, all of them, in the corpus's order, which is the order of
            reading within a document.
        params: which documents are running text, and the limits. At most `paragraph_fraction` times
            as many paragraphs as training pairs are returned, drawn by lot.

    Returns:
        Paragraphs of at least two pairs, in reading order.
    """
    beginnings = running_text(params)
    found = [part for run in _runs(rows, beginnings) for part in _cut(run, params) if len(part) > 1]
    most = round(params.paragraph_fraction * sum(map(_is_taught, rows)))
    drawn = sorted(found, key=lambda part: (_lot(part[0], params.seed), part[0]["pair_id"]))
    chosen = {part[0]["pair_id"] for part in drawn[:most]}
    return [part for part in found if part[0]["pair_id"] in chosen]


def running_text(params: LessonParams) -> tuple[str, ...]:
    """Beginnings of document keys, each with a slash at its end, that are running text."""
    return tuple(f"{part.strip()}/" for part in params.running_text.split(",") if part.strip())


def _is_taught(row: Row) -> bool:
    return row["split"] == "train" and row["reject_reason"] is None


def _runs(rows: Sequence[Row], beginnings: tuple[str, ...]) -> Iterator[list[Row]]:
    run: list[Row] = []
    for row in rows:
        fits = (
            _is_taught(row)
            and row["origin"] != "mined"
            and f"{row['source_document']}/".startswith(beginnings)
        )
        if run and not (fits and _place(row) == _place(run[-1])):
            yield run
            run = []
        if fits:
            run.append(row)
    if run:
        yield run


def _place(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in _PLACE)


def _cut(run: Sequence[Row], params: LessonParams) -> Iterator[list[Row]]:
    """Cut a run into parts of two to `paragraph_sentences` pairs, as long as a lot says."""
    part: list[Row] = []
    wanted = 0
    for row in run:
        if len(part) >= wanted or not _has_room([*part, row], params.paragraph_characters):
            yield part
            part = []
        if not part:
            wanted = 2 + _lot(row, params.seed) % (params.paragraph_sentences - 1)
        part.append(row)
    yield part


def _has_room(part: Sequence[Row], most_characters: int) -> bool:
    return all(
        sum(len(row[f"{side}_text"]) + 1 for row in part) - 1 <= most_characters
        for side in ("source", "target")
    )


def _lot(row: Row, seed: int) -> int:
    place = f"{row['source_document']}\0{row['source_text']}"
    digest = hashlib.sha256(f"{seed}\0paragraph\0{place}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
