"""Finds the partitions that no recipe lists: editions in the inbox, and days of the crawl."""

import dagster as dg

from assets import STAGE_ASSETS
from assets.partitions import Partitioning, editions_of
from pipeline import settings
from pipeline.recipe import Recipe
from pipeline.storage import Address, Store
from pipeline.textbooks.inbox import scan_inbox
from sensors.driver import Sources


def find_sources(recipe: Recipe, instance: dg.DagsterInstance, store: Store) -> Sources:
    """What there is to read, after Dagster's partitions were made equal to it.

    Raises:
        InputError: the inbox is not a folder. Nothing is retracted then: an unread inbox is not
            an empty one.
    """
    return Sources(
        editions=reconcile_editions(recipe, instance, store),
        crawl_days=days_to_read(recipe, store, settings.today().isoformat()),
        is_mined=store.find(Address(recipe.name, "mined_pairs")) is not None,
    )


def reconcile_editions(recipe: Recipe, instance: dg.DagsterInstance, store: Store) -> list[str]:
    """Add a partition per edition in the inbox, retract those that were taken out of it.

    Returns:
        The edition keys now in the inbox, sorted.

    Raises:
        InputError: the inbox is not a folder.
    """
    inbox = recipe.inbox
    found = sorted(edition.key for edition in scan_inbox(inbox)) if inbox else []
    name = editions_of(recipe)
    known = set(instance.get_dynamic_partitions(name))
    instance.add_dynamic_partitions(name, [key for key in found if key not in known])
    for gone in sorted(known - set(found)):
        for asset in _assets_by(Partitioning.EDITIONS):
            address = Address(recipe.name, asset, gone)
            if store.find(address) is not None:
                store.retract(address, "taken out of the inbox")
        instance.delete_dynamic_partition(name, gone)
    return found


def days_to_read(recipe: Recipe, store: Store, today: str) -> list[str]:
    """Today, and earlier days whose pages a newer code has not read yet; oldest first.

    Args:
        recipe: without `news` there are none.
        store: knows which days were crawled.
        today: as `2026-11-03`.
    """
    if recipe.news is None:
        return []
    pages, *readings = [one for one in STAGE_ASSETS if one.partitioning is Partitioning.CRAWL_DAYS]
    crawled = _days(store, recipe, pages.name)
    read = [_days(store, recipe, one.name, one.code_version) for one in readings]
    unread = {day for day in crawled if any(day not in days for days in read)}
    return sorted(unread | {today})


def _days(store: Store, recipe: Recipe, asset: str, code_version: str | None = None) -> set[str]:
    """Days that the asset holds, made by this version of its code."""
    return {
        one.address.partition or ""
        for one in store.partitions(recipe.name, asset)
        if code_version in (None, one.manifest.fingerprint_parts.code_version)
    }


def _assets_by(partitioning: Partitioning) -> list[str]:
    return [one.name for one in STAGE_ASSETS if one.partitioning is partitioning]
