"""Table rows among lines: runs of lines that wide spaces cut at the same places (pure)."""

from collections.abc import Iterator

from pipeline.textbooks.layout import Line, Word, part_of

CELL_GAP_EMS = 1.8
ALIGNMENT_EMS = 1.5
MIN_TABLE_ROWS = 2


def split_tables(lines: list[Line]) -> Iterator[tuple[bool, list[Line]]]:
    """Divide lines into runs, in order.

    Yields:
        (True, the cells of a table, row by row) or (False, lines of text between tables).
    """
    rows = [_cells(line) for line in lines]
    start = 0
    while start < len(lines):
        end = _table_end(rows, start)
        if end > start:
            yield True, [cell for row in rows[start:end] for cell in row]
        else:
            end = start + 1
            while end < len(lines) and _table_end(rows, end) == end:
                end += 1
            yield False, lines[start:end]
        start = end


def _table_end(rows: list[list[Line]], start: int) -> int:
    """Where the table ends that begins at a row; the row itself when none begins there."""
    end = start
    while end < len(rows) and _is_aligned(rows[start], rows[end]):
        end += 1
    return end if end - start >= MIN_TABLE_ROWS else start


def _is_aligned(one: list[Line], other: list[Line]) -> bool:
    """Whether two rows begin, end, or centre their second cells at one place of one column."""
    if min(len(one), len(other)) == 1 or one[0].frame != other[0].frame:
        return False
    first, second = one[1], other[1]
    tolerance = ALIGNMENT_EMS * first.size
    return (
        abs(first.x0 - second.x0) < tolerance
        or abs(first.x1 - second.x1) < tolerance
        or abs(first.x0 + first.x1 - second.x0 - second.x1) < 2 * tolerance
    )


def _cells(line: Line) -> list[Line]:
    """Cut a line where the space between two words is far wider than a space."""
    groups: list[list[Word]] = [[line.words[0]]]
    for word in line.words[1:]:
        if word["box"]["x0"] - groups[-1][-1]["box"]["x1"] > CELL_GAP_EMS * line.size:
            groups.append([])
        groups[-1].append(word)
    return [part_of(line, group) for group in groups]
