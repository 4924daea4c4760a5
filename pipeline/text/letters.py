"""How plausible the letters of words are in a language: a trigram model of letters (pure).

A font with a wrong character map spells words with the wrong letters of the right script, which no
count of odd characters shows. Trigrams within words are smoothed by bigrams, and those by single
letters (Dirichlet prior; MacKay and Peto 1995). Each distinct word counts once, so that neither a
list's subject nor a page's running header weighs much.

`letters.npz` holds counts for languages that the wordfreq package does not know, or not well; it is
made by `scripts/letter_counts.py`. The others are counted at first use.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from pipeline.languages import language
from pipeline.text.casing import lower
from pipeline.text.frequent_words import frequent_words

COUNTS_FILE = Path(__file__).with_suffix(".npz")
FREQUENT_WORD_COUNT = 20_000
PRIOR = 5.0  # imagined occurrences that a context's back-off is worth
HELD_OUT_EVERY = 5  # one word in so many tells what unseen words are like
BOUNDARY, FOREIGN = 0, 1  # numbers of a word's edge, and of letters outside the alphabet

WORD = regex.compile(r"[\p{L}\p{M}]{2,}")
INVISIBLE = regex.compile(r"[\u00AD\u200C\u200D]")


@dataclass(frozen=True)
class LetterModel:
    """Natural logarithms of the probability of a letter after two others, and what is usual.

    Attributes:
        code: of the language.
        log_probabilities: by the numbers of three letters, [V, V, V].
        usual: mean over the letters of unseen words of the language.
        deviation: standard deviation of the same.
        word_count: distinct words that it was learned from.
    """

    code: str
    log_probabilities: NDArray[np.float32]
    usual: float
    deviation: float
    word_count: int

    def shortfall(self, words: Iterable[str]) -> tuple[float, int]:
        """How far below the usual the mean logarithm is (nats a letter), and of how many letters.

        Words are in small letters; (0, 0) without any.
        """
        logs = self.log_probabilities[_trigrams(words, self.code)]
        return (self.usual - float(logs.mean()), len(logs)) if len(logs) else (0.0, 0)


def own_words(text: str, code: str) -> set[str]:
    """The distinct words of two letters and more with a letter of the language's script, small."""
    script = regex.compile(rf"\p{{Script={language(code).script}}}")  # cached by the library
    words = WORD.findall(lower(INVISIBLE.sub("", text), code))
    return {word for word in words if script.search(word)}


@lru_cache(maxsize=8)
def letter_model(code: str) -> LetterModel | None:
    """The model of a language; None where no words of it are known.

    Raises:
        InputError: the language is unknown.
    """
    size = len(_numbers(code)) + 2
    with np.load(COUNTS_FILE) as file:
        if f"{code}.cells" in file:
            counts = np.zeros(size**3)
            counts[np.cumsum(file[f"{code}.cells"])] = file[f"{code}.counts"]
            logs = _log_probabilities(counts.reshape((size,) * 3))
            usual, deviation, word_count = map(float, file[f"{code}.facts"])
            return LetterModel(code, logs, usual, deviation, int(word_count))
    words = own_words(" ".join(frequent_words(code, FREQUENT_WORD_COUNT)), code)
    return train(words, code) if words else None


def train(words: Iterable[str], code: str) -> LetterModel:
    """Learn from distinct words in small letters."""
    ordered = sorted(words)
    held_out = ordered[::HELD_OUT_EVERY]
    seen = [word for number, word in enumerate(ordered) if number % HELD_OUT_EVERY]
    logs = _log_probabilities(count_trigrams(seen, code))[_trigrams(held_out, code)]
    model = _log_probabilities(count_trigrams(ordered, code))
    return LetterModel(code, model, float(logs.mean()), float(logs.std()), len(ordered))


def count_trigrams(words: Iterable[str], code: str) -> NDArray[np.float64]:
    """How often each letter follows each two, [V, V, V]."""
    size = len(_numbers(code)) + 2
    counts = np.zeros((size,) * 3)
    np.add.at(counts, _trigrams(words, code), 1)
    return counts


def _log_probabilities(counts: NDArray[np.float64]) -> NDArray[np.float32]:
    pairs, singles = counts.sum(0), counts.sum((0, 1))
    single = (singles + 1) / (singles.sum() + len(singles))
    pair = (pairs + PRIOR * single) / (pairs.sum(1, keepdims=True) + PRIOR)
    triple = (counts + PRIOR * pair) / (counts.sum(2, keepdims=True) + PRIOR)
    logarithms: NDArray[np.float32] = np.log(triple).astype(np.float32)
    return logarithms


def _trigrams(words: Iterable[str], code: str) -> tuple[NDArray[np.int64], ...]:
    """Numbers of letters, and of those before them; a word's end counts as one."""
    numbers = _numbers(code)
    flat: list[int] = []
    for word in words:
        flat += [BOUNDARY, BOUNDARY, *(numbers.get(letter, FOREIGN) for letter in word), BOUNDARY]
    letters = np.array(flat, dtype=np.int64)
    first, second, third = letters[:-2], letters[1:-1], letters[2:]
    is_within = (second != BOUNDARY) | (third != BOUNDARY)
    return first[is_within], second[is_within], third[is_within]


@lru_cache(maxsize=32)
def _numbers(code: str) -> dict[str, int]:
    letters = sorted(set(lower(language(code).alphabet, code)))
    return {letter: number for number, letter in enumerate(letters, start=FOREIGN + 1)}
