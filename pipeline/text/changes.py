"""Changed versions of texts that no longer say the same, by rules that hold in any language. Pure.

Two of the changes of xSIM++ (Chen et al. 2023), numbers and names, and what is left out instead of
its negations and antonyms, which need a dictionary.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from pipeline.text.marks import NAME, NUMBER, names

_CLAUSE = regex.compile(r"\s*[,;:–—]\s[^,;:–—]{8,}?(?=[,;:–—]|[.!?।]*$)")
_LONG_WORD = regex.compile(r"(?<=\s)([\p{L}\p{M}]{6,})\s")
_MOST_NAMES = 2
_DRAWS = 16  # of names, among which two that the text does not have


@dataclass(frozen=True)
class HardNegative:
    """A text that is nearly that of the pool, and wrong.

    Attributes:
        of: position of the text it was made from.
        kind: what was changed, a key of `CHANGES`.
        text: the changed text; not one of the pool.
    """

    of: int
    kind: str
    text: str


@dataclass(frozen=True)
class Pool:
    """What the texts have together.

    Attributes:
        names: of all of them, each once.
        text_counts: in how many of them a long word stands, in small letters.
    """

    names: Sequence[str]
    text_counts: Mapping[str, int]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Pool":
        """Look the texts through."""
        found = dict.fromkeys(name for text in texts for name in names(text))
        words = (word for text in texts for word in set(_LONG_WORD.findall(text.casefold())))
        return cls(list(found), Counter(words))


Change = Callable[[str, Pool, np.random.Generator], str]


def hard_negatives(texts: Sequence[str], seed: int) -> list[HardNegative]:
    """Up to four changed versions of every text, one of each kind where the text allows it.

    Args:
        texts: of one language, in any script; where it has no capitals no names are exchanged.
        seed: of the choices.

    Returns:
        By text, then by kind; none equals a text of the pool.
    """
    given, pool = set(texts), Pool.of(texts)
    found = []
    for of, text in enumerate(texts):
        for number, (kind, change) in enumerate(CHANGES.items()):
            changed = change(text, pool, np.random.default_rng([seed, of, number]))
            if changed not in given:
                found.append(HardNegative(of, kind, changed))
    return found


def near_misses(texts: Sequence[str], seed: int) -> list[HardNegative]:
    """One of the changed versions of each text that has any, drawn at random; by text."""
    versions: dict[int, list[HardNegative]] = {}
    for one in hard_negatives(texts, seed):
        versions.setdefault(one.of, []).append(one)
    drawn = np.random.default_rng(seed).random(len(texts))
    return [found[int(drawn[of] * len(found))] for of, found in versions.items()]


def _change_number(text: str, _: Pool, generator: np.random.Generator) -> str:
    """One digit of one number becomes another one; a number still begins with no new zero."""
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return text
    number = numbers[generator.integers(len(numbers))]
    places = [at for at in range(*number.span()) if text[at].isdecimal()]
    at = places[generator.integers(len(places))]
    digit = unicodedata.decimal(text[at])
    others = [one for one in range(at == places[0], 10) if one != digit]
    new = others[generator.integers(len(others))]
    return text[:at] + chr(ord(text[at]) - digit + new) + text[at + 1 :]


def _exchange_names(text: str, pool: Pool, generator: np.random.Generator) -> str:
    """Up to two names give way to names of other texts."""
    own = list(NAME.finditer(text))
    if not own:
        return text
    drawn = [pool.names[at] for at in generator.integers(len(pool.names), size=_DRAWS)]
    foreign = [name for name in dict.fromkeys(drawn) if name not in text]
    leaving = [own[at] for at in sorted(generator.permutation(len(own))[:_MOST_NAMES])]
    for name, new in reversed(list(zip(leaving, foreign, strict=False))):
        text = text[: name.start()] + new + text[name.end() :]
    return text


def _leave_clause_out(text: str, _: Pool, generator: np.random.Generator) -> str:
    """What stands between two commas, or behind the last one, goes."""
    return _without_one(text, list(_CLAUSE.finditer(text)), generator)


def _leave_word_out(text: str, pool: Pool, generator: np.random.Generator) -> str:
    """A long word goes that no other text has: what it says nothing else says."""
    words = [one for one in _LONG_WORD.finditer(text) if pool.text_counts[_word(one)] == 1]
    return _without_one(text, words, generator)


def _word(match: regex.Match[str]) -> str:
    return str(match[1]).casefold()


def _without_one(text: str, places: list[regex.Match[str]], generator: np.random.Generator) -> str:
    if not places:
        return text
    place = places[generator.integers(len(places))]
    return text[: place.start()] + text[place.end() :]


CHANGES: Mapping[str, Change] = {
    "a number changed": _change_number,
    "names exchanged": _exchange_names,
    "a clause left out": _leave_clause_out,
    "a rare word left out": _leave_word_out,
}
"""By what they do."""
