"""What every encoder must beat: models of words, of letters, of length alone. Pure.

BM25 (Robertson & Zaragoza 2009, by the library bm25s), TF-IDF of character n-grams (by
scikit-learn), and the ratio of two lengths. None of them knows that two languages are two.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Protocol

import bm25s
import numpy as np
import numpy.typing as npt
import regex
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline.encoders import Encoder
from pipeline.evaluation.measures.similarities import (
    LengthSimilarities,
    Similarities,
    SparseSimilarities,
)
from pipeline.evaluation.models import EncoderModel, Model, Texts
from pipeline.languages import language_codes
from pipeline.quiet import quiet
from pipeline.tables import identify
from pipeline.text import lower, normalise

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’ʻʼ][\p{L}\p{M}]+)*")


class _Scorer(Protocol):
    """The part of a baseline that it alone knows."""

    def similarities(self, queries: Texts, pool: Texts) -> Similarities:
        """Of all with all."""


class _BothWays:
    """Asks twice, because a pool decides what its words are worth."""

    def both_ways(self: _Scorer, first: Texts, second: Texts) -> tuple[Similarities, Similarities]:
        """`similarities` of the first with the second, then of the second with the first."""
        return self.similarities(first, second), self.similarities(second, first)

    def pairwise(self: _Scorer, first: Texts, second: Texts) -> npt.NDArray[np.float64]:
        """The similarity of each text with its second, which stands in the pool of all seconds."""
        rows = np.arange(len(first.texts))
        return self.similarities(first, second).paired(rows, rows).astype(np.float64)


@dataclass(frozen=True)
class Bm25(_BothWays):
    """Words that query and candidate share, the rarer the better.

    Attributes:
        k1: how soon a word said again adds nothing.
        b: how much long candidates are held back, in [0, 1].
    """

    k1: float = 1.5
    b: float = 0.75

    @property
    def fingerprint(self) -> str:
        """Name, settings and version."""
        return _fingerprint("bm25", "bm25s", f"lucene k1={self.k1} b={self.b}")

    def similarities(self, queries: Texts, pool: Texts) -> Similarities:
        """Scores of Lucene's variant; 0 where no word is shared, no upper bound."""
        index = bm25s.BM25(k1=self.k1, b=self.b, method="lucene", dtype="float64")
        # a text without words counts as one word that is never asked for; bm25s refuses none at all
        with quiet("bm25s"):  # it tells of every index
            index.index([_words(pool, text) or [""] for text in pool.texts], show_progress=False)
        names = ("data", "indices", "indptr")
        shape = (len(pool.texts), len(index.scores["indptr"]) - 1)
        weights = sparse.csc_array(tuple(index.scores[name] for name in names), shape=shape)
        asked = _counts([_words(queries, text) for text in queries.texts], index.vocab_dict, shape)
        return SparseSimilarities(asked, weights.tocsr())

    def features(self, train: Texts, test: Texts) -> None:
        """None: scores are no features."""


@dataclass(frozen=True)
class TfIdf(_BothWays):
    """Cosines of weighted character n-grams within words.

    Attributes:
        shortest: n-gram (characters).
        longest: n-gram (characters).
    """

    shortest: int = 3
    longest: int = 5

    @property
    def fingerprint(self) -> str:
        """Name, settings and version."""
        settings = f"char_wb {self.shortest}-{self.longest} sublinear"
        return _fingerprint("tfidf", "scikit-learn", settings)

    def similarities(self, queries: Texts, pool: Texts) -> Similarities:
        """Cosines in [0, 1]; the pool decides what is rare."""
        fitted, asked = self.features(pool, queries)
        return SparseSimilarities(asked, fitted)

    def features(self, train: Texts, test: Texts) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Unit rows over the n-grams of the training texts."""
        vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(self.shortest, self.longest),
            lowercase=False,
            sublinear_tf=True,
        )
        fitted = vectorizer.fit_transform(_simplified(train))
        return sparse.csr_array(fitted), sparse.csr_array(vectorizer.transform(_simplified(test)))


@dataclass(frozen=True)
class LengthRatio(_BothWays):
    """The shorter over the longer text, in characters: what can be had without reading."""

    @property
    def fingerprint(self) -> str:
        """Name and version."""
        return _fingerprint("length", "dutar", "characters")

    def similarities(self, queries: Texts, pool: Texts) -> Similarities:
        """Ratios in (0, 1], which fall as minus the log ratio does."""
        return LengthSimilarities(_lengths(queries), _lengths(pool))

    def features(self, train: Texts, test: Texts) -> None:
        """None: one number is no features."""


BASELINES: dict[str, Callable[[], Model]] = {"bm25": Bm25, "tfidf": TfIdf, "length": LengthRatio}
"""By the names that commands and suites know them by."""


def load_models(names: Iterable[str], load: Callable[[str], Encoder]) -> dict[str, Model]:
    """Baselines by their names, encoders by any other; each once, in the given order.

    Args:
        names: `bm25`, `tfidf`, `length`, or what `load` knows.
        load: from a model's name to its encoder.

    Raises:
        InputError: what `load` raises for a name that is none.
    """
    return {
        name: BASELINES[name]() if name in BASELINES else EncoderModel(load(name))
        for name in dict.fromkeys(names)
    }


def _words(texts: Texts, text: str) -> list[str]:
    return _WORD.findall(_simple(text, texts.language))


def _simplified(texts: Texts) -> list[str]:
    return [_simple(text, texts.language) for text in texts.texts]


def _simple(text: str, language: str) -> str:
    """Normalised, in small letters by the language's rules; by Unicode's where it is not known."""
    if language in language_codes():
        return lower(normalise(text, language), language)
    return text.casefold()


def _counts(
    texts: Sequence[Sequence[str]], vocabulary: dict[str, int], shape: tuple[int, int]
) -> sparse.csr_array:
    """How often each text has each known word, (n, v) float64."""
    counts = [Counter(word for word in text if word in vocabulary) for text in texts]
    columns = [vocabulary[word] for count in counts for word in count]
    values = [float(times) for count in counts for times in count.values()]
    starts = np.concatenate([[0], np.cumsum([len(count) for count in counts])])
    return sparse.csr_array((values, columns, starts), shape=(len(texts), shape[1]))


def _lengths(texts: Texts) -> npt.NDArray[np.float32]:
    return np.array([max(1, len(text)) for text in texts.texts], np.float32)


def _fingerprint(name: str, library: str, settings: str) -> str:
    return identify(name, settings, f"{library} {version(library)}", f"dutar {version('dutar')}")
