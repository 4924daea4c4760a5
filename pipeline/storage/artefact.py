"""A handle on one artefact: its manifest now, its data when asked for, each time verified."""

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError, StorageError
from pipeline.storage.disks import Disk, explained
from pipeline.storage.kill_points import reach
from pipeline.storage.layout import Address, object_path
from pipeline.storage.manifest import DamageError, FileEntry, GateVerdict, Manifest
from pipeline.storage.objects import describe_columns, missing, open_verified, verify_bytes


@dataclass(frozen=True)
class Artefact:
    """What `Store.find` and `Store.publish` give; it costs no more than its manifest.

    A handle stays valid while its files are there: `Store.collect_garbage` spares those of a
    replaced artefact for as long as it is told to.
    """

    manifest: Manifest
    _disk: Disk = field(repr=False, compare=False)

    @property
    def address(self) -> Address:
        """Recipe, asset and partition."""
        return self.manifest.address

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) that equal content shares, whoever made it and when."""
        return self.manifest.content_hash

    @property
    def row_count(self) -> int | None:
        """Rows of a table; None for a folder."""
        return self.manifest.row_count

    @property
    def refusals(self) -> tuple[GateVerdict, ...]:
        """The gates that did not pass."""
        return tuple(gate for gate in self.manifest.gates if not gate.is_passed)

    @property
    def is_refused(self) -> bool:
        """Whether any gate did not pass, so that `read` and `folder` raise."""
        return bool(self.refusals)

    def read(self) -> pa.Table:
        """Load the table, rows in the order in which they were stored.

        Raises:
            StorageError: the data is missing, torn, foreign, or refused by a gate.
            InputError: the artefact is a folder.
        """
        self._raise_if_refused()
        return self.read_even_if_refused()

    def read_even_if_refused(self) -> pa.Table:
        """Load the table for looking at, not for building on; otherwise as `read`."""
        self._expect("table")
        (entry,) = self.manifest.files
        where = self._where(entry)
        with self._reading(), open_verified(self._disk, entry, where) as stream:
            try:
                table = pq.ParquetFile(stream).read()
            except pa.ArrowException as error:
                raise DamageError("foreign", where, str(error)) from error
        if describe_columns(table.schema) != self.manifest.columns:
            raise DamageError("foreign", where, "its columns are not those of the manifest")
        return table

    def folder(self) -> Path:
        """A local folder with the artefact's files, verified; to be read, never written to.

        Raises:
            StorageError: a file is missing or torn, or a gate refused the artefact.
            InputError: the artefact is a table.
        """
        self._raise_if_refused()
        self._expect("folder")
        target = self._disk.local / "folders" / self.content_hash
        with self._reading():
            if not self._is_whole(target):
                self._build(target)
        return target

    def verify(self) -> None:
        """Read every byte of the data.

        Raises:
            StorageError: a file is missing or torn.
        """
        with self._reading():
            for entry in self.manifest.files:
                with open_verified(self._disk, entry, self._where(entry)):
                    pass

    def path(self, name: str) -> Path:
        """One file of the folder, by its name in the manifest; raises as `folder`."""
        names = [entry.name for entry in self.manifest.files]
        if name not in names:
            raise InputError(f"{self.address} has no file {name!r}, only {names}")
        return self.folder() / name

    def _raise_if_refused(self) -> None:
        if self.is_refused:
            reasons = "; ".join(f"{gate.name}: {gate.reason.rstrip('.')}" for gate in self.refusals)
            raise StorageError(
                f"{self.address} is refused by {reasons}. Remove the cause and materialize the "
                "asset again"
            )

    def _expect(self, kind: str) -> None:
        if self.manifest.kind != kind:
            raise InputError(f"{self.address} is a {self.manifest.kind}, not a {kind}")

    def _reading(self) -> AbstractContextManager[None]:
        return explained(f"read {self.address}")

    def _where(self, entry: FileEntry) -> str:
        return f"{entry.name} of {self.address}"

    def _is_whole(self, folder: Path) -> bool:
        try:
            for entry in self.manifest.files:
                self._verify(folder / entry.name, entry)
        except (FileNotFoundError, DamageError):
            return False
        return True

    def _build(self, target: Path) -> None:
        """Build the folder beside its place and move it there, so that nobody sees half of it."""
        staged = target.parent / f".{uuid4().hex}"
        try:
            for entry in self.manifest.files:
                self._fetch(entry, staged / entry.name)
            reach("store:after_folder")
            if target.exists():  # not whole: links to a file that was torn since
                target.rename(target.parent / f".{uuid4().hex}")
            staged.rename(target)
        except OSError:
            if not self._is_whole(target):  # otherwise another reader was quicker
                raise
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _fetch(self, entry: FileEntry, destination: Path) -> None:
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._disk.fetch(object_path(entry.sha256, entry.name), destination)
        except FileNotFoundError as error:
            raise missing(self._where(entry)) from error
        self._verify(destination, entry)

    def _verify(self, path: Path, entry: FileEntry) -> None:
        with path.open("rb") as stream:
            verify_bytes(stream, entry, self._where(entry))
