"""Names that two texts share, whatever their scripts: evidence for a translation. Pure.

A name is a word with a capital inside a sentence. It is compared by its skeleton: the classes of
its consonants, in the manner of Soundex (Russell 1918), so that Waşington, Вашингтон and Washington
meet although vowels, voice and aspiration are written differently. Suffixes are forgiven: a
skeleton of three classes or more matches one that it begins.
"""

import unicodedata
from functools import lru_cache

import regex

from pipeline.text.marks import names

_LEAST_CLASSES = 2
_LEAST_PREFIX = 3
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]+")
_CAPITAL = regex.compile(r"\p{Lu}")
_PAIRS = (("дж", "s"), ("kh", ""), ("ch", "s"), ("sh", "s"), ("zh", "s"), ("ph", "v"), ("ts", "s"))
_NUKTA = (
    ("\u09a1\u09bc", "র"),
    ("\u09a2\u09bc", "র"),
    ("\u09af\u09bc", ""),
)  # other letters with a dot
_SOFT_C = regex.compile(r"c(?=[eiy])")
_CLASSES = {
    letter: name
    for name, letters in {
        "b": "bpбпপব",
        "v": "vwfвфফভ",
        "k": "gkqcгғкқґҡҝকখগঘ",
        "t": "dtдтটঠডঢতথদধ",
        "s": "szçşšžjзсжҗшщцчҷџচছজঝযশষস",
        "m": "mмম",
        "n": "nñнңঙঞণন",
        "l": "lлল",
        "r": "rрর",
    }.items()
    for letter in letters
}


def name_agreement(source: str, target: str) -> float | None:
    """Share of either side's names that the other side has too, in [0, 1]; None without names.

    The first word of a sentence counts as a name only where the other side looks for one; in a
    script without capitals any word may be one.
    """
    sides = [(_skeletons(names(text)), _candidates(text)) for text in (source, target)]
    (left, left_words), (right, right_words) = sides
    wanted = [(name, right_words) for name in left] + [(name, left_words) for name in right]
    if not wanted:
        return None
    return sum(any(_match(name, one) for one in words) for name, words in wanted) / len(wanted)


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The classes of a word's consonants in order, equal neighbours once: `Ашхабад` is `sbt`."""
    small = unicodedata.normalize("NFC", word.casefold())
    for letters, name in (*_NUKTA, *_PAIRS):
        small = small.replace(letters, name)
    small = _SOFT_C.sub("s", small)
    classes = ""
    for letter in small:
        name = _CLASSES.get(letter) or _CLASSES.get(unicodedata.normalize("NFD", letter)[0], "")
        if name and not classes.endswith(name):
            classes += name
    return classes


def _candidates(text: str) -> set[str]:
    words = _WORD.findall(text)
    capitalised = [word for word in words if _CAPITAL.match(word)]
    return set(_skeletons(capitalised or words))


def _skeletons(words: list[str]) -> list[str]:
    return [one for one in map(skeleton, words) if len(one) >= _LEAST_CLASSES]


def _match(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _LEAST_PREFIX and longer.startswith(shorter))
