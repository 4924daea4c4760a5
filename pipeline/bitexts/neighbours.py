"""Texts of neighbour languages from the bitexts at hand: languages that nobody teaches.

A student must not get worse at them, and learns so from texts that are left where they are.
"""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.reading import units_of
from pipeline.bitexts.units import Origin, Unit, plain_text
from pipeline.tables import NEIGHBOUR_TEXTS, as_table


def read_neighbours(
    sources: Mapping[str, BitextSource], neighbours: Sequence[str], languages: Sequence[str]
) -> pa.Table:
    """Read what bitexts hold in neighbour languages.

    Args:
        sources: by name, in the order in which they are read.
        neighbours: language codes; those that a source does not have give no rows.
        languages: focus and pivots; a text that reads as theirs was never translated.

    Returns:
        A table of schema `NEIGHBOUR_TEXTS`, unit by unit; a text may come again.

    Raises:
        InputError: a file cannot be read or is malformed.
    """
    found = neighbour_sources(sources, neighbours).items()
    rows = [
        {"document_key": f"bitexts/{name}"} | row
        for name, source in found
        for unit in units_of(source, (*languages, *neighbours))
        for row in _rows(unit, Origin(source.licence, source.provenance), neighbours, languages)
    ]
    return as_table(rows, NEIGHBOUR_TEXTS)


def neighbour_sources(
    sources: Mapping[str, BitextSource], neighbours: Sequence[str]
) -> dict[str, BitextSource]:
    """The sources that may hold neighbours: all but those that state other languages alone."""
    return {
        name: source
        for name, source in sources.items()
        if neighbours
        and not (source.stated_languages and set(source.stated_languages).isdisjoint(neighbours))
    }


def _rows(
    unit: Unit, stated: Origin, neighbours: Sequence[str], languages: Sequence[str]
) -> Iterator[dict[str, object]]:
    others = {plain_text(unit.texts.get(code, "")).casefold() for code in languages}
    for code in neighbours:
        text = plain_text(unit.texts.get(code, ""))
        if unit.texts.get(code, "").strip():
            yield {
                "language": code,
                "text": text,
                "locator": unit.locator,
                "licence": (unit.origin or stated).licence,
                "reject_reason": _fault(unit, code, text, others),
            }


def _fault(unit: Unit, code: str, text: str, others: set[str]) -> str | None:
    if code in unit.faults:
        return unit.faults[code]
    if "|" in text:
        return "several texts divided by |"
    if not any(character.isalpha() for character in text):
        return "no words"
    return "not translated" if text.casefold() in others else None
