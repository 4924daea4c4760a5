"""One message in two languages, made plain: markup gone, unusable ones rejected with a reason.

Pure functions over texts.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass

_PLACEHOLDER = re.compile(
    r"""%\(\w+\)[sdifr]     # named: %(count)s
      | %\d*[sdifr](?!\w)   # positional: %s, %2d
      | \{\w*\}             # braces: {}, {name}
    """,
    re.VERBOSE,
)
_GLUED_SUFFIX = r"(?:[”»\"']?[-’']\w+)?"  # Turkmen declines a placeholder: %(name)s-nyň
_GAP = re.compile(f"(?:{_PLACEHOLDER.pattern}){_GLUED_SUFFIX}", re.VERBOSE)
_TAG = re.compile(r"<[^<>]+>")
_ACCELERATOR = re.compile(r"(?<!\w)[&_](?=\w)")
_QUOTED_NOTHING = re.compile(r"[«“”\"'‘’(]\s*[»“”\"'‘’)]")
_ORPHANED_COLON = re.compile(r"^[\s:;,.-]+")


@dataclass(frozen=True)
class CatalogueEntry:
    """A message as the catalogue prints it, in both languages; empty where it has none."""

    group_key: str
    locator: str
    source_text: str
    target_text: str
    is_fuzzy: bool = False


def plain_text(message: str) -> str:
    """A message without placeholders, markup and accelerators, on one line.

    >>> plain_text("Delete the selected “%(name)s” <b>objects</b>?")
    'Delete the selected objects?'
    """
    text = html.unescape(_TAG.sub(" ", message))
    text = _ACCELERATOR.sub("", _GAP.sub(" ", text))
    text = " ".join(_QUOTED_NOTHING.sub(" ", text).split())
    text = re.sub(r"\s+([.,:;?!])", r"\1", text)
    return _ORPHANED_COLON.sub("", text).strip()


def reject_reason(entry: CatalogueEntry) -> str | None:
    """Why an entry cannot serve as a sentence pair; None when it can.

    Placeholders may be dropped only where both sides have the same ones and at least two words
    stand for each of them: what is left of "%(a)s of %(b)s" says nothing.
    """
    source, target = plain_text(entry.source_text), plain_text(entry.target_text)
    gaps, target_gaps = _placeholders(entry.source_text), _placeholders(entry.target_text)
    fewest_words = min(len(source.split()), len(target.split()))
    faults = {
        "no translation": not entry.source_text or not entry.target_text,
        "marked fuzzy": entry.is_fuzzy,
        "placeholders differ": gaps != target_gaps,
        "little but placeholders": bool(gaps) and fewest_words < 2 * gaps.total(),
        "no words": not (_has_letters(source) and _has_letters(target)),
        "identical sides": source.casefold() == target.casefold(),
    }
    return next((reason for reason, is_found in faults.items() if is_found), None)


def _placeholders(message: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(message))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
