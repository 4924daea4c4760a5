"""Change case by the rules of a language (pure).

Turkish and Azerbaijani pair I with ı and İ with i (Unicode, SpecialCasing.txt). Turkmen, for all
its kinship, does not: its alphabet has one i, dotted.
"""

import unicodedata

from pipeline.languages import language

_TO_LOWER = str.maketrans({"I": "ı", "İ": "i"})
_TO_UPPER = str.maketrans({"i": "İ", "ı": "I"})
_DOTTED_CAPITAL = str.maketrans({"İ": "i"})  # else i and a combining dot, which is no letter


def lower(text: str, language_code: str) -> str:
    """Write a text in small letters, composed (NFC).

    Raises:
        InputError: the language is not known.
    """
    rule = _TO_LOWER if _is_turkic(language_code) else _DOTTED_CAPITAL
    return unicodedata.normalize("NFC", text).translate(rule).lower()


def upper(text: str, language_code: str) -> str:
    """Write a text in capitals, composed (NFC).

    Raises:
        InputError: the language is not known.
    """
    composed = unicodedata.normalize("NFC", text)
    return (composed.translate(_TO_UPPER) if _is_turkic(language_code) else composed).upper()


def capitalise(word: str, language_code: str) -> str:
    """Write the first letter of a word as a capital, composed (NFC).

    Raises:
        InputError: the language is not known.
    """
    return upper(word[:1], language_code) + word[1:]


def _is_turkic(language_code: str) -> bool:
    return language(language_code).casing == "turkic"
