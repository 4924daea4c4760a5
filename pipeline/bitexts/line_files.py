"""Bitexts with a line per entry: TSV, and line-parallel files as Moses reads them. Streaming."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.language_names import named_language
from pipeline.bitexts.opening import numbered_lines
from pipeline.bitexts.units import Unit, block_key
from pipeline.errors import InputError


def tsv_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Rows of a TSV in order; nothing is quoted or escaped in it.

    A row with more or fewer cells than the first is faulty in every language.

    Args:
        source: its `columns` say which cell is in which language, by place or by the names in the
            header; without them the header's names are read as those of languages.
        languages: wanted ones.

    Raises:
        InputError: as `numbered_lines`, or the header lacks a column.
    """
    path, columns = source.paths[0], source.columns
    rows = ((number, line.split("\t")) for number, line in numbered_lines(path))
    header: list[str] = []
    if source.has_header or not isinstance(columns, tuple):
        header = [name.strip() for name in next(rows, (0, [""]))[1]]
    if isinstance(columns, tuple):
        places, width = {code: n for n, code in enumerate(columns) if code != "-"}, len(columns)
    else:
        places, width = _places(path, header, columns, languages), len(header)
    for entry, (number, cells) in enumerate(rows):
        texts = {code: cells[place] for code, place in places.items() if place < len(cells)}
        fault = "" if len(cells) == width else f"cells in the row: {len(cells)} instead of {width}"
        faults = dict.fromkeys(places, fault) if fault else {}
        yield Unit(block_key(entry), f"{path.name}#line {number}", texts, faults)


def moses_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Line n of every file is one unit; files for other languages are left alone.

    Raises:
        InputError: as `numbered_lines`, or the files have different numbers of lines.
    """
    paths = {code: path for code, path in source.files.items() if code in languages}
    name = "+".join(path.name for path in paths.values())
    counts = dict.fromkeys(paths, 0)
    readers = (numbered_lines(path) for path in paths.values())
    for entry, lines in enumerate(zip_longest(*readers)):
        present = {code: line for code, line in zip(paths, lines, strict=True) if line is not None}
        for code, (number, _) in present.items():
            counts[code] = number
        if len(present) == len(paths):
            texts = {code: text for code, (_, text) in present.items()}
            yield Unit(block_key(entry), f"{name}#line {entry + 1}", texts)
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{path.name} has {counts[code]:,}" for code, path in paths.items())
        raise InputError(f"line-parallel files differ in their numbers of lines: {found}")


def _places(
    path: Path, header: list[str], columns: Mapping[str, str] | None, languages: Sequence[str]
) -> dict[str, int]:
    """Column numbers by language."""
    if columns is None:
        found: dict[str, int] = {}
        for place, name in enumerate(header):
            if code := named_language(name, languages):
                found.setdefault(code, place)
        if languages[0] not in found or len(found) == 1:
            raise InputError(
                f"{path.name}: its header ({_listed(header)}) does not name {languages[0]} and "
                f"another of {', '.join(languages[1:])}; say with `columns` which is which"
            )
        return found
    for name in columns:
        if header.count(name) != 1:
            raise InputError(
                f"{path.name} has {header.count(name) or 'no'} columns {name!r}; "
                f"its header: {_listed(header)}"
            )
    return {code: header.index(name) for name, code in columns.items()}


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
