"""Numbers and names in a text: what a translation shares whatever the language. Pure.

Names are compared by their consonants in Latin letters, which survive most ways of writing a name
in another alphabet, and by the first few of them, which survive most endings. It is crude, so a
name counts only as far as it is rare.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.text.marks import numbers

Facts = Counter[str]

_NAME = re.compile(r"(?<=[\w,] )[«“\"(]*([^\W\d_][\w’'-]*)")  # not the first word of a sentence
_LATIN = str.maketrans("бвгджзклмнпрстфхцчшщґқғҳҷң", "bvgdzzklmnprstfhccssgkghcn")
_SPELLINGS = (
    *(("ch", "c"), ("sh", "s"), ("zh", "z"), ("kh", "h"), ("ph", "f"), ("ts", "c")),
    *(("w", "v"), ("q", "k"), ("x", "h"), ("j", "z")),
)
_NO_CONSONANT = re.compile(r"[^b-df-hj-np-tv-xz]")
_DOUBLED = re.compile(r"(.)\1+")
_LEAST_CONSONANTS, _MOST_CONSONANTS = 3, 5
_LEAST_DIGITS = 2  # a single digit is everywhere


def read_facts(texts: Iterable[str]) -> Facts:
    """How often each number of two digits or more, and each name, occurs in a document."""
    facts: Facts = Counter()
    for text in texts:
        facts.update(number for number in numbers(text) if len(number) >= _LEAST_DIGITS)
        words = (match[1] for match in _NAME.finditer(text))
        facts.update(filter(None, (_name(word) for word in words if word[0].isupper())))
    return facts


def is_number(fact: str) -> bool:
    """Whether a fact is a number, and no name."""
    return not fact.startswith("~")


def _name(word: str) -> str:
    """`Berdimuhamedow` and `Бердымухамедов` become `~brdmh`; empty where little is left."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_LATIN))
    for spelling, letter in _SPELLINGS:
        decomposed = decomposed.replace(spelling, letter)
    bare = _DOUBLED.sub(r"\1", _NO_CONSONANT.sub("", decomposed))
    return f"~{bare[:_MOST_CONSONANTS]}" if len(bare) >= _LEAST_CONSONANTS else ""


class FactComparison:
    """Compares the facts of documents; what few of them hold counts most."""

    def __init__(self, documents: Sequence[Facts]) -> None:
        self._holders = Counter(fact for facts in documents for fact in facts)
        self._count = len(documents)

    def agreement(self, left: Facts, right: Facts) -> float:
        """Cosine of the two bags, weighted by rarity (tf-idf), in [0, 1]."""
        shared = sum(
            left[fact] * right[fact] * self._weight(fact) for fact in sorted(left.keys() & right)
        )
        norms = self._square(left) * self._square(right)
        return shared / math.sqrt(norms) if norms > 0 else 0.0

    def _square(self, facts: Mapping[str, int]) -> float:
        return sum(count * count * self._weight(fact) for fact, count in sorted(facts.items()))

    def _weight(self, fact: str) -> float:
        return math.log((1 + self._count) / (1 + self._holders[fact])) ** 2
