"""Keeps Dagster's edition partitions equal to what lies in the inbox."""

import dagster as dg

from assets.partitions import editions_of
from pipeline.recipe import Recipe
from pipeline.storage import Address, Store
from pipeline.textbooks.inbox import scan_inbox

EDITION_ASSETS = ("textbook_pages", "textbook_sentences")


def reconcile_editions(recipe: Recipe, instance: dg.DagsterInstance, store: Store) -> list[str]:
    """Add a partition per edition in the inbox, retract those that were taken out of it.

    Returns:
        The edition keys now in the inbox, sorted.

    Raises:
        InputError: the inbox is not a folder. Nothing is retracted then: an unread inbox is not
            an empty one.
    """
    found = sorted(edition.key for edition in scan_inbox(recipe.inbox))
    name = editions_of(recipe)
    known = set(instance.get_dynamic_partitions(name))
    instance.add_dynamic_partitions(name, [key for key in found if key not in known])
    for gone in sorted(known - set(found)):
        for asset in EDITION_ASSETS:
            address = Address(recipe.name, asset, gone)
            if store.find(address) is not None:
                store.retract(address, "taken out of the inbox")
        instance.delete_dynamic_partition(name, gone)
    return found
