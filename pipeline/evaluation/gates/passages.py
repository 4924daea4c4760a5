"""Passages long enough for their language to be told, of texts as short as labels. Pure.

Names are passed over: Baiýa-de-Banderas says as little of the language around it as Kankun.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import regex

from pipeline.languages import language
from pipeline.text import dominant_script

_LETTERS_OF_SENTENCES = 80
_LETTERS_OF_LABELS = 160  # loanwords and stems without endings say less
_LABEL_WORDS = 4  # half of the texts have fewer: they are labels
_FEWEST_LETTERS = 40  # if it is all there is
_MOST_PASSAGES = 200  # evenly spaced: a share to within 0.03 near the limit
_MOST_NAME_WORDS = 4  # more of them are a headline in capitals
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’ʻʼ]*")
_SMALL = regex.compile(r"\p{Ll}")


class Passages(NamedTuple):
    """What there is to judge.

    Attributes:
        texts: long enough, but for one that is all there is.
        name_count: of the texts that are names.
        is_without_names: whether they were passed over; else too little would have been left.
    """

    texts: list[str]
    name_count: int
    is_without_names: bool


def passages_of(texts: Sequence[str], stated: str) -> Passages:
    """Join texts with those behind them, without names where the others give a whole passage.

    A name is a short text of words with capitals, in the script of its language; one in another
    script is wrong whatever it names. Capitals alone are no sign of a name, and in a script without
    them none is seen.

    Args:
        texts: normalised.
        stated: code of their language.
    """
    others = [text for text in texts if not _is_name(text, stated)]
    name_count = len(texts) - len(others)
    if passages := _whole(others, _least_letters(others)):
        return Passages(_spaced(passages), name_count, is_without_names=True)
    passages = _whole(texts, _LETTERS_OF_SENTENCES) or _whole([" ".join(texts)], _FEWEST_LETTERS)
    return Passages(_spaced(passages), name_count, is_without_names=not name_count)


def _is_name(text: str, stated: str) -> bool:
    words = _WORD.findall(text)
    return (
        0 < len(words) <= _MOST_NAME_WORDS
        and all(word[0].isupper() for word in words)
        and _SMALL.search(text) is not None
        and dominant_script(text) == language(stated).script
    )


def _least_letters(texts: Sequence[str]) -> int:
    word_counts = [len(text.split()) for text in texts if _WORD.search(text)]
    is_labels = median(word_counts or [0]) < _LABEL_WORDS
    return _LETTERS_OF_LABELS if is_labels else _LETTERS_OF_SENTENCES


def _whole(texts: Sequence[str], least_letters: int) -> list[str]:
    """Passages with letters enough; what is left over is too short to be told."""
    passages: list[str] = []
    parts: list[str] = []
    letter_count = 0
    for text in texts:
        parts.append(text)
        letter_count += sum(map(str.isalpha, text))
        if letter_count >= least_letters:
            passages.append(" ".join(parts))
            parts, letter_count = [], 0
    return passages


def _spaced(passages: Sequence[str]) -> list[str]:
    count = min(len(passages), _MOST_PASSAGES)
    return [passages[number * len(passages) // count] for number in range(count)]
