"""What no manifest names, and what a manifest names in vain."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.storage.disks import Disk
from pipeline.storage.kill_points import reach
from pipeline.storage.layout import is_object_path, object_path
from pipeline.storage.manifest import DamageError, DamageKind, FileEntry, Manifest, decode
from pipeline.storage.objects import open_verified


@dataclass(frozen=True)
class Problem:
    """Something not as it should be; `unreferenced` is only untidy, the rest is damage."""

    kind: DamageKind | Literal["unreferenced"]
    where: str
    sentence: str


@dataclass(frozen=True)
class GarbageReport:
    """What a clean-up did: counts of data files and of half-made files."""

    removed_count: int
    removed_bytes: int
    kept_count: int


def verify(disk: Disk) -> list[Problem]:
    """Check all manifests, then every file they name, each once; then look for the unnamed."""
    problems: list[Problem] = []
    named: dict[str, tuple[FileEntry, str]] = {}
    for path, document in _documents(disk):
        try:
            manifest = decode(document, path)
        except DamageError as error:
            problems.append(_problem(error))
            continue
        for entry in _needed_files(manifest):
            where = f"{entry.name} of {manifest.address}"
            named.setdefault(object_path(entry.sha256, entry.name), (entry, where))
    for entry, where in named.values():
        try:
            with open_verified(disk, entry, where):
                pass
        except DamageError as error:
            problems.append(_problem(error))
    return [*problems, *_unnamed(disk, named.keys())]


def collect(disk: Disk, min_age_seconds: float, now: float) -> GarbageReport:
    """Remove old objects and folders that no manifest names, and old half-made files."""
    manifests = [decode(document, path) for path, document in _documents(disk)]
    files = [entry for manifest in manifests for entry in _needed_files(manifest)]
    named = {object_path(entry.sha256, entry.name) for entry in files}
    hashes = {manifest.content_hash for manifest in manifests if _needed_files(manifest)}
    newest = now - min_age_seconds
    objects = disk.list("objects")
    sizes = [
        size
        for path in objects
        if is_object_path(path) and path not in named
        for size in _remove_object(disk, path, newest)
    ]
    sizes += _remove_staged(disk.local / "staging", newest)
    _remove_folders(disk.local / "folders", hashes, newest)
    kept_count = len(disk.list("objects"))
    return GarbageReport(len(sizes), sum(sizes), kept_count)


def _documents(disk: Disk) -> Iterator[tuple[str, bytes]]:
    """Paths and bytes of all manifests, those of versions last."""
    for path in [*disk.list("manifests"), *disk.list("versions")]:
        with suppress(FileNotFoundError), disk.open(path) as stream:
            yield path, stream.read()


def _needed_files(manifest: Manifest) -> tuple[FileEntry, ...]:
    return () if manifest.retracted else manifest.files


def _problem(error: DamageError) -> Problem:
    return Problem(error.kind, error.where, str(error))


def _unnamed(disk: Disk, named: Collection[str]) -> list[Problem]:
    paths = [path for path in disk.list("objects") if path not in named]
    problems = [
        Problem("foreign", path, f"{path} is foreign: Dutar does not name files so; move it away")
        for path in paths
        if not is_object_path(path)
    ]
    if count := len(paths) - len(problems):
        sentence = f"{count} objects are named by no manifest; collect the garbage"
        problems.append(Problem("unreferenced", "objects", sentence))
    return problems


def _remove_object(disk: Disk, path: str, newest: float) -> list[int]:
    """Remove one object unless it was written after `newest`; its size in bytes, if removed."""
    size, modified = disk.measure(path)
    if modified > newest:
        return []
    disk.remove(path)
    reach("store:after_remove")
    return [size]


def _remove_staged(folder: Path, newest: float) -> list[int]:
    sizes = []
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # its writer was not dead, and is ready now
            facts = path.stat()
            if facts.st_mtime <= newest:
                path.unlink()
                sizes.append(facts.st_size)
    return sizes


def _remove_folders(folder: Path, hashes: Collection[str], newest: float) -> None:
    """Remove readers' folders; their files are links or copies, so they do not count."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in hashes and path.stat().st_mtime <= newest:
            shutil.rmtree(path)
