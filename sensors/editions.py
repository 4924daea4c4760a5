"""Keeps the partitions of the textbooks equal to the inbox, and tells who used what is gone.

A book taken out of the inbox is retracted: its artefacts hold no more, so that the next run goes
on without it. Put in again, they hold as before, and only what has changed is read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
from pydantic import JsonValue

from assets import STAGE_ASSETS
from assets.partitions import Partitioning, editions_of
from pipeline.corpus.command import uses_lines
from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.storage import Address, Store
from pipeline.textbooks.inbox import edition_keys

TAKEN_OUT = "taken out of the inbox"
PUT_BACK = "put back into the inbox"


@dataclass(frozen=True)
class Noticed:
    """When the inbox was looked at, and by which run."""

    at: datetime
    run_id: str

    def ledger(self, event: str) -> dict[str, JsonValue]:
        """The facts of an event, for an artefact's ledger."""
        return {event: {"at": self.at.isoformat(timespec="seconds"), "run_id": self.run_id}}


def reconcile_editions(
    recipe: Recipe, instance: dg.DagsterInstance, store: Store, noticed: Noticed
) -> list[str]:
    """Add a partition per edition in the inbox, retract those that were taken out of it.

    Every retraction and every return is an observation of its asset in Dagster's records, which
    stays when the artefact is replaced.

    Returns:
        The edition keys now in the inbox, sorted.

    Raises:
        InputError: the inbox is not there, or empty though it held editions. Nothing is retracted
            then: an unread inbox is not an empty one.
        SourceUnavailable: a bucket does not answer; nothing is retracted either.
    """
    found = edition_keys(recipe.inbox) if recipe.inbox else []
    name = editions_of(recipe)
    known = set(instance.get_dynamic_partitions(name))
    if known and not found and recipe.inbox:
        raise InputError(
            f"the inbox {recipe.inbox} is empty, though it held {len(known)} editions: is it"
            " mounted? Nothing was retracted; to retract all, take `inbox` out of the recipe"
        )
    for key in sorted(set(found) - known):
        _put_back(recipe, instance, store, key, noticed)
    instance.add_dynamic_partitions(name, [key for key in found if key not in known])
    for key in sorted(known - set(found)):
        _take_out(recipe, instance, store, key, noticed)
        instance.delete_dynamic_partition(name, key)
    return found


def _take_out(
    recipe: Recipe, instance: dg.DagsterInstance, store: Store, key: str, noticed: Noticed
) -> None:
    held = [address for address in _addresses(recipe, key) if store.find(address) is not None]
    users = _users(store, recipe, key) if held else ""
    for address in held:
        store.retract(address, TAKEN_OUT, noticed.ledger("retracted"))
        _record(instance, address, TAKEN_OUT, noticed, users)


def _put_back(
    recipe: Recipe, instance: dg.DagsterInstance, store: Store, key: str, noticed: Noticed
) -> None:
    """What was withdrawn for another reason, such as to be tried again, stays withdrawn."""
    for address in _addresses(recipe, key):
        withdrawn = store.retracted(address)
        if withdrawn is None or withdrawn.manifest.retracted != TAKEN_OUT:
            continue
        if store.revive(address, noticed.ledger("revived")):
            _record(instance, address, PUT_BACK, noticed)


def _addresses(recipe: Recipe, key: str) -> Iterator[Address]:
    for asset in STAGE_ASSETS:
        if asset.partitioning is Partitioning.EDITIONS:
            yield Address(recipe.name, asset.name, key)


def _users(store: Store, recipe: Recipe, key: str) -> str:
    """The versions of the corpus and the models that a document went into, as `dutar uses`."""
    try:
        lines = uses_lines(store, recipe.name, f"textbooks/{key}")
        return "\n".join(f"    {line}" for line in lines)
    except InputError:  # no corpus was ever made
        return ""


def _record(
    instance: dg.DagsterInstance, address: Address, what: str, noticed: Noticed, users: str = ""
) -> None:
    key = dg.AssetKey([address.recipe, address.asset])
    shown: dict[str, Any] = {"run": dg.MetadataValue.dagster_run(noticed.run_id)}
    if users:
        shown["used by"] = dg.MetadataValue.md(users)
    event = dg.AssetObservation(key, description=what, partition=address.partition, metadata=shown)
    instance.report_runless_asset_event(event)
