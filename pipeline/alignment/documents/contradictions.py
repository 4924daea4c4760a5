"""Twins that their texts contradict: what a rule or a likeness has brought together wrongly. Pure.

A site may show the same text in both languages, repeat one text under two numbers, or number its
languages apart. Reasons start with a word or two that is counted, then a colon and the details.
"""

from bisect import bisect_left
from collections.abc import Sequence

from pipeline.alignment.documents.facts import is_number
from pipeline.alignment.documents.profiles import Profile
from pipeline.parameters import PairingParams

SAME_TEXT = "same text"
LENGTHS = "lengths"
NUMBERS = "numbers"
STRANGERS = "strangers"
COPY = "copy"

_LEAST_NUMBERS = 5  # different ones a document must hold before they speak against a twin
_CONTROLS = 4  # documents of either language that a pair is measured against


def contradiction(
    source: Profile,
    target: Profile,
    sources: Sequence[Profile],
    targets: Sequence[Profile],
    params: PairingParams,
) -> str | None:
    """Why two documents cannot be twins, or None.

    Args:
        source: a document in the focus language.
        target: its supposed twin.
        sources: all documents of its language and kind, by ascending key. Some of them, spread
            evenly, serve as controls: true twins resemble each other more than either of them
            does a stranger. Other editions of the same book are none.
        targets: likewise.
        params: of document pairing.
    """
    if has_same_text(source, target, params):
        return f"{SAME_TEXT}: both sides say it in the same words, so one is in a wrong language"
    lengths = sorted((source.characters, target.characters))
    if lengths[0] < params.min_length_ratio * lengths[1]:
        return f"{LENGTHS}: {lengths[0]} characters are no translation of {lengths[1]}"
    shared, least = shared_numbers(source, target)
    if least >= _LEAST_NUMBERS and shared < params.min_shared_number_fraction * least:
        return f"{NUMBERS}: {shared} of {least} are in both texts"
    own = source.resembles(target)
    strangers = [
        *(source.resembles(other) for other in _controls(targets, target)),
        *(other.resembles(target) for other in _controls(sources, source)),
    ]
    if own < max(strangers, default=0.0):
        return f"{STRANGERS}: {own:.2f} alike, and another document is {max(strangers):.2f}"
    return None


def shared_numbers(source: Profile, target: Profile) -> tuple[int, int]:
    """How many different numbers both texts hold, and how many the one with fewer has."""
    left, right = (set(filter(is_number, one.facts)) for one in (source, target))
    return len(left & right), min(len(left), len(right))


def has_same_text(source: Profile, target: Profile, params: PairingParams) -> bool:
    """Whether most of the shorter one stands in the other, word for word."""
    shared = set(source.texts) & set(target.texts)
    same = sum(len(text) for text in source.texts if text in shared and _has_letters(text))
    shorter = min(source.characters, target.characters)
    return same > 0 and same >= params.max_same_text_fraction * shorter


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _controls(documents: Sequence[Profile], own: Profile) -> list[Profile]:
    place = bisect_left(documents, own.key, key=lambda one: one.key)
    count = len(documents)
    steps = {count * step // (_CONTROLS + 1) for step in range(1, _CONTROLS + 1)} - {0}
    chosen = [documents[(place + step) % count] for step in sorted(steps)]
    return [one for one in chosen if not _is_edition_of(one, own)]


def _is_edition_of(document: Profile, other: Profile) -> bool:
    named = ("book", "isbn")
    return any(document.row[name] and document.row[name] == other.row[name] for name in named)
