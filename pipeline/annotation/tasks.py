"""Which pairs people are asked about, and who is asked. Pure.

Every choice goes by hashes of the pair and a seed, so that it is the same in every run, and one
pair more changes the place of few others.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotation.carrying import carry_reviews
from pipeline.annotation.dealing import deal, rank
from pipeline.annotation.precision import DRAW
from pipeline.errors import InputError
from pipeline.parameters import AnnotationParams
from pipeline.probability.features import scored_once
from pipeline.tables import ANNOTATION_TASKS, as_table, kept

UNCERTAIN, RANDOM, SECOND_OPINION = "uncertain", "random", "second_opinion"

Row = dict[str, Any]
Share = tuple[str, str]  # origin and target language

_LAST_RESORT = "bitexts"  # translated by people already, most of it strings of user interfaces


class _Asked(NamedTuple):
    """A pair of the queue; in the order of these fields."""

    place: Fraction  # how far down the list of its kind, so that lists are mixed evenly
    rank: str
    selection: str
    pair_id: str


def select_tasks(
    scored: pa.Table,
    probabilities: pa.Table,
    reviews: pa.Table,
    annotators: Sequence[str],
    params: AnnotationParams,
) -> pa.Table:
    """Choose `task_count` pairs that nobody has reviewed, and deal them to the annotators.

    Aligned and mined pairs come first, in equal shares for each origin and target language as far
    as there are pairs; bitexts fill what is left. Of each share `random_fraction` is drawn at
    random, which is what `precision.score_precision` rests on. The others are those whose
    probability is nearest to one half; one without a probability counts as that.

    `overlap_fraction` of all pairs, reviewed or chosen now, get two annotators: reviewed pairs that
    still lack the second one come on top of the chosen. Nobody is asked again about a pair they
    have reviewed, also not when better reading has changed its text a little since.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        probabilities: table of schema `PAIR_PROBABILITIES`, perhaps empty.
        reviews: table of schema `REVIEWS`.
        annotators: pseudonyms, one or more, repeats ignored. With one there is no overlap.
        params: counts, fractions and the seed.

    Returns:
        A table of schema `ANNOTATION_TASKS` without contexts, addresses and crops, ordered by
        annotator and queue position: missing second opinions first, then all shares evenly mixed,
        so that a queue that is left half-way is a fair sample of the whole.

    Raises:
        InputError: there is no annotator.
    """
    people = list(dict.fromkeys(annotators))
    if not people:
        raise InputError("nobody to ask: name an annotator in the recipe")
    pairs = scored_once(scored)
    light = _with_probabilities(pairs, probabilities)
    reviewers = _reviewers(carry_reviews(kept(reviews), scored).reviews)
    fresh = _choose([row for one, row in light.items() if one not in reviewers], params)
    reviewed = [one for one in light if one in reviewers]
    doubled = _doubled([*reviewed, *(one.pair_id for one in fresh)], len(people), params)
    waiting = [one for one in reviewed if one in doubled and len(reviewers[one]) == 1]
    queue = sorted([*_listed(waiting, SECOND_OPINION, params.seed), *fresh])
    wanted = {one.pair_id: 1 + (one.pair_id in doubled) for one in queue}
    dealt = deal(wanted, people, reviewers, params.seed)
    full = pairs.filter(pc.is_in(pairs["pair_id"], pa.array(wanted, pa.string()))).to_pylist()
    chosen = {row["pair_id"]: row | light[row["pair_id"]] for row in full}
    return as_table(list(_rows(queue, people, dealt, chosen, doubled)), ANNOTATION_TASKS)


def _with_probabilities(pairs: pa.Table, probabilities: pa.Table) -> dict[str, Row]:
    """What the choice needs of each pair."""
    columns = (probabilities[name].to_pylist() for name in ("pair_id", "probability"))
    known = dict(zip(*columns, strict=True))
    rows = pairs.select(["pair_id", "origin", "target_language"]).to_pylist()
    return {row["pair_id"]: row | {"probability": known.get(row["pair_id"])} for row in rows}


def _reviewers(reviews: pa.Table) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    names = (reviews[name].to_pylist() for name in ("pair_id", "annotator"))
    for pair_id, annotator in zip(*names, strict=True):
        found[pair_id].add(annotator)
    return found


def _choose(rows: Sequence[Row], params: AnnotationParams) -> list[_Asked]:
    """`task_count` pairs in fair shares, or all there are."""
    shares: dict[Share, list[Row]] = defaultdict(list)
    for row in rows:
        shares[row["origin"], row["target_language"]].append(row)
    first = {share: found for share, found in shares.items() if share[0] != _LAST_RESORT}
    last = {share: found for share, found in shares.items() if share[0] == _LAST_RESORT}
    counts = _fair_shares({share: len(found) for share, found in first.items()}, params.task_count)
    left = params.task_count - sum(counts.values())
    counts |= _fair_shares({share: len(found) for share, found in last.items()}, left)
    return [
        one
        for share, count in sorted(counts.items())
        for one in _choose_share(shares[share], count, params)
    ]


def _fair_shares(sizes: Mapping[Share, int], total: int) -> dict[Share, int]:
    """Equal counts, except that the small give what they lack to the others (water-filling)."""
    counts: dict[Share, int] = {}
    for place, share in enumerate(sorted(sizes, key=lambda share: (sizes[share], share))):
        left, open_count = total - sum(counts.values()), len(sizes) - place
        counts[share] = min(sizes[share], left // open_count)
    return counts


def _choose_share(rows: Sequence[Row], count: int, params: AnnotationParams) -> list[_Asked]:
    """Some at random, then the least sure of the others."""
    drawn = sorted((row["pair_id"] for row in rows), key=lambda one: rank(params.seed, DRAW, one))
    drawn = drawn[: round(count * params.random_fraction)]
    others = {row["pair_id"]: _sureness(row) for row in rows if row["pair_id"] not in drawn}
    unsure = sorted(others, key=lambda one: (others[one], rank(params.seed, DRAW, one)))
    unsure = unsure[: count - len(drawn)]
    return [*_listed(drawn, RANDOM, params.seed), *_listed(unsure, UNCERTAIN, params.seed)]


def _sureness(row: Row) -> float:
    probability: float | None = row["probability"]
    return 0.0 if probability is None else abs(probability - 0.5)


def _listed(pair_ids: Sequence[str], selection: str, seed: int) -> Iterator[_Asked]:
    """Places (0, 1] in the order given; second opinions all stand before, at 0."""
    for number, one in enumerate(pair_ids, start=1):
        is_first = selection == SECOND_OPINION
        place = Fraction(0) if is_first else Fraction(number, len(pair_ids))
        yield _Asked(place, rank(seed, "queue", one), selection, one)


def _doubled(pair_ids: Sequence[str], people_count: int, params: AnnotationParams) -> set[str]:
    """The pairs that two people are to review."""
    count = round(len(pair_ids) * params.overlap_fraction) if people_count > 1 else 0
    return set(sorted(pair_ids, key=lambda one: rank(params.seed, "overlap", one))[:count])


def _rows(
    queue: Sequence[_Asked],
    people: Sequence[str],
    dealt: Mapping[str, Collection[str]],
    pairs: Mapping[str, Row],
    doubled: Collection[str],
) -> Iterator[dict[str, object]]:
    for annotator in people:
        mine = [one for one in queue if annotator in dealt[one.pair_id]]
        for position, one in enumerate(mine):
            pair = pairs[one.pair_id]
            yield {name: pair[name] for name in ANNOTATION_TASKS.names if name in pair} | {
                "annotator": annotator,
                "queue_position": position,
                "selection": one.selection,
                "is_overlap": one.pair_id in doubled,
                "source_context": "",
                "target_context": "",
                "source_url": "",
                "target_url": "",
            }
