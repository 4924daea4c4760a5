"""Django's gettext catalogues as a bitext: messages of its apps, joined on their English ids.

Reads the files of the installed package; opens no network and imports nothing of Django's.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from pipeline.bitexts.catalogue_entries import CatalogueEntry

LICENCE = "BSD-3-Clause"

MessageKey = tuple[str, str]  # context (empty when there is none), singular English id


def django_entries(source: str, target: str) -> Iterator[CatalogueEntry]:
    """Every message of every app, in the order of apps and message ids.

    A message that counts something gives up to two entries: the form for one thing with the form
    for one, the last (general) plural with the last; forms between them have no fixed partner.

    Args:
        source: ISO 639-1 code; `en` stands for the message ids themselves.
        target: likewise.
    """
    for app, folder in _apps():
        sources, targets = _messages(folder, source), _messages(folder, target)
        for key in sorted(sources.keys() | targets.keys()):
            locator = f"django/{app}/django.po#" + "|".join(filter(None, key))
            yield from _entries(sources.get(key), targets.get(key), f"django/{app}", locator)


def _apps() -> list[tuple[str, Traversable]]:
    """Name and folder of each part of Django that has catalogues, sorted by name."""
    root = files("django")
    contributed = [(f"contrib.{f.name}", f) for f in (root / "contrib").iterdir()]
    return sorted(
        (name, folder / "locale")
        for name, folder in [("conf", root / "conf"), *contributed]
        if (folder / "locale").is_dir()
    )


def _messages(folder: Traversable, code: str) -> Mapping[MessageKey, Message]:
    """Messages by key; English reads its own, complete catalogue of ids."""
    path = folder / code / "LC_MESSAGES" / "django.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    if code == "en":
        for message in catalogue:
            message.string = message.id
    return {_key(message): message for message in catalogue if message.id}


def _key(message: Message) -> MessageKey:
    singular = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", singular


def _entries(
    source: Message | None, target: Message | None, group_key: str, locator: str
) -> Iterator[CatalogueEntry]:
    """The singular entry, and the plural one where either side differs from the singular."""
    is_fuzzy = any(message is not None and message.fuzzy for message in (source, target))
    pairs = zip(_forms(source), _forms(target), strict=True)
    for number, (one, other) in enumerate(dict.fromkeys(pairs)):
        place = locator if number == 0 else f"{locator}[plural]"
        yield CatalogueEntry(group_key, place, one, other, is_fuzzy)


def _forms(message: Message | None) -> tuple[str, str]:
    """The singular and the general plural of a message; the same text twice when it has one."""
    if message is None:
        return "", ""
    strings = (message.string,) if isinstance(message.string, str) else message.string
    return strings[0] or "", strings[-1] or ""
