"""What the licences of a pair allow. Pure.

A pair made of two documents bears both their licences, joined by `; `.
"""

from collections import Counter
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError

NO_LICENCE = "unknown"
_SEPARATOR = ";"


def licences_of(licence: str | None) -> tuple[str, ...]:
    """The single licences in a pair's licence, each once; `unknown` where none is named."""
    names = [name.strip() for name in (licence or "").split(_SEPARATOR)]
    return tuple(dict.fromkeys(name or NO_LICENCE for name in names))


def publishable(pairs: pa.Table, licences: Collection[str]) -> pa.Table:
    """The pairs all of whose licences are among the given ones, in order.

    Args:
        pairs: with the column `licence`.
        licences: names, compared as they are written.

    Raises:
        InputError: `unknown` or an empty name is among the licences: what has no licence may not
            be published.
    """
    allowed = set(licences)
    if allowed & {NO_LICENCE, ""}:
        raise InputError(
            "texts without a known licence cannot be published:"
            f" take {NO_LICENCE!r} and empty names out of the publishable licences"
        )
    found = pc.unique(pairs["licence"]).to_pylist()
    fine = [licence for licence in found if allowed.issuperset(licences_of(licence))]
    return pairs.filter(pc.is_in(pairs["licence"], pa.array(fine, pa.string())))


def count_licences(pairs: pa.Table) -> dict[str, int]:
    """Pairs that bear each single licence, most frequent first, then by name."""
    counts: Counter[str] = Counter()
    for licence in pairs["licence"].to_pylist():
        counts.update(licences_of(licence))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
