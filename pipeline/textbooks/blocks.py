"""From lines to blocks: headings, paragraphs, exercises, lists, formulas, captions, cells (pure).

Blocks are told apart by font size, by the gaps above them, by indentation, and by how they begin.
A paragraph that the end of a page or column cuts in two is one block.
"""

import dataclasses
from collections.abc import Iterator

from pipeline.textbooks.cells import split_tables
from pipeline.textbooks.kinds import (
    ENDING,
    GAP_RATIO,
    HEADING_SIZE_RATIO,
    INDENT_EMS,
    MAX_HEADING_WORDS,
    STOP,
    Kind,
    Measures,
    ends_short,
    gap,
    kind_of,
    may_end,
    measure,
)
from pipeline.textbooks.layout import Line


@dataclasses.dataclass(frozen=True)
class Block:
    """Lines that are one heading, paragraph, exercise, list item, formula, caption or cell."""

    kind: Kind
    section_number: int
    lines: tuple[Line, ...]


def find_blocks(lines: list[Line]) -> list[Block]:
    """Group lines, given in reading order, into blocks in reading order.

    A heading opens a new section; what comes before the first one is in section 0.
    """
    if not lines:
        return []
    measures = measure(lines)
    section_number = 0
    blocks: list[Block] = []
    for kind, group in _typed_groups(lines, measures):
        section_number += kind == "heading"
        blocks.append(Block(kind, section_number, tuple(group)))
    return blocks


def _typed_groups(lines: list[Line], measures: Measures) -> Iterator[tuple[Kind, list[Line]]]:
    for is_table, run in split_tables(lines):
        if is_table:
            yield from (("table", [cell]) for cell in run)
        else:
            yield from _text_groups(run, measures)


def _text_groups(lines: list[Line], measures: Measures) -> Iterator[tuple[Kind, list[Line]]]:
    kinds = [
        kind_of(above, line, below, measures)
        for above, line, below in zip([None, *lines[:-1]], lines, [*lines[1:], None], strict=True)
    ]
    kind, group = kinds[0], lines[:1]
    for line, line_kind in zip(lines[1:], kinds[1:], strict=True):
        if _continues(kind, group, line_kind, line, measures):
            group.append(line)
        else:
            yield kind, group
            kind, group = line_kind, [line]
    yield kind, group


def _continues(
    kind: Kind, group: list[Line], line_kind: Kind, line: Line, measures: Measures
) -> bool:
    """Whether a line belongs to the block that the lines before it form."""
    previous = group[-1]
    is_begun = line_kind not in {"paragraph", "heading"} and may_end(previous, measures)
    if is_begun or "formula" in {kind, line_kind} or _ends_item(kind, previous, line, measures):
        return False
    if kind == "heading" or line_kind == "heading":
        is_alike = line_kind == "heading" or line.text[0].islower()
        return kind == "heading" and is_alike and _continues_heading(group, line, measures)
    if previous.frame != line.frame:
        return kind != "caption" and _continues_over_page(previous, line, measures)
    if not 0 < gap(previous, line) < GAP_RATIO * measures.pitch:
        return False
    if kind == "caption":  # its lines are centred
        return ENDING.search(previous.text) is None
    is_indented = line.x0 - previous.x0 > INDENT_EMS * line.size
    is_item = kind in {"exercise", "list"} and len(group) == 1
    is_hanging = is_item and not ends_short(previous, measures)
    is_sibling = len(group) == 1 and _is_sibling(previous, line, measures)
    return is_hanging if is_indented else not is_sibling


def _ends_item(kind: Kind, previous: Line, line: Line, measures: Measures) -> bool:
    """Whether an item of a list has ended: items seldom have a full stop."""
    return kind == "list" and ends_short(previous, measures) and not line.text[0].islower()


def _is_sibling(previous: Line, line: Line, measures: Measures) -> bool:
    """Whether two lines are each the first of a paragraph: both indented, the upper one ended."""
    indent = INDENT_EMS * line.size
    return (
        abs(line.x0 - previous.x0) < 1
        and line.x0 - measures.left[line.frame] > indent
        and ends_short(previous, measures)
        and (STOP.search(previous.text) is not None or not line.text[0].islower())
    )


def _continues_heading(group: list[Line], line: Line, measures: Measures) -> bool:
    ratio = line.size / group[-1].size
    usual_gap = max(measures.pitch, measures.pitch * line.size / measures.size)
    return (
        1 / HEADING_SIZE_RATIO < ratio < HEADING_SIZE_RATIO
        and 0 < gap(group[-1], line) < GAP_RATIO * usual_gap
        and STOP.search(group[-1].text) is None
        and sum(len(each.words) for each in (*group, line)) <= MAX_HEADING_WORDS
    )


def _continues_over_page(previous: Line, line: Line, measures: Measures) -> bool:
    """A sentence goes on over the page unless it has ended or a new paragraph begins."""
    if ENDING.search(previous.text):
        return False
    is_indented = line.x0 - measures.left[line.frame] > INDENT_EMS * line.size
    return not is_indented or line.text[0].islower()
