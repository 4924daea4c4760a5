"""Turkmen and Russian or English for translation models: what may be learnt, and what is held out.

Interface strings, names and keywords of CLDR, a phrasebook and titles of standards, see
`turkmen_pairs`. Pairs that share a text on either side go one way together, and what resembles a
held-out text is not learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.turkmen_pairs import FOCUS, short_rows
from pipeline.directed_pairs import TextPairs
from pipeline.near_duplicates import near_duplicates
from pipeline.tables import identify
from pipeline.text.normalise import comparison_key
from pipeline.translation_directions import Direction

MIN_SIMILARITY = 0.8  # from which a text resembles another: the corpus's own measure
TEST_SHARE = 9  # of so many groups one tests
DEV_SHARE = 25


@dataclass(frozen=True)
class HeldOut:
    """Pairs of a direction.

    Attributes:
        train: to learn.
        dev: to choose by.
        test: to score.
        test_domains: where each of the test pairs is from.
    """

    train: TextPairs
    dev: TextPairs
    test: TextPairs
    test_domains: Sequence[str]


Pair = tuple[str, str, str]  # source, target, domain


def held_out_pairs(direction: Direction) -> HeldOut:
    """The pairs between Turkmen and a pivot, split by groups."""
    pivot = next(code for code in direction if code != FOCUS)
    pairs: dict[tuple[str, str], str] = {}
    for row in short_rows():
        if row["target_language"] == pivot:
            texts = {FOCUS: row["source_text"], pivot: row["target_text"]}
            pairs.setdefault((texts[direction.source], texts[direction.target]), row["group_key"])
    found = [(*texts, domain) for texts, domain in pairs.items()]
    groups = _groups(found, direction)
    parts: dict[str, list[Pair]] = {"train": [], "dev": [], "test": []}
    for pair, group in zip(found, groups, strict=True):
        parts[_split(group)].append(pair)
    dev = _unlike(parts["dev"], parts["test"], direction)
    train = _unlike(parts["train"], [*parts["test"], *dev], direction)
    test = parts["test"]
    return HeldOut(_pairs(train), _pairs(dev), _pairs(test), [domain for _, _, domain in test])


def _split(group: str) -> str:
    number = int(identify("translation benchmark", group)[:8], 16)
    if number % TEST_SHARE == 0:
        return "test"
    return "dev" if number % DEV_SHARE == 0 else "train"


def _groups(rows: Sequence[Pair], direction: Direction) -> list[str]:
    """For each pair the first text of those that it hangs together with."""
    leader: dict[tuple[int, str], tuple[int, str]] = {}

    def find(key: tuple[int, str]) -> tuple[int, str]:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    keys = [
        [(side, comparison_key(row[side], code)) for side, code in enumerate(direction)]
        for row in rows
    ]
    for first, second in keys:
        leaders = find(first), find(second)
        leader[max(leaders)] = min(leaders)
    return [find(first)[1] for first, _ in keys]


def _unlike(rows: Sequence[Pair], held: Sequence[Pair], direction: Direction) -> list[Pair]:
    """The rows neither of whose sides resembles that of a held-out pair."""
    alike: set[int] = set()
    for side, code in enumerate(direction):
        base = [comparison_key(row[side], code) for row in held]
        queries = [comparison_key(row[side], code) for row in rows]
        alike |= {match.query for match in near_duplicates(queries, base, MIN_SIMILARITY)}
    return [row for number, row in enumerate(rows) if number not in alike]


def _pairs(rows: Sequence[Pair]) -> TextPairs:
    return TextPairs([source for source, _, _ in rows], [target for _, target, _ in rows])
