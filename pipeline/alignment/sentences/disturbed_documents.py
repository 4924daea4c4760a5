"""Hard documents with known beads, made from any bitext. Pure.

What books and pages do to a translation is done here on purpose: sentences are left out on either
side, neighbours run together, a chapter is lost, and letters are misread. What was done is known,
so the right beads are known too.
"""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.errors import InputError

Bead = tuple[tuple[int, ...], tuple[int, ...]]

_LOOK_ALIKES = dict(zip("lIi1O0oechbuvnmrtfаеорсн", "I1lI0OceebhvumnitfoeаpeИ", strict=True))


@dataclass(frozen=True)
class Disturbance:
    """What is done to a bitext; each share is done to either side on its own.

    Attributes:
        deleted_fraction: of the sentences, left out.
        merged_fraction: of the sentences, joined to the one that follows.
        lost_chapter_fraction: of the target's sentences, left out in one piece.
        character_error_fraction: of the source's characters, misread (CER).
    """

    deleted_fraction: float = 0.1
    merged_fraction: float = 0.1
    lost_chapter_fraction: float = 0.05
    character_error_fraction: float = 0.0


class DisturbedDocuments(NamedTuple):
    """Two documents, and which sentences belong together."""

    sources: list[str]
    targets: list[str]
    gold: list[Bead]  # ascending; every sentence once; one side may be empty


def disturbed_documents(
    bitext: Sequence[tuple[str, str]], disturbance: Disturbance, seed: int
) -> DisturbedDocuments:
    """Disturb a bitext.

    Args:
        bitext: pairs of source and target sentence, in reading order.
        disturbance: how much.
        seed: same seed, same documents; the sentences that are left out or joined do not depend on
            the share of misread characters.

    Raises:
        InputError: the bitext has fewer than two pairs.
    """
    count = len(bitext)
    if count < 2:  # noqa: PLR2004 - neighbours are needed
        raise InputError(f"a bitext of {count} pairs is too short to make documents of")
    generator = random.Random(seed)  # noqa: S311 - not for secrets
    chapter = _chapter(count, disturbance.lost_chapter_fraction, generator)
    sides = []
    for lost in (range(0), chapter):
        kept = [
            unit
            for unit in range(count)
            if generator.random() >= disturbance.deleted_fraction and unit not in lost
        ]
        sides.append(_joined(kept, disturbance.merged_fraction, generator))
    texts = [
        [" ".join(bitext[unit][side] for unit in group) for group in groups]
        for side, groups in enumerate(sides)
    ]
    sources = [_misread(text, disturbance.character_error_fraction, generator) for text in texts[0]]
    return DisturbedDocuments(sources, texts[1], _beads(count, sides[0], sides[1]))


def _chapter(count: int, fraction: float, generator: random.Random) -> range:
    length = round(count * fraction)
    first = generator.randrange(count - length + 1)
    return range(first, first + length)


def _joined(
    units: Sequence[int], fraction: float, generator: random.Random
) -> list[tuple[int, ...]]:
    """Units, some of them together with the one that follows in the bitext."""
    groups: list[tuple[int, ...]] = []
    for unit in units:
        is_joined = generator.random() < fraction
        if is_joined and groups and groups[-1] == (unit - 1,):
            groups[-1] = (unit - 1, unit)
        else:
            groups.append((unit,))
    return groups


def _beads(
    count: int, sources: Sequence[tuple[int, ...]], targets: Sequence[tuple[int, ...]]
) -> list[Bead]:
    """Sentences that share a unit belong together, and so do those that one of them joins."""
    is_joined = {unit for side in (sources, targets) for group in side for unit in group[1:]}
    bead_of, bead = [], -1
    for unit in range(count):
        bead += unit not in is_joined
        bead_of.append(bead)
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(bead + 1)]
    for side, groups in enumerate((sources, targets)):
        for position, group in enumerate(groups):
            found[bead_of[group[0]]][side].append(position)
    return [(tuple(source), tuple(target)) for source, target in found if source or target]


def _misread(text: str, fraction: float, generator: random.Random) -> str:
    """Lose marks, mistake letters for their likes, drop and double some, as OCR does."""
    if not fraction:
        return text
    return "".join(
        _misread_letter(sign, generator) if generator.random() < fraction else sign for sign in text
    )


def _misread_letter(sign: str, generator: random.Random) -> str:
    bare = unicodedata.normalize("NFD", sign)[0]
    like = _LOOK_ALIKES.get(sign, sign.swapcase())
    return generator.choice([bare if bare != sign else like, like, "", sign + sign])
