"""Everything in one file, and back: artefacts, runs, reviews, recipes and inboxes.

SQLite databases are copied through SQLite, so that a backup taken while Dagster and Label Studio
run is whole. Artefacts need no such care: their files never change, and a manifest is taken before
the files that it names. Caches and half-done work are left out; they are made again.
"""

import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath

from pipeline.errors import InputError

_CONTENTS_NAME = "contents.json"
_SQLITE_START = b"SQLite format 3\0"
_SQLITE_COMPANIONS = ("-wal", "-shm", "-journal")
_LEFT_OUT = {"store": ("staging", "folders"), "dagster": ("in_use_by", "dagster.yaml")}
_OWNER_ONLY = 0o600  # a backup holds Label Studio's accounts

Counts = Mapping[str, int]  # files by the folder's name


def back_up(folders: Mapping[str, Path], archive: Path) -> Counts:
    """Write folders into one compressed archive that only its owner may read.

    Args:
        folders: by the name they go by in the archive; those that do not exist are left out.
        archive: a new file, such as `dutar.tar.gz`; it appears only when it is complete.

    Raises:
        InputError: the file exists already, its folder does not, or nothing of the folders does.
    """
    if archive.exists():
        raise InputError(f"{archive} exists already: choose another name")
    if not archive.absolute().parent.is_dir():
        raise InputError(f"there is no folder {archive.absolute().parent} to write a backup into")
    present = {name: folder for name, folder in folders.items() if folder.is_dir()}
    if not present:
        raise InputError("there is nothing to back up yet")
    staged = archive.with_name(archive.name + ".part")
    staged.unlink(missing_ok=True)
    staged.touch(mode=_OWNER_ONLY)
    with tarfile.open(staged, "w:gz", compresslevel=3) as tar:
        _add_text(tar, _CONTENTS_NAME, json.dumps({"format": 1, "folders": sorted(present)}))
        counts = {name: _add_folder(tar, name, folder) for name, folder in present.items()}
    staged.replace(archive)
    return counts


def contents(archive: Path) -> list[str]:
    """Names of the folders in an archive.

    Raises:
        InputError: it is none of ours.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            first = tar.next()
            stream = tar.extractfile(first) if first and first.name == _CONTENTS_NAME else None
            if stream is None:
                raise InputError(f"{archive} is no backup of Dutar")
            return [str(name) for name in json.load(stream)["folders"]]
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _unreadable(archive, error) from error


def restore(archive: Path, folders: Mapping[str, Path]) -> Counts:
    """Write an archive's files back into folders that hold nothing else.

    What is there already, byte for byte as in the archive, may stay, such as a fresh clone's
    recipes.

    Args:
        archive: made by `back_up`.
        folders: which of the archive's to restore, and where; it may hold fewer.

    Raises:
        InputError: the archive is none of ours, or a folder holds something else; nothing was
            written then.
    """
    wanted = {name: folders[name] for name in contents(archive) if name in folders}
    try:
        _check_targets(archive, wanted)
        with tarfile.open(archive, "r:gz") as tar:
            counts = Counter(_extract(tar, *found) for found in _members(tar, wanted))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _unreadable(archive, error) from error
    return {name: counts[name] for name in wanted}


def _unreadable(archive: Path, error: Exception) -> InputError:
    return InputError(f"{archive} cannot be restored: {error}")


_OWNERS_BITS = 0o755  # no other may write, whatever the archive says
Member = tuple[tarfile.TarInfo, str, Path, str]  # entry, name of its folder, the folder, path in it


def _members(tar: tarfile.TarFile, folders: Mapping[str, Path]) -> Iterator[Member]:
    for member in tar:
        name, *rest = PurePosixPath(member.name).parts
        if name in folders and member.isfile():
            yield member, name, folders[name], "/".join(rest)


def _check_targets(archive: Path, folders: Mapping[str, Path]) -> None:
    """Refuse folders that hold what the archive does not."""
    found = {path for name, folder in folders.items() for path in _files(name, folder)}
    if not found:
        return
    with tarfile.open(archive, "r:gz") as tar:
        for member, _, folder, inside in _members(tar, folders):
            path, stream = folder / inside, tar.extractfile(member)
            if path in found and stream and stream.read() == path.read_bytes():
                found.remove(path)
    if found:
        raise InputError(
            f"{min(found)} is not as in the backup: move its folder away before you restore over it"
        )


def _extract(
    tar: tarfile.TarFile, member: tarfile.TarInfo, name: str, folder: Path, inside: str
) -> str:
    """Write one plain file; `tarfile`'s own filters are not in every Python 3.11."""
    path = folder / inside
    stream = tar.extractfile(member)
    if stream is None or not path.resolve().is_relative_to(folder.resolve()):
        raise tarfile.TarError(f"{member.name!r} would be written outside of its folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    with stream, path.open("wb") as target:
        shutil.copyfileobj(stream, target)
    path.chmod(member.mode & _OWNERS_BITS)
    os.utime(path, (member.mtime, member.mtime))
    return name


def _add_folder(tar: tarfile.TarFile, name: str, folder: Path) -> int:
    count = 0
    for path in _files(name, folder):
        try:
            _add_file(tar, f"{name}/{path.relative_to(folder).as_posix()}", path)
        except FileNotFoundError:
            continue  # it was removed since it was listed
        count += 1
    return count


def _files(name: str, folder: Path) -> Iterator[Path]:
    """Plain files, manifests before the objects they name, without what need not be kept."""
    found = [path.relative_to(folder) for path in folder.rglob("*")]
    for inside in sorted(found, key=lambda inside: ("objects" in inside.parts, str(inside))):
        path = folder / inside
        is_left_out = inside.parts[0] in _LEFT_OUT.get(name, ())
        if path.is_file() and not is_left_out and not path.name.endswith(_SQLITE_COMPANIONS):
            yield path


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    with path.open("rb") as stream:
        is_database = stream.read(len(_SQLITE_START)) == _SQLITE_START
    if not is_database:
        tar.add(path.resolve(), name, recursive=False)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        copy.chmod(path.stat().st_mode)
        tar.add(copy, name, recursive=False)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
