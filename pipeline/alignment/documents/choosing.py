"""Choosing twins among candidates. Pure and deterministic: ties go to the lower places."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice

Places = tuple[int, int]
_Partners = defaultdict[int, list[tuple[float, int]]]

_RIVALS = 4
_STRANGERS = 0.2  # stands for rivals that are lacking: strangers seldom resemble one another more


def mutual_best(scores: Mapping[Places, float]) -> list[Places]:
    """Pairs that are better than every other pair with either of their documents; ascending."""
    best: dict[tuple[int, int], list[float]] = defaultdict(list)
    for (i, j), score in scores.items():
        best[0, i].append(score)
        best[1, j].append(score)
    return sorted(
        (i, j)
        for (i, j), score in scores.items()
        if all(max(rest) <= score and rest.count(score) == 1 for rest in (best[0, i], best[1, j]))
    )


def margins(
    scores: Mapping[Places, float], roots: tuple[Sequence[str], Sequence[str]]
) -> dict[Places, float]:
    """How far each pair's score stands above those of its strongest rivals, four on either side.

    The difference from a mean over near neighbours undoes what makes some documents, such as short
    and formal ones, resemble everything (as the margin of Artetxe & Schwenk 2019 does).

    Args:
        scores: of candidates.
        roots: for each document of either side the first one that says the same: a copy of the
            partner is no rival.
    """
    partners: tuple[_Partners, _Partners] = defaultdict(list), defaultdict(list)
    for (i, j), score in sorted(scores.items()):
        partners[0][i].append((score, j))
        partners[1][j].append((score, i))
    for side in partners:
        for rivals in side.values():
            rivals.sort(reverse=True)

    def strength(side: int, own: int, partner: int) -> float:
        copies = roots[1 - side]
        rivals = (s for s, other in partners[side][own] if copies[other] != copies[partner])
        strongest = list(islice(rivals, _RIVALS))
        return sum(strongest + [_STRANGERS] * (_RIVALS - len(strongest))) / _RIVALS

    return {
        (i, j): score - (strength(0, i, j) + strength(1, j, i)) / 2
        for (i, j), score in scores.items()
    }


def competitive(scores: Mapping[Places, float], least: float) -> list[Places]:
    """The best pair, then the best of the documents that are left, and so on; best first."""
    taken: tuple[set[int], set[int]] = (set(), set())
    chosen = []
    for (i, j), score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if score >= least and i not in taken[0] and j not in taken[1]:
            chosen.append((i, j))
            taken[0].add(i)
            taken[1].add(j)
    return chosen
