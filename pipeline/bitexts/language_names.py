"""Which of some languages a name such as `uz`, `UZB`, `uz-Cyrl` or `tk-TM` means.

Names are BCP 47 tags, read loosely. CLDR, inside the installed `babel`, tells that `uzb` and `uzn`
are `uz`, and which script a language has when none is named. Pure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from babel.core import get_global

from pipeline.languages import language

_SCRIPT_LETTERS = 4
_SCRIPT_WORDS = {"latin": "Latn", "cyrillic": "Cyrl"}  # as gettext names folders: uz@cyrillic


def named_language(
    name: str, languages: Iterable[str], codes: Mapping[str, Sequence[str]] | None = None
) -> str | None:
    """The language that a name means; a region in the name is ignored.

    Args:
        name: of a column, an attribute or a folder.
        languages: codes of `pipeline.languages`; the first that fits is taken.
        codes: for some of the languages, the only names that mean them.
    """
    for code in languages:
        names = codes[code] if codes and code in codes else (code,)
        if _tag(name) in map(_tag, names):
            return code
    return None


def locale_names(code: str) -> list[str]:
    """Names under which software keeps its texts in a language: `uz_Cyrl`, `uz@cyrillic`.

    The bare `uz` is the last of them, and only where the language's script is its usual one.
    """
    entry = language(code)
    words = [word for word, script in _SCRIPT_WORDS.items() if script == entry.script]
    names = [f"{entry.iso639_1}_{entry.script}"]
    names += [f"{entry.iso639_1}@{modifier}" for modifier in [entry.script, *words]]
    return names + [entry.iso639_1] * (_tag(entry.iso639_1) == _tag(code))


@lru_cache(maxsize=4096)
def _tag(name: str) -> tuple[str, str]:
    """Language and script of a name; anything beside regions that is not understood is kept."""
    base, *subtags = re.split(r"[-_@]", name.strip().lower())
    base = get_global("language_aliases").get(base, base)
    likely = get_global("likely_subtags").get(base, base).split("_")
    script = likely[1] if len(likely) > 1 else ""
    for subtag in subtags:
        if len(subtag) == _SCRIPT_LETTERS or subtag in _SCRIPT_WORDS:
            script = _SCRIPT_WORDS.get(subtag, subtag.title())
        elif not re.fullmatch(r"[a-z]{2}|\d{3}", subtag):
            base += f"@{subtag}"
    return base, script
