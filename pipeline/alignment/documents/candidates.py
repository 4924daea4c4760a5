"""Which documents might translate one another by their content: a few for each, never all. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from pipeline.alignment.documents.facts import FactComparison
from pipeline.alignment.documents.imprint import structure_agreement
from pipeline.alignment.documents.profiles import Profile
from pipeline.parameters import PairingParams
from pipeline.search import nearest

Places = tuple[int, int]
"""Of a document among the sources, and of one among the targets."""

_LEAST_SHARED_FACTS = 3
_LEAST_AGREEMENT = 0.5
_MOST_HOLDERS = 20  # of a fact that may bring documents together


def by_grade(sources: Sequence[Profile], targets: Sequence[Profile]) -> dict[Places, float]:
    """Books of one grade and subject, by how far the numbers of their lessons agree.

    Two whose numbers cannot be compared may be by different authors: their texts must decide.
    """
    shelves = defaultdict(list)
    for place, target in enumerate(targets):
        shelves[_shelf(target)].append(place)
    found = {}
    for i, source in enumerate(sources):
        for j in shelves[_shelf(source)] if _shelf(source) else ():
            agreement = structure_agreement(source.lessons, targets[j].lessons)
            found[i, j] = agreement or 0.0
    return {places: share for places, share in found.items() if share >= _LEAST_AGREEMENT}


def _shelf(book: Profile) -> tuple[str, str] | None:
    grade, subject = str(book.row["grade"] or ""), str(book.row["subject"] or "")
    return (grade, subject.casefold()) if grade and subject else None


def by_facts(
    sources: Sequence[Profile], targets: Sequence[Profile], params: PairingParams
) -> dict[Places, float]:
    """Articles of about one day that share rare numbers and names, by how far these agree."""
    holders = defaultdict(list)
    for place, target in enumerate(targets):
        if target.row["published_on"] is not None:
            for fact in target.facts:
                holders[fact].append(place)
    comparison = FactComparison([one.facts for side in (sources, targets) for one in side])
    found = {}
    for i, source in enumerate(sources):
        rare = [fact for fact in sorted(source.facts) if len(holders[fact]) <= _MOST_HOLDERS]
        shared = Counter(place for fact in rare for place in holders[fact])
        for j, count in sorted(shared.items()):
            if count >= _LEAST_SHARED_FACTS and _is_of_the_day(source, targets[j], params):
                found[i, j] = comparison.agreement(source.facts, targets[j].facts)
    return {places: share for places, share in found.items() if share >= _LEAST_AGREEMENT}


def _is_of_the_day(source: Profile, target: Profile, params: PairingParams) -> bool:
    days = source.row["published_on"], target.row["published_on"]
    return None not in days and abs(days[0] - days[1]).days <= params.window_days


def by_vectors(
    sources: Sequence[Profile], targets: Sequence[Profile], params: PairingParams
) -> list[Places]:
    """The documents whose vectors are nearest to one another, from either side; ascending.

    Books are compared with books of the same grade, as far as grades are known, and articles with
    articles of about the same day, as far as days are.
    """
    found: set[Places] = set()
    for here, there in _neighbourhoods(sources, targets, params):
        left = np.stack([sources[place].vector for place in here])
        right = np.stack([targets[place].vector for place in there])
        for i, row in enumerate(nearest(left, right, params.candidate_count).row.tolist()):
            found.update((here[i], there[j]) for j in row)
        for j, row in enumerate(nearest(right, left, params.candidate_count).row.tolist()):
            found.update((here[i], there[j]) for i in row)
    return sorted(found)


def _neighbourhoods(
    sources: Sequence[Profile], targets: Sequence[Profile], params: PairingParams
) -> Iterator[tuple[list[int], list[int]]]:
    """Sources of one kind and day (or grade), with all targets that these do not rule out."""
    by_trait, others = _by_trait(sources), _by_trait(targets)
    for (kind, trait), here in by_trait.items():
        if trait is None:
            there = [place for key, some in others.items() if key[0] == kind for place in some]
        else:
            close = [(kind, near) for near in (None, *_close_to(trait, params))]
            there = [place for key in close for place in others.get(key, ())]
        if there:
            yield here, sorted(there)


def _by_trait(profiles: Sequence[Profile]) -> Mapping[tuple[str, Any], list[int]]:
    found = defaultdict(list)
    for place, one in enumerate(profiles):
        found[one.row["source_kind"], one.row["published_on"] or one.row["grade"] or None].append(
            place
        )
    return found


def _close_to(trait: Any, params: PairingParams) -> list[Any]:  # noqa: ANN401 - a day or a grade
    if isinstance(trait, str):
        return [trait]
    window = range(-params.window_days, params.window_days + 1)
    return [trait + timedelta(days=shift) for shift in window]
