"""What assets are given from outside: the artefact store. No asset logic belongs here."""

import dagster as dg
import pyarrow as pa

from assets.failures import told_to_dagster
from pipeline.errors import StorageError
from pipeline.storage import Address, Artefact, Store
from pipeline.tables import identify, newest_by_document

Artefacts = tuple[Artefact, ...]


class ArtefactStore(dg.ConfigurableIOManager):
    """Hands assets lazy artefacts: a manifest to look at, and `read()` for who needs the data.

    Assets publish what they made themselves (see `stage_asset`), so there is nothing to write here.
    """

    root: str

    @property
    def store(self) -> Store:
        """The store at `root`."""
        return Store(self.root)

    def handle_output(self, context: dg.OutputContext, obj: Artefact) -> None:
        """Leave a published artefact where it is."""

    def load_input(self, context: dg.InputContext) -> Artefact | Artefacts:
        """The upstream artefact, or all of its partitions where partitions fan in.

        Partitions that a gate refused are left out there: they stay in quarantine. So are those
        that the recipe no longer names, and those without a row, such as a day without news.

        Raises:
            dagster.Failure: it was never made, has been retracted, or its manifest is damaged.
        """
        with told_to_dagster():
            return self._load(context)

    def _load(self, context: dg.InputContext) -> Artefact | Artefacts:
        recipe, asset = context.asset_key.path
        if context.has_asset_partitions and not context.has_partition_key:
            known = set(context.asset_partition_keys)
            stored = self.store.partitions(recipe, asset)
            return tuple(
                one
                for one in stored
                if one.address.partition in known and not one.is_refused and one.row_count != 0
            )
        partition = context.partition_key if context.has_asset_partitions else None
        found = self.store.find(Address(recipe, asset, partition))
        if found is None:
            named = asset if partition is None else f"{asset} of {partition}"
            raise StorageError(f"{named} has not been made yet: materialize it first")
        return found


def input_digest(value: Artefact | Artefacts) -> str:
    """One hash of an input: its content, and by partition and content where partitions fan in."""
    if isinstance(value, Artefact):
        return value.content_hash
    return identify(*(f"{one.address.partition}={one.content_hash}" for one in value))


def by_document(*assets: Artefacts) -> dict[str, pa.Table]:
    """The rows of every document, by its key; of a document read on several days, the last."""
    return newest_by_document(one.read() for artefacts in assets for one in artefacts)


def concatenated(schema: pa.Schema, artefacts: Artefacts) -> pa.Table:
    """All partitions one below the other; without any, an empty table.

    A column that a partition of an earlier version lacks is null there.
    """
    tables = [schema.empty_table(), *(one.read() for one in artefacts)]
    return pa.concat_tables(tables, promote_options="default")
