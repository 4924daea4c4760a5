"""Training text that is known from the test split, word for word or nearly. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from pipeline.near_duplicates import near_duplicates
from pipeline.text.normalise import comparison_key

SIDES = ("source", "target")


class TextKey(NamedTuple):
    """What identifies a text whatever its case, punctuation and digits."""

    language: str
    key: str  # empty for a text without letters or numbers


class Leak(NamedTuple):
    """A text of train or dev and the test text that it gives away."""

    row: int  # position of the pair in train or dev
    side: str  # source | target, of that pair
    test_row: int
    test_side: str
    is_exact: bool  # equal comparison keys
    similarity: float  # Jaccard index of character 5-grams, 1 when exact


class _Sighting(NamedTuple):
    key: str
    row: int
    side: str


def text_keys(row: Mapping[str, object]) -> tuple[TextKey, TextKey]:
    """The keys of a pair's source and target.

    Raises:
        InputError: a language is not known.
    """
    source, target = (
        TextKey(language, comparison_key(str(row[f"{side}_text"]), language))
        for side, language in ((side, str(row[f"{side}_language"])) for side in SIDES)
    )
    return source, target


def comparison_keys(corpus: pa.Table, splits: Iterable[str]) -> set[TextKey]:
    """The key of every text, of both sides, in these splits of a `PARALLEL_CORPUS`."""
    wanted = set(splits)
    names = [f"{side}_{part}" for side in SIDES for part in ("language", "text")]
    rows = corpus.select(["split", *names]).to_pylist()
    return {key for row in rows if row["split"] in wanted for key in text_keys(row)}


def find_leaks(
    splits: Sequence[object],
    keys: Sequence[tuple[TextKey, TextKey]],
    min_similarity: float,
) -> list[Leak]:
    """Texts of train and dev that are a test text of the same language, or nearly.

    Args:
        splits: of every pair; None for a rejected one.
        keys: of every pair's two texts.
        min_similarity: least Jaccard index of character 5-grams, in (0, 1]; texts of fewer than
            three words are compared word for word alone.

    Returns:
        At most one leak for a text, the test text most like it; by language, pair and side.
    """
    tested, known = defaultdict[str, list[_Sighting]](list), defaultdict[str, list[_Sighting]](list)
    for row, (split, pair) in enumerate(zip(splits, keys, strict=True)):
        if split is None:
            continue
        for side, (language, key) in zip(SIDES, pair, strict=True):
            (tested if split == "test" else known)[language].append(_Sighting(key, row, side))
    return [
        leak
        for language in sorted(tested)
        for leak in _leaks_between(known[language], tested[language], min_similarity)
    ]


def _leaks_between(
    known: Sequence[_Sighting], tested: Sequence[_Sighting], min_similarity: float
) -> Iterable[Leak]:
    queries, base = ([sighting.key for sighting in each] for each in (known, tested))
    for match in near_duplicates(queries, base, min_similarity):
        ours, theirs = known[match.query], tested[match.base]
        is_exact = ours.key == theirs.key
        yield Leak(ours.row, ours.side, theirs.row, theirs.side, is_exact, match.similarity)
