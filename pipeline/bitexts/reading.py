"""Any bitext as one table: the focus language beside every pivot that the source has.

Deterministic for the files, the version of the package, or the revision on the hub; every entry
becomes a row, kept or with its reason.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.cldr_names import cldr_units
from pipeline.bitexts.debian_messages import debian_catalogues, debian_units
from pipeline.bitexts.django_messages import django_units
from pipeline.bitexts.gettext_messages import gettext_units
from pipeline.bitexts.hub_texts import hub_units
from pipeline.bitexts.line_files import moses_units, tsv_units
from pipeline.bitexts.tmx import tmx_units
from pipeline.bitexts.units import Origin, Unit, plain_text, reject_reason
from pipeline.errors import InputError
from pipeline.hub_data import hub_version
from pipeline.tables import BITEXT_PAIRS, as_table, identify

_Reader = Callable[[BitextSource, Sequence[str]], Iterator[Unit]]

_READERS: Mapping[str, _Reader] = {
    "babel": cldr_units,
    "debian": debian_units,
    "django": django_units,
    "hub": hub_units,
    "mo": gettext_units,
    "moses": moses_units,
    "po": gettext_units,
    "tmx": tmx_units,
    "tsv": tsv_units,
}
_CHUNK_UNITS = 10_000  # turned into a table at once, so that memory holds few Python objects


def read_bitext(
    source: BitextSource,
    focus: str,
    pivots: Sequence[str],
    document_key: str,
    sample: int | None = None,
) -> pa.Table:
    """Read sentence pairs: those with the first pivot in the source's order, then with the next.

    Args:
        source: a catalogue, files, or data on the hub.
        focus: language code of the source side.
        pivots: language codes; those of which the source has nothing give no rows.
        document_key: stored with every row, e.g. `bitexts/django`.
        sample: rows at most; which ones depends on their texts alone.

    Returns:
        A table of schema `BITEXT_PAIRS`.

    Raises:
        InputError: a file cannot be read or is malformed, or there is no text in the focus
            language, or in none of the pivots.
        SourceUnavailable: the hub cannot be reached.
    """
    shared = {"document_key": document_key, "source_language": focus}
    address = source.hub.address if source.hub else ""
    stated = Origin(source.licence, source.provenance or address)
    tables: dict[str, list[pa.Table]] = {pivot: [] for pivot in pivots}
    present: set[str] = set()
    units = units_of(source, (focus, *pivots))
    while chunk := list(itertools.islice(units, _CHUNK_UNITS)):
        present.update(code for unit in chunk for code, text in unit.texts.items() if text.strip())
        for pivot, parts in tables.items():
            rows = [shared | _row(unit, focus, pivot, stated) for unit in chunk]
            parts.append(as_table(rows, BITEXT_PAIRS))
    _require(focus, pivots, present, source)
    pairs = pa.concat_tables(itertools.chain(*(tables[code] for code in pivots if code in present)))
    return pairs if sample is None else _sampled(pairs, sample)


def first_units(source: BitextSource, focus: str, pivots: Sequence[str], count: int) -> list[Unit]:
    """A source's first units, at most `count`: a look before reading all.

    Raises:
        InputError: as `read_bitext`, as far as these units tell.
    """
    units = list(itertools.islice(units_of(source, (focus, *pivots)), count))
    present = {code for unit in units for code, text in unit.texts.items() if text.strip()}
    _require(focus, pivots, present, source)
    return units


def units_of(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Whatever a source has in some languages, the focus first; raises as `read_bitext`."""
    return _READERS[source.format](source, languages)


def bitext_version(source: BitextSource, languages: Sequence[str]) -> Mapping[str, str]:
    """What the pairs depend on besides the code: names and hashes, a package's version, a commit.

    Args:
        source: a catalogue, files, or data on the hub.
        languages: focus and pivots.

    Raises:
        InputError: a file cannot be read.
        SourceUnavailable: see `hub_version`.
    """
    settings = source.model_dump_json(exclude={"file", "files"})
    stated = {"entry": identify(settings), "languages": "+".join(languages)}
    if source.hub:
        return stated | {"hub": hub_version(source.hub)}
    if source.catalogue == "debian":
        found = debian_catalogues(languages).values()
        paths = tuple(path for catalogue in found for path in catalogue.values())
        return stated | {"catalogue": identify(*map(_hash, paths))}
    if source.catalogue:
        return stated | {"catalogue": f"{source.catalogue} {version(source.catalogue)}"}
    codes = tuple(source.files) or ("file",)
    files = zip(codes, source.paths, strict=True)
    return stated | {code: f"{path.name} {_hash(path)}" for code, path in files}


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"the bitext {path} cannot be read: {error.strerror}") from error


def _row(unit: Unit, focus: str, pivot: str, stated: Origin) -> dict[str, object]:
    source_text, target_text = (plain_text(unit.texts.get(code, "")) for code in (focus, pivot))
    origin = unit.origin or stated
    return {
        "pair_id": identify(focus, source_text, pivot, target_text),
        "group_key": unit.group_key,
        "target_language": pivot,
        "source_text": source_text,
        "target_text": target_text,
        "locator": unit.locator,
        "licence": origin.licence,
        "provenance": origin.provenance,
        "reject_reason": reject_reason(unit, focus, pivot),
    }


def _require(focus: str, pivots: Sequence[str], present: set[str], source: BitextSource) -> None:
    """Refuse a source without the focus, or without any pivot."""
    if focus not in present:
        raise InputError(f"{source.name} has no text in {focus}")
    if present.isdisjoint(pivots):
        raise InputError(f"{source.name} has text in {focus}, but none in {' or '.join(pivots)}")


def _sampled(pairs: pa.Table, count: int) -> pa.Table:
    """Rows whose `pair_id`, which is a hash, comes first; in their order."""
    drawn = pc.sort_indices(pairs, [("pair_id", "ascending")])[:count]
    return pairs.take(drawn.sort())
