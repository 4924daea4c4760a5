"""What a store needs from the place it lies in, and that place when it is a local folder.

A rename within one file system is atomic (POSIX `rename`), and lasts once file and folder are
synced. Locks (`flock`) are freed by the kernel when their holder dies, so that none goes stale.
"""

import fcntl
import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from pipeline.errors import StorageError
from pipeline.storage.kill_points import reach


class Disk(Protocol):
    """Files below a root, by relative path with forward slashes.

    Methods raise FileNotFoundError for a path without a file, and OSError for what the disk
    cannot do. `local` is a folder on this machine for half-made files and readers' folders.
    """

    local: Path

    def open(self, path: str) -> io.BufferedIOBase:
        """Open for reading; the stream can seek."""

    def fetch(self, path: str, destination: Path) -> None:
        """Make the file's content appear at a new local path, to be read only."""

    def place(self, staged: Path, path: str) -> None:
        """Give a synced local file its final path, in one atomic step; replaces what is there."""

    def holds(self, path: str, sha256: str) -> bool:
        """Whether writing this content to `path` can be spared."""

    def remove(self, path: str) -> None:
        """Remove one file."""

    def list(self, folder: str) -> list[str]:
        """All files below `folder`, sorted; empty when there is no such folder."""

    def measure(self, path: str) -> tuple[int, float]:
        """Size in bytes, and when the file was written or refreshed, in seconds since 1970."""

    def refresh(self, path: str) -> None:
        """Make the file count as written now, where the disk can do so."""

    def lock(self, *, is_exclusive: bool) -> AbstractContextManager[None]:
        """Many writers share the lock, and garbage collection has it alone."""


class LocalDisk:
    """A folder; written files last as soon as `place` returns."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.local = root

    def open(self, path: str) -> io.BufferedIOBase:
        """See `Disk`."""
        return (self._root / path).open("rb")

    def fetch(self, path: str, destination: Path) -> None:
        """See `Disk`: a hard link, or a copy where the file system has no links."""
        try:
            os.link(self._root / path, destination)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(self._root / path, destination)

    def place(self, staged: Path, path: str) -> None:
        """See `Disk`."""
        target = self._root / path
        _make_folder(target.parent)
        staged.replace(target)
        reach("store:after_rename")
        _sync_folder(target.parent)

    def holds(self, path: str, sha256: str) -> bool:
        """See `Disk`: compares the content, so that a torn file is written again."""
        with suppress(FileNotFoundError), self.open(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        return False

    def remove(self, path: str) -> None:
        """See `Disk`."""
        (self._root / path).unlink()

    def list(self, folder: str) -> list[str]:
        """See `Disk`."""
        found = (path for path in (self._root / folder).rglob("*") if path.is_file())
        return sorted(path.relative_to(self._root).as_posix() for path in found)

    def measure(self, path: str) -> tuple[int, float]:
        """See `Disk`."""
        facts = (self._root / path).stat()
        return facts.st_size, facts.st_mtime

    def refresh(self, path: str) -> None:
        """See `Disk`."""
        os.utime(self._root / path)

    @contextmanager
    def lock(self, *, is_exclusive: bool) -> Iterator[None]:
        """See `Disk`."""
        _make_folder(self._root)
        descriptor = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if is_exclusive else fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn what the disk refuses to do into a StorageError that says what was being done."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot {doing}: {error}. What was stored before is whole; see to the disk "
            "(space, rights, health) and run again"
        ) from error


def _make_folder(folder: Path) -> None:
    """Create a folder and its parents so that they outlast a power cut."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
