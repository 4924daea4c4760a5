"""What was set aside, and why: artefacts that a gate refused, and rows with a reason.

Reads manifests first and tables only where they have rejected rows; changes nothing but what it is
told to try again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError
from pipeline.storage import Address, Artefact, Store

RETRY_REASON = "to be tried again"


@dataclass(frozen=True)
class SetAside:
    """A whole artefact (`count` is None), or so many of its rows, under one reason."""

    address: Address
    reason: str
    count: int | None = None

    def __str__(self) -> str:
        what = "refused" if self.count is None else f"{self.count:,} rows"
        return f"{self.address}: {what}: {self.reason}"


def quarantined(store: Store, recipe: str) -> list[SetAside]:
    """Everything of a recipe that was set aside: refused artefacts, then rows by their reason.

    A reason's text after its first colon is detail and does not tell reasons apart.

    Raises:
        StorageError: a manifest or a table is damaged.
    """
    held = store.holdings(recipe)
    refused = [
        SetAside(one.address, f"{gate.name}: {gate.reason}")
        for one in held
        for gate in one.refusals
    ]
    return [*refused, *(found for one in held for found in _rejected_rows(one))]


def rejected_rows(store: Store, address: Address, most: int) -> list[dict[str, Any]]:
    """The first rejected rows of a table, without bodies, vectors and words.

    Raises:
        InputError: nothing is stored there, or it is no table with reasons.
    """
    artefact = _held(store, address)
    if "reject_reason" not in artefact.manifest.columns:
        raise InputError(f"{address} is no table whose rows can be rejected")
    rows = artefact.read_even_if_refused()
    rejected = rows.filter(rows["reject_reason"].is_valid()).slice(0, most)
    shown = [field.name for field in rejected.schema if _is_short(str(field.type))]
    return list(rejected.select(shown).to_pylist())


def try_again(store: Store, address: Address) -> None:
    """Withdraw an artefact, so that the next run makes it anew from the same inputs.

    Raises:
        InputError: nothing is stored there.
    """
    _held(store, address)
    store.retract(address, RETRY_REASON)


def parse_address(text: str) -> Address:
    """`demo/textbook_pages/reader.tuk_Latn` as an address; the partition may hold slashes.

    Raises:
        InputError: there are no recipe and asset in it.
    """
    recipe, _, rest = text.partition("/")
    asset, _, partition = rest.partition("/")
    if not recipe or not asset:
        raise InputError(f"{text!r} names nothing: give RECIPE/ASSET or RECIPE/ASSET/PARTITION")
    return Address(recipe, asset, partition or None)


def _held(store: Store, address: Address) -> Artefact:
    artefact = store.find(address)
    if artefact is None:
        raise InputError(f"nothing is stored as {address}; see `dutar quarantine`")
    return artefact


def _rejected_rows(artefact: Artefact) -> Iterator[SetAside]:
    if "reject_reason" not in artefact.manifest.columns:
        return
    reasons = artefact.read_even_if_refused()["reject_reason"].drop_null().to_pylist()
    counts = Counter(str(reason).partition(":")[0] for reason in reasons)
    for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield SetAside(artefact.address, reason, count)


def _is_short(column_type: str) -> bool:
    return not any(word in column_type for word in ("binary", "list", "struct"))
