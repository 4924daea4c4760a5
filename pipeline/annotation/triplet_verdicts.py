"""From reviews of triplets to one verdict on each. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from pipeline.annotation.inferences import CONTRADICTS, FOLLOWS
from pipeline.annotation.verdicts import latest_reviews
from pipeline.tables import TRIPLET_TASKS, TRIPLET_VERDICTS, as_table

Row = dict[str, Any]


def resolve_triplets(reviews: pa.Table) -> pa.Table:
    """Decide every reviewed triplet by the last word of each annotator.

    A side is right when more than half say so; a triplet is when both of its sides are. A tie is
    no such majority, so what is disputed counts as wrong.

    Args:
        reviews: table of schema `TRIPLET_REVIEWS`; rejected ones say nothing.

    Returns:
        A table of schema `TRIPLET_VERDICTS`, ordered by `task_id`.
    """
    said: dict[str, list[Row]] = defaultdict(list)
    for word in latest_reviews(reviews, "task_id"):
        said[word["task_id"]].append(word)
    return as_table([_resolve(words) for words in said.values()], TRIPLET_VERDICTS)


def follows(review: Row) -> bool:
    """Whether a person says that the positive does."""
    return bool(review["positive_verdict"] == FOLLOWS)


def contradicts(review: Row) -> bool:
    """Whether a person says that the negative does."""
    return bool(review["negative_verdict"] == CONTRADICTS)


def _resolve(words: Sequence[Row]) -> Row:
    shown = {name: words[0][name] for name in TRIPLET_TASKS.names}
    is_followed = _do_most_say(list(map(follows, words)))
    is_contradicted = _do_most_say(list(map(contradicts, words)))
    return shown | {
        "follows": is_followed,
        "contradicts": is_contradicted,
        "is_right": is_followed and is_contradicted,
        "reviewer_count": len(words),
    }


def _do_most_say(votes: Sequence[bool]) -> bool:
    return 2 * sum(votes) > len(votes)
