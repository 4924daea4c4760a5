"""Which part of a suite a text belongs to: by length, by script, by what is known of it. Pure.

A figure over a whole suite hides where a model fails; each kind of slices cuts the suite once.
"""

from collections.abc import Mapping, Sequence

import regex

from pipeline.errors import InputError
from pipeline.text import dominant_script

Slices = dict[str, list[str]]
"""Of each kind of slices the label of every text, in the texts' order."""

NOT_GIVEN = "not given"
_LENGTH_BANDS = ((5, "1-5 words"), (12, "6-12 words"), (25, "13-25 words"))
_LONGEST = "26 words or more"
_SCRIPTS = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Beng": "Bengali",
    "Arab": "Arabic",
    "Grek": "Greek",
}
_OTHER_SCRIPT = "other"
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’‘ʼʻ-]*")


def slice_labels(texts: Sequence[str], language: str) -> Slices:
    """Slices that follow from the texts themselves.

    Args:
        texts: in the suite's order.
        language: their code, e.g. `tuk_Latn`; a text without letters counts for its script.

    Returns:
        `length`, in words, and `script`, each with a label for every text. The bands are the same
        for all languages, so that a row of one can be put beside a row of another.
    """
    own = script_name(language.partition("_")[2])
    return {
        "length": [_length_band(text) for text in texts],
        "script": [_script(text, own) for text in texts],
    }


def with_attributes(labels: Slices, attributes: Mapping[str, Sequence[str | None]]) -> Slices:
    """Slices by what is known of each text besides, such as `source` and `domain`, behind others.

    A kind with one label only cuts nothing and is left out, wherever it comes from. A value that is
    empty or null is labelled `not given`.

    Raises:
        InputError: a kind has not one value for every text, or comes from both.
    """
    given = {kind: [value or NOT_GIVEN for value in values] for kind, values in attributes.items()}
    if twice := sorted(labels.keys() & given.keys()):
        raise InputError(f"slices by {', '.join(twice)} are there already: rename the attribute")
    every = labels | given
    counts = {kind: len(values) for kind, values in every.items()}
    if len(set(counts.values())) > 1:
        raise InputError(f"slices need one value for every text, not {counts}")
    return {kind: values for kind, values in every.items() if len(set(values)) > 1}


def script_name(code: str) -> str:
    """The English name of a script by its ISO 15924 code; `other` for one not known here."""
    return _SCRIPTS.get(code, _OTHER_SCRIPT)


def _length_band(text: str) -> str:
    count = len(_WORD.findall(text))
    return next((label for most, label in _LENGTH_BANDS if count <= most), _LONGEST)


def _script(text: str, own: str) -> str:
    if not any(map(str.isalpha, text)):
        return own
    return script_name(dominant_script(text))
