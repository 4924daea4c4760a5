"""The store of artefacts: publish, find, list, withdraw, verify, clean up.

Publishing writes the data first, under names made of its content, and then replaces the one
manifest. Until that last step the old artefact holds and after it the new one does, so that a
crash, a full disk or a second writer can never leave a mixture.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from pydantic import JsonValue, ValidationError

from pipeline import settings
from pipeline.errors import InputError, StorageError
from pipeline.storage import garbage
from pipeline.storage.artefact import Artefact
from pipeline.storage.buckets import Bucket
from pipeline.storage.disks import Disk, LocalDisk, explained
from pipeline.storage.kill_points import reach
from pipeline.storage.layout import Address, object_path
from pipeline.storage.manifest import (
    Fingerprint,
    GateVerdict,
    Manifest,
    decode,
    encode,
    hash_content,
)
from pipeline.storage.objects import put_document, put_folder, put_table


class Store:
    """Artefacts below one root.

    Args:
        root: a folder, or any fsspec URL.
        cache: for an URL, the local folder of what is half-made or downloaded
            (default: `settings.model_cache()`).
    """

    def __init__(self, root: str, cache: Path | None = None) -> None:
        files, path = url_to_fs(root)
        self._disk: Disk = (
            LocalDisk(Path(path))
            if isinstance(files, LocalFileSystem)
            else Bucket(root, cache or settings.model_cache() / "buckets")
        )

    def publish(  # noqa: PLR0913 - each is a part of the manifest
        self,
        address: Address,
        content: pa.Table | Path,
        *,
        fingerprint: Fingerprint,
        gates: Sequence[GateVerdict] = (),
        metadata: Mapping[str, JsonValue] | None = None,
        ledger: Mapping[str, JsonValue] | None = None,
        is_versioned: bool = False,
    ) -> Artefact:
        """Store content and make it what `address` holds.

        Args:
            address: what is published; its old artefact holds until the last moment.
            content: a table, or a folder whose plain files are stored with their names.
            fingerprint: what the content was made from.
            gates: verdicts; one that did not pass makes readers refuse the artefact.
            metadata: small facts about the content, plain JSON.
            ledger: facts of the day, such as the time and the run.
            is_versioned: keep this content for good. If it is a version already, the version
                stays as it was first written, gates included.

        Raises:
            InputError: the content or the facts cannot be stored as they are.
            StorageError: the disk refused; what was stored before still holds.
        """
        with explained(f"publish {address}"), self._disk.lock(is_exclusive=False):
            facts: dict[str, object] = {
                "address": address,
                "fingerprint": fingerprint.digest,
                "fingerprint_parts": fingerprint,
                "gates": tuple(gates),
                "metadata": dict(metadata or {}),
                "ledger": dict(ledger or {}),
            }
            try:
                manifest = Manifest.model_validate(facts | self._put(content))
            except ValidationError as error:
                raise InputError(f"{address} cannot be published: {error}") from error
            reach("store:after_objects")
            if is_versioned:
                self._keep_version(manifest)
            self._replace(manifest)
        return Artefact(manifest, self._disk)

    def find(self, address: Address) -> Artefact | None:
        """What `address` holds; None if nothing was published there, or it was retracted.

        Raises:
            StorageError: its manifest is torn or foreign.
        """
        with explained(f"find {address}"):
            artefact = self._load(address.manifest_path)
        return None if artefact is None or artefact.manifest.retracted else artefact

    def partitions(self, recipe: str, asset: str) -> list[Artefact]:
        """The asset's partitions that hold, sorted by name; StorageError as for `find`."""
        found = self._load_all(f"manifests/{Address(recipe, asset).folder}")
        holding = [artefact for artefact in found if not artefact.manifest.retracted]
        return sorted(holding, key=lambda artefact: artefact.address.partition or "")

    def holdings(self, recipe: str) -> list[Artefact]:
        """Everything that the recipe holds, sorted by asset and partition; as `find`."""
        found = self._load_all(f"manifests/{Address(recipe, 'any').folder.partition('/')[0]}")
        return [artefact for artefact in found if not artefact.manifest.retracted]

    def versions(self, recipe: str, asset: str) -> list[Artefact]:
        """All versions of the asset, sorted by partition and content hash; as `find`."""
        found = self._load_all(f"versions/{Address(recipe, asset).folder}")
        return sorted(
            found, key=lambda artefact: (artefact.address.partition or "", artefact.content_hash)
        )

    def retracted(self, address: Address) -> Artefact | None:
        """What was withdrawn from `address` and not replaced since; raises as `find`."""
        with explained(f"find {address}"):
            artefact = self._load(address.manifest_path)
        return artefact if artefact is not None and artefact.manifest.retracted else None

    def retract(
        self, address: Address, reason: str, ledger: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Withdraw what `address` holds; its versions stay, its data until the next clean-up.

        Args:
            address: of what is withdrawn.
            reason: a clause for people.
            ledger: facts of the day, such as the time and the run; added to the artefact's own.

        Raises:
            InputError: there is nothing to withdraw, or no reason.
            StorageError: the manifest is torn or foreign, or the disk refused.
        """
        with explained(f"retract {address}"), self._disk.lock(is_exclusive=False):
            artefact = self._load(address.manifest_path)
            if artefact is None or not reason:
                raise InputError(f"to retract {address}, it must be published, and for a reason")
            self._amend(artefact.manifest, reason, ledger)

    def revive(self, address: Address, ledger: Mapping[str, JsonValue] | None = None) -> bool:
        """Let what was withdrawn hold again, if its data is still whole.

        Args:
            address: of what was withdrawn.
            ledger: as for `retract`.

        Returns:
            Whether it holds again; not where a clean-up has removed its data.

        Raises:
            StorageError: the manifest is torn or foreign, or the disk refused.
        """
        with explained(f"revive {address}"), self._disk.lock(is_exclusive=False):
            artefact = self._load(address.manifest_path)
            if artefact is None or not artefact.manifest.retracted:
                return False
            try:
                artefact.verify()
            except StorageError:
                return False
            self._amend(artefact.manifest, None, ledger)
        return True

    def verify(self) -> list[garbage.Problem]:
        """Read every byte that any manifest names; empty when all is well and tidy."""
        with explained("verify the store"):
            return garbage.verify(self._disk)

    def collect_garbage(self, min_age_seconds: float, now: float) -> garbage.GarbageReport:
        """Remove what no manifest names.

        Args:
            min_age_seconds: what was written, or taken out of use, less long ago is spared, so
                that readers with a handle on it can finish. In an object store it must also
                exceed the longest time that publishing takes.
            now: seconds since 1970.

        Raises:
            StorageError: a manifest is unreadable, so that nobody knows what it names; nothing
                was removed.
        """
        with explained("collect garbage"), self._disk.lock(is_exclusive=True):
            return garbage.collect(self._disk, min_age_seconds, now)

    def _put(self, content: pa.Table | Path) -> dict[str, object]:
        if isinstance(content, Path):
            kind, columns, row_count = "folder", dict[str, str](), None
            files = put_folder(self._disk, content)
        else:
            entry, columns = put_table(self._disk, content)
            kind, files, row_count = "table", (entry,), content.num_rows
        return {
            "kind": kind,
            "columns": columns,
            "files": files,
            "content_hash": hash_content(files, columns),
            "row_count": row_count,
        }

    def _keep_version(self, manifest: Manifest) -> None:
        path = manifest.address.version_path(manifest.content_hash)
        if self._load_whole(path) is None:
            put_document(self._disk, path, encode(manifest))
        reach("store:after_version")

    def _replace(self, manifest: Manifest) -> None:
        path = manifest.address.manifest_path
        document = encode(manifest)
        if old := self._load_whole(path):
            self._refresh(old.manifest, manifest)
        put_document(self._disk, path, document)
        reach("store:after_manifest")

    def _amend(
        self, manifest: Manifest, retracted: str | None, ledger: Mapping[str, JsonValue] | None
    ) -> None:
        facts = {**manifest.ledger, **(ledger or {})}
        self._replace(manifest.model_copy(update={"retracted": retracted, "ledger": facts}))

    def _refresh(self, old: Manifest, new: Manifest) -> None:
        """Let the age of what goes out of use start now, for those who still read it."""
        if old.content_hash == new.content_hash and not new.retracted:
            return
        with suppress(FileNotFoundError):
            os.utime(self._disk.local / "folders" / old.content_hash)
        for entry in old.files:
            with suppress(FileNotFoundError):
                self._disk.refresh(object_path(entry.sha256, entry.name))

    def _load(self, path: str) -> Artefact | None:
        try:
            with self._disk.open(path) as stream:
                return Artefact(decode(stream.read(), path), self._disk)
        except FileNotFoundError:
            return None

    def _load_whole(self, path: str) -> Artefact | None:
        """As `_load`, but what is unreadable is about to be replaced, and counts as absent."""
        try:
            return self._load(path)
        except StorageError:
            return None

    def _load_all(self, folder: str) -> list[Artefact]:
        with explained(f"list {folder}"):
            found = [self._load(path) for path in self._disk.list(folder)]
        return [artefact for artefact in found if artefact is not None]
