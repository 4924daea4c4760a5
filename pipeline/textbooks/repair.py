"""Repair letters that OCR invents (pure).

A model of a whole script, which reads Turkmen for want of one of its own, knows more letters than
the language has: ñ, ń or ŭ stand where only ň can, and a wide letter is read twice, as in `ňñ`.
"""

import unicodedata
from functools import lru_cache


def keep_to_alphabet(word: str, alphabet: str) -> str:
    """Replace accented letters that are not in the alphabet.

    Each becomes the one letter of the alphabet with the same base, accented before plain; right
    behind an accented letter it is that letter read twice, and goes. A letter without a like, or
    with several, stays.

    Args:
        word: composed (NFC).
        alphabet: capital and small letters.
    """
    known, substitutes = frozenset(alphabet), _substitutes(alphabet)
    if all(character in known or not _is_accented(character) for character in word):
        return word
    letters: list[str] = []
    for character in word:
        if character in known or not _is_accented(character):
            letters.append(character)
        elif not (letters and letters[-1] in known and _is_accented(letters[-1])):
            letters.append(substitutes.get(_base(character), character))
    return "".join(letters)


def _base(character: str) -> str:
    return unicodedata.normalize("NFD", character)[0]


def _is_accented(character: str) -> bool:
    return len(unicodedata.normalize("NFD", character)) > 1


@lru_cache(maxsize=32)
def _substitutes(alphabet: str) -> dict[str, str]:
    """Which letter stands for a base: its one accented letter, or else the base itself."""
    accented: dict[str, list[str]] = {}
    for letter in alphabet:
        if _is_accented(letter):
            accented.setdefault(_base(letter), []).append(letter)
    plain = {letter: letter for letter in alphabet if letter not in accented}
    return plain | {base: like[0] for base, like in accented.items() if len(like) == 1}
