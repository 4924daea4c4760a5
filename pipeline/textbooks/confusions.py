"""What a misread word may have been: readings that are one slip of the engine away (pure).

The slips were listed from Tesseract's readings of worn pages, see `benchmarks/ocr_repair.py`: marks
above and below letters get lost or made up, a wide letter is read twice, a letter with a mark is
overlooked, and some letters look like others.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import regex

from pipeline.languages import language
from pipeline.text import lower, upper

LOOKALIKES = {
    "Latn": "il ij fj it lt ft gq gy vy vý uv ec eo oc hb kh nm nr ae ou sz əe pb",
    "Cyrl": "ин ий пн пл лд шщ цщ еэ ес ео ос зэ зв ьъ ыь гт хж мн тп ау вь чц ғг қк ңн ҳх өо үу",
}
TWICE, ALIKE, MARK_MADE_UP, LETTER_OVERLOOKED, ANY = 0.5, 0.5, 2.0, 2.0, 5.0  # nats
MIN_ODD_LETTERS = 6
MARKED = regex.compile(r"LETTER (\w) WITH")


@lru_cache(maxsize=32)
def _similar(code: str) -> dict[str, frozenset[str]]:
    """Small letters of a language that are read for one another, capitals alike."""
    alphabet = sorted(set(lower(language(code).alphabet, code)))
    similar: dict[str, set[str]] = defaultdict(set)
    pairs = [(a, b) for a in alphabet for b in alphabet if a != b and base(a) == base(b)]
    for pair in LOOKALIKES.get(language(code).script, "").split():
        pairs += [(pair[0], pair[1]), (pair[1], pair[0])]
    for read, printed in pairs:
        if printed in alphabet:
            similar[read].add(printed)
            similar[upper(read, code)].add(upper(printed, code))
    return {letter: frozenset(others) for letter, others in similar.items()}


def base(letter: str) -> str:
    """A letter without its marks, strokes and hooks: `ý` and `ÿ` give `y`, `ł` gives `l`."""
    plain = unicodedata.normalize("NFD", letter)[0]
    found = MARKED.search(unicodedata.name(plain, ""))
    if found is None:
        return plain
    return found[1] if plain.isupper() else found[1].lower()


def is_marked(letter: str) -> bool:
    """Whether a letter is another one with a mark, a stroke or a hook."""
    return base(letter) != letter


def near_readings(word: str, code: str) -> dict[str, float]:
    """The words that one slip turns into this one, and how unusual the slip is (nats).

    Args:
        word: letters alone, composed (NFC), in any case.
        code: of the language.
    """
    readings: dict[str, float] = {}
    for cost, found in (
        (TWICE, read_once(word)),
        (ALIKE, _replaced(word, code)),
        (MARK_MADE_UP, _without_one(word)),
        (LETTER_OVERLOOKED, _with_one_more(word, code)),
        (ANY, _one_letter_off(word, code)),
    ):
        for reading in found:
            readings.setdefault(reading, cost)
    readings.pop(word, None)
    return readings


def read_once(word: str) -> set[str]:
    """The word without one of two neighbours of which either is marked and both have one base."""
    return {
        word[: place + drop] + word[place + drop + 1 :]
        for place, (one, other) in enumerate(pairwise(word))
        if base(one).lower() == base(other).lower() and (is_marked(one) or is_marked(other))
        for drop in (0, 1)
    }


def _replaced(word: str, code: str) -> Iterator[str]:
    similar = _similar(code)
    for place, letter in enumerate(word):
        for other in similar.get(letter, ()):
            yield word[:place] + other + word[place + 1 :]


def _without_one(word: str) -> Iterator[str]:
    """Without a marked letter, or one that stands beside a marked one or its like."""
    for place, letter in enumerate(word):
        beside = word[max(0, place - 1) : place] + word[place + 1 : place + 2]
        if is_marked(letter) or any(is_marked(one) or base(one) == base(letter) for one in beside):
            yield word[:place] + word[place + 1 :]


def _with_one_more(word: str, code: str) -> Iterator[str]:
    """With a marked letter that was overlooked."""
    marked = sorted(filter(is_marked, set(lower(language(code).alphabet, code))))
    for place in range(1, len(word) + 1):
        for letter in marked:
            yield word[:place] + letter + word[place:]


def _one_letter_off(word: str, code: str) -> Iterator[str]:
    """With one letter more, fewer or other behind its first, for a word of some length."""
    if len(word) < MIN_ODD_LETTERS:
        return
    letters = sorted(set(lower(language(code).alphabet, code)))
    for place in range(1, len(word) + 1):
        yield word[:place] + word[place + 1 :]
        for letter in letters:
            yield word[:place] + letter + word[place:]
            yield word[:place] + letter + word[place + 1 :]
