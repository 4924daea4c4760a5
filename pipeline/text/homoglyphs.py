"""Repair letters of the wrong script that look like the right ones (pure).

Keyboards, OCR and old fonts leave a Latin c in a Russian word, a Cyrillic ә in an Azerbaijani
one, a Greek Φ for Ф. To the eye nothing is wrong; to a tokeniser the word is unknown. The pairs
are those of Unicode's confusables (UTS 39) that look alike in upright print.
"""

from collections.abc import Sequence
from functools import lru_cache

import regex

from pipeline.languages import language

_LATIN = "aceopxykijshəçäöëABCEHIJKMOPSTXYƏÇÄÖË"
_CYRILLIC = "асеорхукіјѕһәҫӓӧёАВСЕНІЈКМОРЅТХУӘҪӒӦЁ"
LIKE_LATIN = dict(zip(_CYRILLIC, _LATIN, strict=True)) | dict(
    zip("αορνχκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aopvxkABEZHIKMNOPTYX", strict=True)
)
LIKE_CYRILLIC = dict(zip(_LATIN, _CYRILLIC, strict=True)) | dict(
    zip("αορχκφϕπΑΒΕΗΚΜΟΡΤΥΧΦΓΠΛ", "аорхкффпАВЕНКМОРТУХФГПЛ", strict=True)
)
_LOOK_ALIKES = {"Latn": LIKE_LATIN, "Cyrl": LIKE_CYRILLIC}
_BASIC = {  # what a foreign word in this script may be spelt with, whatever the language
    "Latn": frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "Cyrl": frozenset("Ёё" + "".join(map(chr, range(ord("А"), ord("я") + 1)))),
}
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*")
_ROMAN_NUMERAL = regex.compile(r"[IVXLCDM]+")
_SCRIPTS = {
    "Latn": regex.compile(r"\p{Latin}"),
    "Cyrl": regex.compile(r"\p{Cyrillic}"),
    "Grek": regex.compile(r"\p{Greek}"),
}
_MIN_GREEK_WORD_LETTERS = 3  # shorter ones are formulas: ρV


def repair_homoglyphs(text: str, language_code: str) -> str:
    """Write each word in one script, where look-alikes alone keep it from that.

    A word of mixed scripts becomes one of the language's script; failing that, of the other script
    if few letters must change for it ("Wikі" in a Russian text). A word wholly of the wrong script
    changes only when every letter has its like in the alphabet and the words beside it are of the
    right script. Then still stay: single letters and Roman numerals (textbooks are full of both),
    names, and capitals unless a neighbour has capitals too. Anything else is a foreign word.

    Args:
        text: normalised (NFC); length and everything but letters are kept.
        language_code: of the text; texts in neither Latin nor Cyrillic letters come back as given.

    Raises:
        InputError: the language is not known.
    """
    script = language(language_code).script
    if script not in _LOOK_ALIKES:
        return text
    matches = list(_WORD.finditer(text))
    words = [match.group() for match in matches]
    pieces, end = [], 0
    for number, match in enumerate(matches):
        pieces += [text[end : match.start()], _repaired(words, number, language_code)]
        end = match.end()
    return "".join([*pieces, text[end:]])


def _repaired(words: Sequence[str], number: int, language_code: str) -> str:
    word, script = words[number], language(language_code).script
    scripts = _scripts(word)
    if scripts <= {script}:
        return word
    if len(scripts) > 1:
        return _repair_mixed(word, language_code)
    if _stands_alone(words, number, script):
        return word
    return _rewritten(word, script, frozenset(language(language_code).alphabet)) or word


def _repair_mixed(word: str, language_code: str) -> str:
    if len(word) < _MIN_GREEK_WORD_LETTERS and "Grek" in _scripts(word):
        return word
    script = language(language_code).script
    own = _rewritten(word, script, _BASIC[script] | set(language(language_code).alphabet))
    if own is not None:
        return own
    other = "Cyrl" if script == "Latn" else "Latn"
    foreign = _rewritten(word, other, _BASIC[other])
    if foreign is None:
        return word
    changed_count = sum(old != new for old, new in zip(word, foreign, strict=True))
    return foreign if 2 * changed_count < len(word) else word


def _stands_alone(words: Sequence[str], number: int, script: str) -> bool:
    """Whether nothing proves that a word of another script belongs to its sentence."""
    word = words[number]
    neighbours = [*words[max(number - 1, 0) : number], *words[number + 1 : number + 2]]
    if len(word) == 1 or _ROMAN_NUMERAL.fullmatch(word):
        return True
    if not neighbours or any(_scripts(neighbour) != {script} for neighbour in neighbours):
        return True
    if word.isupper():
        return not any(len(other) > 1 and other.isupper() for other in neighbours)
    return not word.islower()


def _rewritten(word: str, script: str, allowed: frozenset[str]) -> str | None:
    """The word with every letter of another script replaced, or None where one has no like."""
    letters = []
    for letter in word:
        if any(pattern.match(letter) for pattern in _foreign_to(script)):
            like = _LOOK_ALIKES[script].get(letter)
            if like is None or like not in allowed:
                return None
            letters.append(like)
        else:
            letters.append(letter)
    return "".join(letters)


def _foreign_to(script: str) -> list[regex.Pattern[str]]:
    return [pattern for name, pattern in _SCRIPTS.items() if name != script]


@lru_cache(maxsize=65536)
def _scripts(word: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _SCRIPTS.items() if pattern.search(word))
