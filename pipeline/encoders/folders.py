"""Folders that appear whole or not at all."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# what a folder may hold without its model being another one
_NOT_THE_MODEL = {".md", ".onnx", ".gitattributes"}


@contextmanager
def appearing_whole(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the name `folder` when the block ends well.

    A process killed half-way leaves at most a hidden `.<name>.unfinished` beside it, which the next
    try clears. An older `folder` is replaced. One writer at a time: concurrent ones hold a lock.
    """
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    for path in unfinished.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold a lock that the system drops with its holder, however that ends."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def model_files(folder: Path) -> list[Path]:
    """The files that make a model, sorted; prose and exports do not count."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in _NOT_THE_MODEL and path.name[0] != "."
    ]


def hash_model_folder(folder: Path) -> str:
    """SHA-256 in hex over the names and contents of a model's files."""
    digest = hashlib.sha256()
    for path in model_files(folder):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()
