"""Which texts are searched: each once, however often and in how many spellings it occurs. Pure.

Texts that differ in case, punctuation or the value of their numbers alone ("Article 5." and
"ARTICLE 6") are close to the same counterparts. Side by side they would fill one another's
neighbourhoods, and no margin would stand out. So they make one group, and its first text is
searched for all.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from pipeline.text import comparison_key
from pipeline.text.marks import numbers

Place = TypeVar("Place")
_NUMBERS = re.compile(r"0+(?: 0+)*")  # a comparison key writes every digit as 0


class Member(NamedTuple, Generic[Place]):
    """A text of a group, and where it comes first."""

    text: str
    place: Place


Groups = Mapping[str, list[Member[Place]]]
"""Texts that are searched, and those each stands for, itself first, in order of appearance."""


def searched_texts(
    source: Iterable[tuple[str, Place]],
    target: Iterable[tuple[str, Place]],
    languages: tuple[str, str],
    *,
    min_characters: int,
) -> tuple[Groups[Place], Groups[Place]]:
    """Group the texts of either side, given with their places.

    Short ones are left out, and so are those that both sides have: what was never translated pairs
    with itself and teaches nothing.

    Raises:
        InputError: a language is not known.
    """
    left, right = (_first_places(side, min_characters) for side in (source, target))
    for text in left.keys() & right.keys():
        del left[text], right[text]
    return _grouped(left, languages[0]), _grouped(right, languages[1])


def counterparts(
    source: list[Member[Place]], target: list[Member[Place]]
) -> tuple[Member[Place], Member[Place]]:
    """Of two groups that were found to pair, the first members with the same numbers.

    Without any, the ones that were searched.
    """
    by_numbers: dict[tuple[str, ...], Member[Place]] = {}
    for member in target:
        by_numbers.setdefault(tuple(numbers(member.text)), member)
    for member in source:
        if (other := by_numbers.get(tuple(numbers(member.text)))) is not None:
            return member, other
    return source[0], target[0]


def _first_places(sentences: Iterable[tuple[str, Place]], min_characters: int) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for text, place in sentences:
        if len(text.strip()) >= min_characters:
            places.setdefault(text, place)
    return places


def _grouped(places: Mapping[str, Place], language: str) -> Groups[Place]:
    groups: dict[str, list[Member[Place]]] = {}
    for text, place in places.items():
        key = _NUMBERS.sub("0", comparison_key(text, language))
        groups.setdefault(key or text, []).append(Member(text, place))
    return {members[0].text: members for members in groups.values()}
