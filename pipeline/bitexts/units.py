"""One text in several languages, made plain: markup gone, unusable pairs rejected with a reason.

Pure functions over texts.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

_PLACEHOLDER = re.compile(
    r"""%\(\w+\)[sdifr]     # named: %(count)s
      | %\d*[sdifr](?!\w)   # positional: %s, %2d
      | \{\w*\}             # braces: {}, {name}
      | (?<![^\s(«“"'’]):[A-Za-z]\w+  # a colon: :count
    """,
    re.VERBOSE,
)
_GLUED_SUFFIX = r"(?:[”»\"']?[-’']\w+)?"  # Turkmen declines a placeholder: %(name)s-nyň
_GAP = re.compile(f"(?:{_PLACEHOLDER.pattern}){_GLUED_SUFFIX}", re.VERBOSE)
_TAG = re.compile(r"<[^<>]+>")
_ACCELERATOR = re.compile(r"(?<!\w)[&_](?=\w)")
_QUOTED_NOTHING = re.compile(r"[«“”\"'‘’(]\s*[»“”\"'‘’)]")
_ORPHANED_COLON = re.compile(r"^[\s:;,.-]+")
_BLOCK = 50  # entries of a file that a split keeps together


@dataclass(frozen=True)
class Origin:
    """Whose text it is and where it came from, both for people."""

    licence: str
    provenance: str


@dataclass(frozen=True)
class Unit:
    """A text as its source has it, in some of the languages.

    Attributes:
        group_key: what a split may not tear apart.
        locator: its place in the source.
        texts: by language code; absent or blank where there is none.
        faults: by language code, why a text is not to be used.
        origin: None for what the recipe itself states.
    """

    group_key: str
    locator: str
    texts: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None


def block_key(entry_number: int) -> str:
    """Group key of a file's 0-based entry: `part 0001` for the first fifty."""
    return f"part {entry_number // _BLOCK + 1:04d}"


def plain_text(text: str) -> str:
    """A text without placeholders, markup and accelerators, on one line.

    >>> plain_text("Delete the selected “%(name)s” <b>objects</b>?")
    'Delete the selected objects?'
    """
    text = html.unescape(_TAG.sub(" ", text))
    text = _ACCELERATOR.sub("", _GAP.sub(" ", text))
    text = " ".join(_QUOTED_NOTHING.sub(" ", text).split())
    text = re.sub(r"\s+([.,:;?!])", r"\1", text)
    return _ORPHANED_COLON.sub("", text).strip()


def reject_reason(unit: Unit, source_language: str, target_language: str) -> str | None:
    """Why two texts of a unit cannot serve as a sentence pair; None when they can.

    Placeholders may be dropped only where both sides have the same ones and at least two words
    stand for each of them: what is left of "%(a)s of %(b)s" says nothing.
    """
    languages = source_language, target_language
    if stated := [unit.faults[code] for code in languages if code in unit.faults]:
        return stated[0]
    raw_source, raw_target = (unit.texts.get(code, "") for code in languages)
    source, target = plain_text(raw_source), plain_text(raw_target)
    gaps = _placeholders(raw_source)
    fewest_words = min(len(source.split()), len(target.split()))
    faults = {
        "no translation": not (raw_source.strip() and raw_target.strip()),
        "several texts divided by |": "|" in source or "|" in target,
        "placeholders differ": gaps != _placeholders(raw_target),
        "little but placeholders": bool(gaps) and fewest_words < 2 * gaps.total(),
        "no words": not (_has_letters(source) and _has_letters(target)),
        "identical sides": source.casefold() == target.casefold(),
    }
    return next((reason for reason, is_found in faults.items() if is_found), None)


def _placeholders(text: str) -> Counter[str]:
    """Placeholders, whatever their case: one that begins a sentence may have a capital."""
    return Counter(_PLACEHOLDER.findall(text.lower()))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
