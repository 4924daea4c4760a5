"""Training texts that say in another language what an evaluation row says, unknown to anybody.

Pure but for the encoder, which is given. Vectors are centred by language on either side, for the
raw cosines of many models are squeezed into a narrow band, and scored by the ratio margin (Artetxe
& Schwenk 2019): a pair's cosine over the mean cosine of both to their nearest neighbours. Unequal
lengths and unmatched numbers count against a pair. A row of several languages is the mean of its
versions, those in the training text's own language left out, for words find these.

Training texts pass by in blocks; memory is that of the rows' vectors and of one block a language.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.encoders import Encoder
from pipeline.evaluation.contamination.findings import Row, Text
from pipeline.search import nearest_both_ways
from pipeline.text.marks import numbers

FloatArray = npt.NDArray[np.float32]

_NEIGHBOURS = 4  # of the margin
_CANDIDATES = 8  # training texts kept for a row
_LENGTH_WEIGHT = 0.35  # taken per unit of |log length ratio|; as the next, tuned on FLORES dev
_NUMBER_WEIGHT = 0.1  # taken per number that one side alone has
_MOST_NUMBERS = 3  # that count
_MOST_LENGTH_RATIO = 2.0  # a training text is encoded if some evaluation text is as long
_LEAST_CENTRED = 30  # texts that have a mean worth taking away
_BLOCK_TEXTS = 8192


class Recognition(NamedTuple):
    """The training text that is most like a row, and how much it stands out."""

    score: float  # margin less penalties: about 1 for strangers, at most 2 * _NEIGHBOURS
    trained: Text


class _Candidate(NamedTuple):
    cosine: float
    crowd: float  # mean cosine of the training text to the rows nearest to it
    text: str


@dataclass
class _Search:
    """Rows as one training language sees them.

    Attributes:
        rows: positions of those that have a version in any other language.
        queries: (n, d) float32, unit: the means of these versions.
        centre: (d,) of the training texts of the first block.
        candidates: of each row, by descending cosine.
    """

    rows: Sequence[int]
    queries: FloatArray
    centre: FloatArray
    candidates: list[list[_Candidate]]


class MeaningMatcher:
    """Rows, and the training texts so far that are nearest to each."""

    def __init__(self, rows: Sequence[Row], encoder: Encoder) -> None:
        """Encode the rows.

        In a language with fewer than thirty texts, on either side, vectors cannot be centred;
        scores stay near 1 there, and next to nothing is found.
        """
        self._rows = rows
        self._encoder = encoder
        self._pending = defaultdict[str, list[str]](list)
        self._searches: dict[str, _Search] = {}
        self._vectors = {code: self._encoded(code) for code in sorted(set().union(*rows))}
        lengths = [len(text) for row in rows for text in row.values()]
        self._shortest = min(lengths, default=0) / _MOST_LENGTH_RATIO
        self._longest = max(lengths, default=0) * _MOST_LENGTH_RATIO

    def look(self, trained: Text) -> None:
        """See a training text, sooner or later, if it can be a translation of any row."""
        language, text = trained
        is_foreign = any(code != language for code in self._vectors)
        if is_foreign and self._shortest <= len(text) <= self._longest:
            self._pending[language].append(text)
            if len(self._pending[language]) == _BLOCK_TEXTS:
                self._search(language)

    def recognitions(self) -> dict[int, Recognition]:
        """By row: the training text that stands out most; of equals the first language's."""
        for language in sorted(self._pending):
            self._search(language)
        best: dict[int, Recognition] = {}
        for language, search in sorted(self._searches.items()):
            for row, candidates in zip(search.rows, search.candidates, strict=True):
                found = self._best(row, language, candidates)
                if row not in best or found.score > best[row].score:
                    best[row] = found
        return dict(sorted(best.items()))

    def _encoded(self, language: str) -> Mapping[int, FloatArray]:
        """Centred unit vectors of the rows' versions in a language, by row."""
        texts = {at: row[language] for at, row in enumerate(self._rows) if language in row}
        vectors = self._encoder.encode([*texts.values()], language=language)
        return dict(zip(texts, _centred(vectors, _centre(vectors)), strict=True))

    def _search(self, language: str) -> None:
        """Look through what has been seen of a language since the last time."""
        texts = list(dict.fromkeys(self._pending.pop(language)))
        vectors = self._encoder.encode(texts, language=language)
        if language not in self._searches:
            self._searches[language] = self._prepared(language, _centre(vectors))
        search = self._searches[language]
        if not search.rows:
            return
        onward, back = nearest_both_ways(
            search.queries, _centred(vectors, search.centre), _CANDIDATES
        )
        crowds = np.maximum(back.cosine[:, :_NEIGHBOURS], 0).mean(axis=1)
        for kept, cosines, places in zip(
            search.candidates, onward.cosine.tolist(), onward.row.tolist(), strict=True
        ):
            if len(kept) < _CANDIDATES or cosines[0] > kept[-1].cosine:
                fresh = (
                    _Candidate(cosine, float(crowds[place]), texts[place])
                    for cosine, place in zip(cosines, places, strict=True)
                )
                kept[:] = _nearest_distinct([*kept, *fresh])

    def _prepared(self, language: str, centre: FloatArray) -> _Search:
        others = [vectors for code, vectors in self._vectors.items() if code != language]
        rows = sorted(set().union(*others))
        sums = [
            np.sum([vectors[row] for vectors in others if row in vectors], axis=0) for row in rows
        ]
        queries = _unit(np.array(sums, np.float32).reshape(len(rows), len(centre)))
        return _Search(rows, queries, centre, [[] for _ in rows])

    def _best(self, row: int, language: str, candidates: Sequence[_Candidate]) -> Recognition:
        """The candidate of the highest score; of equal ones the nearest."""
        crowd = float(np.mean([max(one.cosine, 0.0) for one in candidates[:_NEIGHBOURS]]))
        versions = [text for code, text in self._rows[row].items() if code != language]
        scores = [
            _margin(one, crowd) - min(_disagreement(text, one.text) for text in versions)
            for one in candidates
        ]
        at = int(np.argmax(scores))
        return Recognition(scores[at], (language, candidates[at].text))


