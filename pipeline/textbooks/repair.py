"""Repair letters that OCR invents (pure).

A model of a whole script, which reads Turkmen for want of one of its own, knows more letters than
the language has: ñ, ń or ł stand where only ň or l can, and a wide letter is read twice: `ňñ`.
"""

from functools import lru_cache
from typing import Any

from pipeline.textbooks.confusions import base, is_marked

Word = dict[str, Any]


def reread(word: Word, text: str) -> Word:
    """A word (row of `tables.WORD`) with another text; the engine's is kept as `raw_text`."""
    if text == word["text"]:
        return word
    return word | {"text": text, "raw_text": word.get("raw_text") or word["text"]}


def reread_in_alphabet(word: Word, alphabet: str) -> Word:
    """A word (row of `tables.WORD`) without accented letters that the alphabet lacks."""
    return reread(word, keep_to_alphabet(word["text"], alphabet))


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
    if all(character in known or not is_marked(character) for character in word):
        return word
    letters: list[str] = []
    for character in word:
        if character in known or not is_marked(character):
            letters.append(character)
        elif not (letters and letters[-1] in known and is_marked(letters[-1])):
            letters.append(substitutes.get(base(character), character))
    return "".join(letters)


@lru_cache(maxsize=32)
def _substitutes(alphabet: str) -> dict[str, str]:
    """Which letter stands for a base: its one accented letter, or else the base itself."""
    accented: dict[str, list[str]] = {}
    for letter in alphabet:
        if is_marked(letter):
            accented.setdefault(base(letter), []).append(letter)
    plain = {letter: letter for letter in alphabet if letter not in accented}
    return plain | {base: like[0] for base, like in accented.items() if len(like) == 1}
