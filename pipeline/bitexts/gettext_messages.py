"""Messages of gettext: PO and MO files, and catalogues of several languages joined on their ids."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polib

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.language_names import locale_names
from pipeline.bitexts.units import Origin, Unit, block_key
from pipeline.errors import InputError
from pipeline.languages import language

MessageKey = tuple[str, str]  # context (empty when there is none), singular id
Forms = tuple[str, str]  # the singular and the general plural; the same twice when there is one

_MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Message:
    """One message of a catalogue; `fault` says why its translation is not to be used."""

    key: MessageKey
    ids: Forms
    strings: Forms
    fault: str | None


def read_messages(path: Path) -> Iterator[Message]:
    """Messages of a `.po` or `.mo` file in its order, obsolete ones included.

    The encoding is the one that the file's header declares, else UTF-8.

    Raises:
        InputError: the file cannot be read, is malformed, or not in its declared encoding.
    """
    for entry in open_catalogue(path):
        yield Message(
            (entry.msgctxt or "", entry.msgid),
            (entry.msgid, entry.msgid_plural or entry.msgid),
            _strings(entry),
            _fault(entry),
        )


def gettext_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Messages of one file beside their ids, in the file's order.

    A message that counts something gives up to two units: the singular beside the form for one,
    the plural beside the last form; forms between them have no fixed partner.

    Args:
        source: its `languages` are those of ids and translations.
        languages: not asked for.
    """
    del languages
    path, (of_ids, of_strings) = source.paths[0], source.languages or ("", "")
    for entry, message in enumerate(read_messages(path)):
        forms = {of_ids: message.ids, of_strings: message.strings}
        faults = {of_strings: message.fault} if message.fault else {}
        yield from _units(forms, faults, Unit(block_key(entry), _place(path.name, message.key), {}))


def catalogue_paths(folder: Path, name: str, languages: Sequence[str]) -> dict[str, Path]:
    """Where a `locale` folder keeps the catalogue of each language, as far as it has it."""
    paths = {
        code: folder / locale / "LC_MESSAGES" / name
        for code in languages
        for locale in reversed(locale_names(code))
        if (folder / locale / "LC_MESSAGES" / name).is_file()
    }
    return {code: paths[code] for code in languages if code in paths}


def joined_units(
    paths: Mapping[str, Path], languages: Sequence[str], catalogue: str, origin: Origin
) -> Iterator[Unit]:
    """Messages of one catalogue in several languages, joined on their English ids and sorted.

    Args:
        paths: by language; that of English is not read, for the ids are English.
        languages: wanted ones.
        catalogue: its name, which is the group key, e.g. `django/contrib.admin`.
        origin: stored with every unit.
    """
    english = [code for code in languages if language(code).iso639_1 == "en"]
    found: dict[MessageKey, dict[str, Message]] = {}
    for code in [code for code in paths if code not in english]:
        for message in read_messages(paths[code]):
            found.setdefault(message.key, {})[code] = message
    for key, messages in sorted(found.items()):
        ids = next(iter(messages.values())).ids
        forms = {code: message.strings for code, message in messages.items()}
        faults = {code: message.fault for code, message in messages.items() if message.fault}
        whole = Unit(catalogue, _place(catalogue, key), {}, origin=origin)
        yield from _units(forms | dict.fromkeys(english, ids), faults, whole)


def _units(forms: Mapping[str, Forms], faults: Mapping[str, str], whole: Unit) -> Iterator[Unit]:
    """The singular unit, and the plural one where any language tells them apart."""
    ones, others = ({code: each[i] for code, each in forms.items()} for i in (0, 1))
    yield Unit(whole.group_key, whole.locator, ones, faults, whole.origin)
    if others != ones:
        yield Unit(whole.group_key, f"{whole.locator}[plural]", others, faults, whole.origin)


def _place(name: str, key: MessageKey) -> str:
    return f"{name}#" + "|".join(filter(None, key))


def open_catalogue(path: Path) -> polib.POFile | polib.MOFile:
    """Parse a `.po` or `.mo` file.

    Raises:
        InputError: as `read_messages`.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path.name} holds more than {_MOST_BYTES:,} bytes; divide it")
        encoding = polib.detect_encoding(str(path))
        read = polib.mofile if path.suffix == ".mo" else polib.pofile
        encoding = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
        catalogue = read(str(path), encoding=encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not in the encoding it declares: {error}") from error
    except (OSError, ValueError, LookupError, ArithmeticError, struct.error) as error:
        raise InputError(f"{path} cannot be read as gettext messages: {error}") from error
    return catalogue


def _fault(entry: polib.POEntry | polib.MOEntry) -> str | None:
    if entry.obsolete:
        return "marked obsolete"
    return "marked fuzzy" if isinstance(entry, polib.POEntry) and entry.fuzzy else None


def _strings(entry: polib.POEntry | polib.MOEntry) -> Forms:
    plurals = [entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural)]
    return (plurals[0], plurals[-1]) if plurals else (entry.msgstr, entry.msgstr)
