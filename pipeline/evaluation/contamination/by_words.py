"""Evaluation texts that stand in training text word for word, or nearly. Pure and deterministic.

Training texts pass by one at a time, so that memory is that of the evaluation texts, however many
are trained on. Near duplicates are found as by Ukkonen (1992): a text of which few words have
changed keeps most of its runs of two or three words, and only those few training texts that share
enough of them are compared word by word.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import regex
from rapidfuzz.distance import LCSseq

from pipeline.evaluation.contamination.findings import KINDS, Kind, Text
from pipeline.text.normalise import comparison_key, normalise

_NUMBERS = regex.compile(r"0+(?: 0+)*")
_LEAST_SHARE = 0.7  # of a near duplicate's words; tuned on FLORES dev, see benchmarks
_LEAST_WORDS = 4
_LONG_WORDS = 9  # from here on runs of three words are shared after every fourth has changed

_Gram = tuple[str, ...]


class Sighting(NamedTuple):
    """The training text that gives an evaluation text away."""

    kind: Kind
    score: float  # share of the evaluation text's words that it holds in order, (0, 1]
    trained: Text


class WordMatcher:
    """Evaluation texts, and the best sighting so far of each.

    Languages are not kept apart: a text is known whatever its label in the training data says.
    """

    def __init__(self, texts: Sequence[Text]) -> None:
        """Index the texts.

        Raises:
            InputError: a language is not known.
        """
        self._found: dict[int, Sighting] = {}
        self._exact = defaultdict[str, list[int]](list)
        self._folded = defaultdict[str, list[int]](list)
        self._grams = defaultdict[_Gram, list[tuple[int, int]]](list)
        self._words: list[list[str]] = []
        for at, (language, text) in enumerate(texts):
            key = folded_key(text, language)
            self._exact[normalise(text, language)].append(at)
            if key:
                self._folded[key].append(at)
            self._words.append(key.split())
            for place, gram in enumerate(_grams(self._words[at])):
                self._grams[gram].append((at, place))

    @property
    def found(self) -> dict[int, Sighting]:
        """By position of the text: the strongest sighting; of equal ones the first."""
        return dict(sorted(self._found.items()))

    def look(self, trained: Text) -> None:
        """See whether a training text gives any of the texts away.

        Raises:
            InputError: its language is not known.
        """
        for at, seen in self.sightings(trained):
            self._keep(at, seen)

    def sightings(self, trained: Text) -> Iterator[tuple[int, Sighting]]:
        """The texts that a training text gives away, by position, the strongest kind first.

        Raises:
            InputError: its language is not known.
        """
        language, text = trained
        for at in self._exact.get(normalise(text, language), ()):
            yield at, Sighting("exact", 1.0, trained)
        key = folded_key(text, language)
        for at in self._folded.get(key, ()):
            yield at, Sighting("folded", 1.0, trained)
        for at, share in self._near(key.split()):
            yield at, Sighting("near_duplicate", share, trained)

    def _keep(self, at: int, seen: Sighting) -> None:
        known = self._found.get(at)
        if known is None or _strength(seen) > _strength(known):
            self._found[at] = seen

    def _near(self, words: Sequence[str]) -> Iterator[tuple[int, float]]:
        """Texts of which these words hold most, in order, and how large a share of each."""
        offsets = defaultdict[int, list[int]](list)
        for size in (2, 3):
            for place, gram in enumerate(_runs(words, size)):
                for at, own_place in self._grams.get(gram, ()):
                    offsets[at].append(place - own_place)
        for at, shifts in offsets.items():
            own = self._words[at]
            if len(shifts) >= _least_shared_runs(own) and _fits(own, words):
                share = _share_in_order(own, words, statistics.median_low(shifts))
                if share >= _LEAST_SHARE:
                    yield at, share


def folded_key(text: str, language_code: str) -> str:
    """A text without case, punctuation and the value of its numbers, whatever their length.

    Raises:
        InputError: the language is not known.
    """
    return _NUMBERS.sub("0", comparison_key(text, language_code))


def _strength(seen: Sighting) -> tuple[int, float]:
    return -KINDS.index(seen.kind), seen.score


def _runs(words: Sequence[str], size: int) -> Iterator[_Gram]:
    return pairwise(words) if size == 2 else zip(words, words[1:], words[2:], strict=False)  # noqa: PLR2004 - a pair


def _run_size(words: Sequence[str]) -> int:
    return 3 if len(words) >= _LONG_WORDS else 2


def _grams(words: Sequence[str]) -> Iterator[_Gram]:
    """The runs by which a text is looked for; a very short one is found whole or not at all."""
    if len(words) >= _LEAST_WORDS:
        yield from _runs(words, _run_size(words))


def _most_changes(words: Sequence[str]) -> int:
    return int(len(words) * (1 - _LEAST_SHARE))


def _least_shared_runs(words: Sequence[str]) -> int:
    """Runs that are left when as many words have changed as may; each change breaks a few."""
    size = _run_size(words)
    return max(1, len(words) - size + 1 - size * _most_changes(words))


def _fits(own: Sequence[str], words: Sequence[str]) -> bool:
    """Whether a short text is all there is: its few words stand in some long text by chance."""
    return len(own) >= _LONG_WORDS or len(words) <= len(own) + _most_changes(own)


def _share_in_order(own: Sequence[str], words: Sequence[str], shift: int) -> float:
    """Share of a text's words found in order, at most a few words from where they should be."""
    slack = _most_changes(own)
    window = words[max(0, shift - slack) : max(0, shift + len(own) + slack)]
    return float(LCSseq.similarity(own, window)) / len(own)
