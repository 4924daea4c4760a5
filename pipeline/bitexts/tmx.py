"""Translation Memory eXchange (TMX 1.4b), read as a stream: no entities, no DTD, no network."""

from collections.abc import Iterator, Sequence
from itertools import count

from lxml import etree

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.language_names import named_language
from pipeline.bitexts.opening import open_bitext
from pipeline.bitexts.units import Unit, block_key
from pipeline.errors import InputError

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_KEPT_MARKUP = "hi"  # highlighted text; other elements in a segment hold codes of a format
_STANDS_FOR_SOMETHING = {"ph", "ut"}  # a line break, an image; the others only change the font


def tmx_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Units in order; one with several texts in a language is read once for each of them.

    The XML declaration or the byte order mark tells the encoding. A text with an entity of the
    file's own is faulty, for entities are not resolved.

    Args:
        source: its `codes` tell a memory's own names of languages.
        languages: wanted ones.

    Raises:
        InputError: the file cannot be read, is not well-formed (names the line), or is no TMX.
    """
    path = source.paths[0]
    names: dict[str, str | None] = {}  # of languages, in the file and here
    with open_bitext(path) as file:
        events = etree.iterparse(
            file, events=("end",), tag="{*}tu", resolve_entities=False, no_network=True
        )
        try:
            for entry, (_, element) in enumerate(events):
                for name in _languages(element):
                    names.setdefault(name, named_language(name, languages, source.codes))
                yield from _variants(element, names, f"{path.name}#unit {entry + 1}", entry)
                _forget(element)
        except etree.XMLSyntaxError as error:
            raise InputError(f"{path.name} is not well-formed XML: {error.msg}") from error
        root = etree.QName(events.root).localname
    if root != "tmx":
        raise InputError(f"{path.name} is not TMX: it holds a <{root}>")
    found = set(names.values()) - {None}
    if names and (languages[0] not in found or len(found) == 1):
        raise InputError(
            f"{path.name} has texts in {', '.join(map(repr, sorted(names)))}, which do not pair "
            f"{languages[0]} with another language; name them: `codes: {{{languages[0]}: [...]}}`"
        )


def _variants(
    element: etree._Element, names: dict[str, str | None], locator: str, entry: int
) -> Iterator[Unit]:
    """The unit with the first text of each language, then with the second ones, if any."""
    texts: dict[str, list[str]] = {}
    faults: dict[str, str] = {}
    for variant in element.iterfind("{*}tuv"):
        segment = variant.find("{*}seg")
        code = names.get(_language(variant))
        if code is None or segment is None:
            continue
        texts.setdefault(code, []).append(_text(segment))
        if any(node.tag is etree.Entity for node in segment.iter()):
            faults[code] = "an entity of the file's own, which is not resolved"
    for number in count():
        if number and all(len(each) <= number for each in texts.values()):
            return
        chosen = {code: each[min(number, len(each) - 1)] for code, each in texts.items()}
        place = f"{locator}[{number + 1}]" if number else locator
        yield Unit(block_key(entry), place, chosen, faults)


def _languages(element: etree._Element) -> list[str]:
    return [_language(variant) for variant in element.iterfind("{*}tuv")]


def _language(variant: etree._Element) -> str:
    return str(variant.get(_XML_LANGUAGE) or variant.get("lang") or "")


def _text(node: etree._Element) -> str:
    """The text of a segment without the codes in it."""
    parts = [node.text or ""]
    for child in node:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name == _KEPT_MARKUP:
            parts.append(_text(child))
        elif name in _STANDS_FOR_SOMETHING:
            parts.append(" ")
        parts.append(child.tail or "")
    return "".join(parts)


def _forget(element: etree._Element) -> None:
    """Free a unit that has been read, and what precedes it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
