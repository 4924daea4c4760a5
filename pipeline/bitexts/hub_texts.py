"""Bitexts that are data sets on the hub. Streaming, in the data set's order."""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.units import Unit, block_key
from pipeline.errors import InputError
from pipeline.hub_data import HubData, Row, hub_rows


def hub_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Rows as units, or the lines of rows that hold documents.

    Documents whose languages differ in their numbers of lines are faulty in every language.

    Args:
        source: its `columns` say which column is in which language.
        languages: wanted ones; columns of others are left alone.

    Raises:
        InputError: a row lacks a column, or as `hub_rows`.
        SourceUnavailable: as `hub_rows`.
    """
    if source.hub is None or not isinstance(source.columns, dict):
        raise InputError(f"{source.name} is no data set on the hub")
    columns = {name: code for name, code in source.columns.items() if code in languages}
    for entry, row in enumerate(hub_rows(source.hub)):
        place = f"{_data_set(source.hub)}#row {entry + 1}"
        texts = {code: _text(row, name, place) for name, code in columns.items()}
        if source.are_documents:
            yield from _lines(texts, place)
        else:
            yield Unit(block_key(entry), place, texts)


def _data_set(hub: HubData) -> str:
    return "/".join(filter(None, (hub.dataset.rpartition("/")[2], hub.config, hub.split)))


def _text(row: Row, name: str, place: str) -> str:
    if name not in row:
        raise InputError(f"{place} has no column {name!r}, but {', '.join(map(repr, row))}")
    return str(row[name] or "")


def _lines(texts: Mapping[str, str], place: str) -> Iterator[Unit]:
    """A unit for each line of a document, all of which a split keeps together."""
    lines = {code: _filled_lines(text) for code, text in texts.items()}
    counts = {code: len(found) for code, found in lines.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{code} {count}" for code, count in counts.items())
        fault = f"documents differ in their numbers of lines: {found}"
        yield Unit(place, place, texts, dict.fromkeys(texts, fault))
        return
    for number, together in enumerate(zip(*lines.values(), strict=True), 1):
        yield Unit(place, f"{place}, line {number}", dict(zip(lines, together, strict=True)))


def _filled_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]
