"""The school reader's source: chapters of beads in YAML, read into units and alignments.

A bead lists the sentences of both editions that say the same thing. Headings, paragraphs, exercises
and captions hold beads; a table holds cells, which are typeset but are not units of the gold; a
figure holds polylines. Exercise numbers are typeset and belong to no unit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHAPTERS = Path(__file__).parent / "chapters"
LANGUAGES = {"tuk": "tuk_Latn", "rus": "rus_Cyrl"}
BEAD_KINDS = ("title", "heading", "paragraph", "caption", "exercise")


@dataclass(frozen=True)
class Block:
    """A piece of a chapter.

    Attributes:
        kind: one of `BEAD_KINDS`, "table" or "figure".
        beads: sentences by language ("tuk", "rus"); empty for tables and figures.
        rows: a table's cells by language, the head row first.
        height_pt: a figure's height in points.
        strokes: a figure's polylines, x and y in turn, points from its upper left corner.
        circles: a figure's circles, (x, y, radius) in points.
    """

    kind: str
    beads: tuple[Mapping[str, Sequence[str]], ...] = ()
    rows: Mapping[str, Sequence[Sequence[str]]] | None = None
    height_pt: float = 0.0
    strokes: tuple[tuple[float, ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()


def load(folder: Path = CHAPTERS) -> list[list[Block]]:
    """Read the chapters in the order of their file names.

    Raises:
        ValueError: a block has an unknown kind, or a bead lacks a language.
    """
    return [
        [_block(path.name, entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]
        for path in sorted(folder.glob("*.yaml"))
    ]


def _block(name: str, entry: dict[str, Any]) -> Block:
    ((kind, content),) = entry.items()
    if kind == "table":
        return Block(kind, rows=content)
    if kind == "figure":
        lines, circles = content["lines"], content.get("circles", [])
        return Block(
            kind,
            height_pt=content["height"],
            strokes=tuple(map(tuple, lines)),
            circles=tuple(map(tuple, circles)),
        )
    if kind not in BEAD_KINDS:
        raise ValueError(f"{name}: unknown block {kind!r}; known are {BEAD_KINDS}, table, figure")
    if any(set(bead) != set(LANGUAGES) or not any(bead.values()) for bead in content):
        raise ValueError(f"{name}: each bead of a {kind} lists sentences under tuk and rus")
    return Block(kind, beads=tuple(content))


def beads(chapters: Sequence[Sequence[Block]]) -> Iterator[Mapping[str, Sequence[str]]]:
    """Yield all beads in reading order."""
    for chapter in chapters:
        for block in chapter:
            yield from block.beads


def units(chapters: Sequence[Sequence[Block]], language: str) -> list[str]:
    """Return one edition's sentences in reading order; `language` is "tuk" or "rus"."""
    return [sentence for bead in beads(chapters) for sentence in bead[language]]


def alignment(chapters: Sequence[Sequence[Block]]) -> list[tuple[list[int], list[int]]]:
    """Return the beads as 0-based positions in `units` of Turkmen and of Russian."""
    pairs, tuk, rus = [], 0, 0
    for bead in beads(chapters):
        tuk_end, rus_end = tuk + len(bead["tuk"]), rus + len(bead["rus"])
        pairs.append((list(range(tuk, tuk_end)), list(range(rus, rus_end))))
        tuk, rus = tuk_end, rus_end
    return pairs
