"""Content in and out: tables and folders become files named by their hash, and back.

Equal tables become equal bytes, whatever their chunks: row groups are cut at fixed rows and each
is written from one chunk.
"""

import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.storage.disks import Disk
from pipeline.storage.kill_points import reach
from pipeline.storage.layout import is_plain_name, object_path
from pipeline.storage.manifest import DamageError, FileEntry

TABLE_FILE = "table.parquet"
_ROW_GROUP_ROWS = 65_536
_READ_ONLY = 0o444  # readers get links to these very files
_COPY_BYTES = 1 << 20


class _Writer(Protocol):
    """Writes some content to a stream."""

    def __call__(self, stream: io.RawIOBase, /) -> object: ...


class _StagedFile(io.RawIOBase):
    """A half-made file that hashes what is written; `close` removes it unless it was placed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / uuid4().hex
        self.byte_count = 0
        self._hash = hashlib.sha256()
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _READ_ONLY)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.byte_count

    def write(self, data: object, /) -> int:
        rest = memoryview(data).cast("B")  # type: ignore[arg-type]
        self._hash.update(rest)
        self.byte_count += len(rest)
        whole = len(rest)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        return whole

    def sync(self) -> str:
        """Wait until the bytes are on the disk, and return their SHA-256 (hex)."""
        reach("store:after_write")
        os.fsync(self._descriptor)
        reach("store:after_sync")
        return self._hash.hexdigest()

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        try:
            os.close(self._descriptor)
        finally:
            with suppress(OSError):  # placed already, or left for garbage collection
                self.path.unlink()


def put_document(disk: Disk, path: str, document: bytes) -> None:
    """Write a manifest: afterwards `path` holds all of it, and before, what it held."""
    with _StagedFile(disk.local / "staging") as staged:
        staged.write(document)
        staged.sync()
        disk.place(staged.path, path)


def put_table(disk: Disk, table: pa.Table) -> tuple[FileEntry, dict[str, str]]:
    """Store a table as one Parquet file; the second value is its columns, name to Arrow type.

    Raises:
        InputError: Parquet cannot hold one of the types, or two columns have one name.
    """
    if len(set(table.column_names)) != table.num_columns or not table.num_columns:
        raise InputError(f"a stored table needs columns of different names: {table.column_names}")
    try:
        table = table.cast(_stored_schema(table.schema))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise InputError(f"Parquet cannot hold this table: {error}") from error
    entry = _put(disk, TABLE_FILE, lambda stream: _write_parquet(table, stream))
    return entry, describe_columns(table.schema)


def put_folder(disk: Disk, folder: Path) -> tuple[FileEntry, ...]:
    """Store each file of a folder; the entries are sorted by name. Empty folders are not kept.

    Raises:
        InputError: the folder has no file, or something that is no file, or an unusable name.
    """
    return tuple(_put_file(disk, folder / name, name) for name in _file_names(folder))


def _file_names(folder: Path) -> list[str]:
    names = []
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or not is_plain_name(name):
            raise InputError(f"{path} cannot be stored: only plain files can, or links to files")
        names.append(name)
    if not names:
        raise InputError(f"{folder} is no folder with files: there is nothing to store")
    return sorted(names)


def _put_file(disk: Disk, path: Path, name: str) -> FileEntry:
    with path.open("rb") as source:
        return _put(disk, name, lambda stream: shutil.copyfileobj(source, stream, _COPY_BYTES))


def _put(disk: Disk, name: str, write: _Writer) -> FileEntry:
    with _StagedFile(disk.local / "staging") as staged:
        write(staged)
        sha256 = staged.sync()
        path = object_path(sha256, name)
        if not disk.holds(path, sha256):
            disk.place(staged.path, path)
        return FileEntry(name=name, sha256=sha256, bytes=staged.byte_count)


def _stored_schema(schema: pa.Schema) -> pa.Schema:
    """The schema as Parquet gives it back: what is read and stored again keeps its hash.

    What is said of its columns is left out: a better word about one is no new content.
    """
    plain = pa.schema([column.remove_metadata() for column in schema])
    sink = pa.BufferOutputStream()
    pq.write_table(plain.empty_table(), sink)
    return pq.read_schema(pa.BufferReader(sink.getvalue())).remove_metadata()


def _write_parquet(table: pa.Table, stream: io.RawIOBase) -> None:
    with pq.ParquetWriter(stream, table.schema, compression="zstd") as writer:
        for start in range(0, table.num_rows, _ROW_GROUP_ROWS):
            rows = table.slice(start, _ROW_GROUP_ROWS).combine_chunks()
            writer.write_table(rows, row_group_size=_ROW_GROUP_ROWS)


def describe_columns(schema: pa.Schema) -> dict[str, str]:
    """Column names to Arrow types, in order."""
    return {column.name: str(column.type) for column in schema}


@contextmanager
def open_verified(disk: Disk, entry: FileEntry, where: str) -> Iterator[io.BufferedIOBase]:
    """Open a file of an artefact, rewound, after its bytes were compared with the manifest.

    Raises:
        DamageError: the file is missing or torn; the message names it as `where`.
    """
    try:
        stream = disk.open(object_path(entry.sha256, entry.name))
    except FileNotFoundError as error:
        raise missing(where) from error
    with stream:
        verify_bytes(stream, entry, where)
        stream.seek(0)
        yield stream


def verify_bytes(stream: io.BufferedIOBase, entry: FileEntry, where: str) -> None:
    """Raise DamageError unless the stream, read to its end, has the entry's hash."""
    found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != entry.sha256:
        raise DamageError(
            "torn",
            where,
            f"its {stream.tell()} bytes have SHA-256 {found[:12]}..., the manifest says "
            f"{entry.bytes} bytes with {entry.sha256[:12]}...; materialize the asset again",
        )


def missing(where: str) -> DamageError:
    """The error for a file that a manifest names and that is not there."""
    return DamageError("missing", where, "materialize the asset again, or restore a backup")
