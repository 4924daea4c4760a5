"""Bitexts inside installed Python packages: real translations that need no network.

Deterministic for a version of the package; every entry becomes a row, kept or with its reason.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Literal

import pyarrow as pa
from babel import UnknownLocaleError

from pipeline.bitexts import cldr_names, gettext_catalogues
from pipeline.bitexts.catalogue_entries import CatalogueEntry, plain_text, reject_reason
from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.tables import BITEXT_PAIRS, as_table, identify

Source = Literal["django", "babel"]

_READERS: dict[str, tuple[Callable[[str, str], Iterator[CatalogueEntry]], str]] = {
    "django": (gettext_catalogues.django_entries, gettext_catalogues.LICENCE),
    "babel": (cldr_names.cldr_entries, cldr_names.LICENCE),
}


def read_bitext(source: Source, focus: str, pivots: Sequence[str], document_key: str) -> pa.Table:
    """Pairs of the focus language with every pivot: `catalogue_pairs` one below the other."""
    return pa.concat_tables(
        [catalogue_pairs(source, focus, pivot, document_key) for pivot in pivots]
    )


def catalogue_version(source: Source) -> str:
    """Name and version of the installed package whose catalogue is read: `babel 2.18.0`."""
    return f"{source} {version(source)}"


def catalogue_pairs(
    source: Source, source_language: str, target_language: str, document_key: str
) -> pa.Table:
    """Sentence pairs of a catalogue, all rows, in the catalogue's order.

    Args:
        source: which package's catalogue.
        source_language: code of `pipeline.languages`, e.g. `tuk_Latn`.
        target_language: likewise.
        document_key: stored with every row, e.g. `bitexts/django`.

    Returns:
        A table of schema `BITEXT_PAIRS`. An app or a category is one group.

    Raises:
        InputError: the catalogue is unknown, or has nothing in one of the languages.
    """
    if source not in _READERS:
        raise InputError(f"no catalogue {source!r}; there are {sorted(_READERS)}")
    read, licence = _READERS[source]
    codes = language(source_language).iso639_1, language(target_language).iso639_1
    rows = [
        {
            "document_key": document_key,
            "source_language": source_language,
            "target_language": target_language,
            "licence": licence,
            **_texts(entry, source_language, target_language),
        }
        for entry in _readable(read, source, codes)
    ]
    return as_table(rows, BITEXT_PAIRS)


def _readable(
    read: Callable[[str, str], Iterator[CatalogueEntry]], source: str, codes: tuple[str, str]
) -> list[CatalogueEntry]:
    try:
        entries = list(read(*codes))
    except UnknownLocaleError as error:
        raise InputError(f"catalogue {source!r} lacks a language of {codes}: {error}") from error
    for code, side in zip(codes, ("source_text", "target_text"), strict=True):
        if not any(getattr(entry, side) for entry in entries):
            raise InputError(f"catalogue {source!r} has no text in {code!r}")
    return entries


def _texts(entry: CatalogueEntry, source_language: str, target_language: str) -> dict[str, object]:
    source_text, target_text = plain_text(entry.source_text), plain_text(entry.target_text)
    return {
        "pair_id": identify(source_language, source_text, target_language, target_text),
        "group_key": entry.group_key,
        "locator": entry.locator,
        "source_text": source_text,
        "target_text": target_text,
        "reject_reason": reject_reason(entry),
    }
