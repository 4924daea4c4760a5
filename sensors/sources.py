"""Finds the partitions that no recipe lists: editions in the inbox, and days of the crawl."""

import dagster as dg

from assets import STAGE_ASSETS
from assets.partitions import Partitioning
from pipeline import settings
from pipeline.recipe import Recipe
from pipeline.storage import Address, Store
from sensors.driver import Sources
from sensors.editions import Noticed, reconcile_editions


def find_sources(
    recipe: Recipe, instance: dg.DagsterInstance, store: Store, noticed: Noticed
) -> Sources:
    """What there is to read, after Dagster's partitions were made equal to it.

    Raises:
        InputError: as `reconcile_editions`.
        SourceUnavailable: likewise.
    """
    return Sources(
        editions=reconcile_editions(recipe, instance, store, noticed),
        crawl_days=days_to_read(recipe, store, settings.today().isoformat()),
        is_mined=store.find(Address(recipe.name, "mined_pairs")) is not None,
    )


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
