"""Texts that say almost the same, among many: candidates by MinHash, each one verified.

Pure and deterministic: the hashes are seeded and do not depend on the process. Texts are cut into
overlapping character 5-grams. MinHash (Broder 1997) and bands of it (locality-sensitive hashing)
find candidates in time linear in the texts; their Jaccard index is then computed exactly, so what
is reported is never wrong, and what is missed is rare and measured in the tests.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rensa import RMinHash, RMinHashLSH

from pipeline.errors import InputError

_SHINGLE_CHARACTERS = 5
_MIN_WORDS = 3
_PERMUTATIONS = 120  # divisible by every number of rows up to six
_MOST_ROWS = 6
_MISSED_FRACTION = 1e-3  # of pairs exactly at the threshold; above it far fewer
_SEED = 13


class Match(NamedTuple):
    """A query and the text of the base that it resembles most."""

    query: int  # position among the queries
    base: int  # position in the base
    similarity: float  # Jaccard index of the sets of character 5-grams, [min_similarity, 1]


def near_duplicates(
    queries: Sequence[str], base: Sequence[str], min_similarity: float
) -> list[Match]:
    """For each query its most similar text of the base, if that is similar enough.

    A text of fewer than three words, or without a 5-gram, matches only the same text: "Save file"
    and "Save files" share most of their characters and are still two entries of a dictionary, and a
    single changed letter of so short a text moves the index too far to mean anything.

    Args:
        queries: texts as `pipeline.text.normalise.comparison_key` leaves them; empty ones, which
            had neither letters nor numbers, match nothing.
        base: likewise, of the same language; it may hold the queries themselves.
        min_similarity: least Jaccard index, in (0, 1].

    Returns:
        At most one match for a query, in the order of the queries. Of equally similar texts the
        first one is named; an equal text is always preferred.

    Raises:
        InputError: the similarity is out of its range.
    """
    if not 0 < min_similarity <= 1:
        raise InputError(f"a similarity lies in (0, 1], and {min_similarity} does not")
    first = _first_positions(base)
    asked = _first_positions(queries)
    unequal = [text for text in asked if text not in first and _is_long(text)]
    similar = _most_similar(unequal, [text for text in first if _is_long(text)], min_similarity)
    matches = []
    for position, query in enumerate(queries):
        text, similarity = (query, 1.0) if query in first else similar.get(query, ("", 0.0))
        if text:
            matches.append(Match(position, first[text], similarity))
    return matches


def _first_positions(texts: Iterable[str]) -> dict[str, int]:
    first: dict[str, int] = {}
    for position, text in enumerate(texts):
        first.setdefault(text, position)
    return first


def _is_long(text: str) -> bool:
    return len(text) >= _SHINGLE_CHARACTERS and len(text.split()) >= _MIN_WORDS


def _shingles(text: str) -> set[str]:
    starts = range(len(text) - _SHINGLE_CHARACTERS + 1)
    return {text[start : start + _SHINGLE_CHARACTERS] for start in starts}


def _most_similar(
    queries: Sequence[str], base: Sequence[str], min_similarity: float
) -> dict[str, tuple[str, float]]:
    """By query: the first of its most similar texts, and how similar that is."""
    found = {}
    for query, candidates in zip(queries, _candidates(queries, base, min_similarity), strict=True):
        own = _shingles(query)
        scored = ((_jaccard(own, _shingles(base[at])), -at) for at in candidates)
        similarity, place = max(scored, default=(0.0, 0))
        if similarity >= min_similarity:
            found[query] = base[-place], similarity
    return found


def _jaccard(left: set[str], right: set[str]) -> float:
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)


def _candidates(
    queries: Sequence[str], base: Sequence[str], min_similarity: float
) -> Iterator[Sequence[int]]:
    """Positions in the base that share a band with each query."""
    if not queries or not base:
        return iter([()] * len(queries))
    rows = _rows_per_band(min_similarity)
    index = RMinHashLSH(min_similarity, _PERMUTATIONS, _PERMUTATIONS // rows)
    index.insert_many(_sketches(base))
    return iter(index.query_all(_sketches(queries)))


def _sketches(texts: Sequence[str]) -> list[RMinHash]:
    return list(RMinHash.from_token_sets(map(_shingles, texts), _PERMUTATIONS, _SEED))


def _rows_per_band(min_similarity: float) -> int:
    """The most selective bands that still miss few pairs exactly at the threshold."""

    def missed(rows: int) -> float:
        return float((1 - min_similarity**rows) ** (_PERMUTATIONS // rows))

    return next((r for r in range(_MOST_ROWS, 1, -1) if missed(r) <= _MISSED_FRACTION), 1)
