"""Translation memories in TMX 1.4b, as translators' programs read them.

Writes the file it is given and nothing else; equal pairs give equal bytes, so no dates. What XML
cannot hold (controls but tab and line breaks, two non-characters) becomes U+FFFD, that a loss is
seen; all else is read back as it was.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from pipeline.corpus.language_tags import language_tag

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROPERTIES = ("split", "pair_id", "licence", "origin", "locator")


def write_tmx(pairs: Iterable[Mapping[str, object]], source_language: str, path: Path) -> None:
    """Write pairs as translation units, in order, with their properties as `x-` props.

    Args:
        pairs: rows of schema `PARALLEL_CORPUS`.
        source_language: code of the side that was translated from, for the header.
        path: of the file, which is replaced.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        _write(file, pairs, language_tag(source_language))


def xml_text(text: str) -> str:
    """A text as XML can hold it, before it is escaped."""
    return _FORBIDDEN.sub("\ufffd", text)


def _write(file: TextIO, pairs: Iterable[Mapping[str, object]], source_tag: str) -> None:
    file.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
        '<header creationtool="Dutar" creationtoolversion="1" segtype="sentence" o-tmf="Dutar"'
        f' adminlang="en" srclang={quoteattr(source_tag)} datatype="plaintext"/>\n<body>\n'
    )
    file.writelines(f"<tu>\n{''.join(_lines(row))}</tu>\n" for row in pairs)
    file.write("</body>\n</tmx>\n")


def _lines(row: Mapping[str, object]) -> Iterator[str]:
    for name in _PROPERTIES:
        if row[name] is not None:
            kind = f"x-{name.replace('_', '-')}"
            yield f'<prop type="{kind}">{_escaped(row[name])}</prop>\n'
    for side in ("source", "target"):
        tag = quoteattr(language_tag(str(row[f"{side}_language"])))
        yield f"<tuv xml:lang={tag}><seg>{_escaped(row[f'{side}_text'])}</seg></tuv>\n"


def _escaped(value: object) -> str:
    return escape(xml_text(str(value)), {"\r": "&#13;"})