def _centre(vectors: FloatArray) -> FloatArray:
    if len(vectors) < _LEAST_CENTRED:
        return np.zeros(vectors.shape[1], np.float32)
    return np.asarray(vectors.mean(axis=0, dtype=np.float64), np.float32)


def _centred(vectors: FloatArray, centre: FloatArray) -> FloatArray:
    return _unit(vectors - centre)


def _unit(vectors: FloatArray) -> FloatArray:
    """Rows of length 1; a row of nothing stays nothing."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0))


def _nearest_distinct(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The nearest, each text once; of equally near ones those seen earlier come first."""
    nearest: dict[str, _Candidate] = {}
    for one in sorted(candidates, key=lambda candidate: -candidate.cosine):
        nearest.setdefault(one.text, one)
    return list(nearest.values())[:_CANDIDATES]


def _margin(candidate: _Candidate, crowd: float) -> float:
    mean = (crowd + candidate.crowd) / 2
    return candidate.cosine / mean if candidate.cosine > 0 else 0.0


def _disagreement(text: str, other: str) -> float:
    """What tells against one text being a translation of the other."""
    unmatched = len(_numbers(text) ^ _numbers(other))
    return _LENGTH_WEIGHT * abs(math.log(len(text) / len(other))) + _NUMBER_WEIGHT * min(
        unmatched, _MOST_NUMBERS
    )


def _numbers(text: str) -> set[str]:
    """Runs of digits: how thousands and fractions are set apart differs between languages."""
    return {run for number in numbers(text) for run in number.split(".")}
