"""From beads over extracted sentences to beads over gold units.

Pure. What OCR or a splitter extracts is never quite what gold was made on; before beads can be
compared, each extracted sentence is sought among the gold units, in reading order.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from pipeline.evaluation.measures.bead_scores import Bead

UnitMap = list[int | None]
Similarity = Callable[[str, str], float]

_BEHIND = 10  # gold units looked at before the expected one
_AHEAD = 30  # and after it; both grow while sentences in a row are not found
_MOST_AHEAD = 1000


def map_units(
    extracted: Sequence[str],
    gold: Sequence[str],
    min_overlap_fraction: float = 0.8,
    unit: Literal["sentence", "paragraph"] = "sentence",
) -> UnitMap:
    """Find the gold unit of every extracted sentence.

    White space is squeezed first. With sentences as units, both texts must overlap and a gold
    sentence is given away once; with paragraphs, the sentence must be contained in the paragraph,
    and many may be. The search goes forward in a window, so time grows with the length; of equally
    good units the one nearest to the expected place wins, then the earlier one.

    Args:
        extracted: sentences in reading order.
        gold: units in reading order.
        min_overlap_fraction: least similarity, in [0, 1].
        unit: what the gold ids number.

    Returns:
        The 0-based gold id of each extracted sentence, or None where none is similar enough.
    """
    is_sentence = unit == "sentence"
    similarity = _overlap if is_sentence else _containment
    units = [_squeezed(text) for text in gold]
    taken: set[int] = set()
    found: UnitMap = []
    expected = misses = 0
    for text in map(_squeezed, extracted):
        first = max(0, expected - _BEHIND - misses)
        window = units[first : expected + _AHEAD + misses]
        near = [n for n in range(first, first + len(window)) if n not in taken]
        ranked = [(-similarity(text, units[n]), abs(n - expected), n) for n in near]
        overlap, _, best = min(ranked, default=(0.0, 0, 0))
        if -overlap < min_overlap_fraction:
            found.append(None)
            misses = min(misses + 1, _MOST_AHEAD)
            continue
        found.append(best)
        expected, misses = best + is_sentence, 0
        if is_sentence:
            taken.add(best)
    return found


def project_beads(beads: Iterable[Bead], source: UnitMap, target: UnitMap) -> list[Bead]:
    """Put gold ids in the place of extracted ones.

    Beads that come to share a gold unit are merged. A sentence without a gold unit gets a negative
    id of its own, so that a bead that holds one is no strict hit.

    Args:
        beads: pairs of 0-based ids of extracted sentences.
        source: gold id of each extracted source sentence.
        target: likewise.

    Returns:
        Beads with ascending ids, in order of the first bead that went into each.
    """
    groups: dict[int, tuple[set[int], set[int]]] = {}
    owner: dict[tuple[int, int], int] = {}
    for number, bead in enumerate(beads):
        sides = _projected(bead[0], source), _projected(bead[1], target)
        related = {owner[unit] for unit in _units(sides) if unit in owner}
        home = min(related, default=number)
        for old in related - {home}:
            merged = groups.pop(old)
            sides = sides[0] | merged[0], sides[1] | merged[1]
        kept = groups.get(home, (set(), set()))
        groups[home] = kept[0] | sides[0], kept[1] | sides[1]
        owner |= dict.fromkeys(_units(groups[home]), home)
    return [(tuple(sorted(left)), tuple(sorted(right))) for left, right in groups.values()]


def _projected(sentences: Iterable[int], unit_map: UnitMap) -> set[int]:
    ids = ((sentence, unit_map[sentence]) for sentence in sentences)
    return {-1 - sentence if unit is None else unit for sentence, unit in ids}


def _units(sides: tuple[set[int], set[int]]) -> list[tuple[int, int]]:
    return [(side, unit) for side in (0, 1) for unit in sides[side]]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _overlap(sentence: str, unit: str) -> float:
    return float(Indel.normalized_similarity(sentence, unit))


def _containment(sentence: str, paragraph: str) -> float:
    """How much of the sentence stands in one piece of the paragraph."""
    if len(sentence) > len(paragraph):
        return _overlap(sentence, paragraph)
    return fuzz.partial_ratio(sentence, paragraph) / 100
