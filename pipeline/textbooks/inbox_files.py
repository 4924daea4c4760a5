"""The files of an inbox, which is a folder of this machine or an fsspec URL such as `s3://a/b`.

Listing asks for names, sizes and marks of change alone. Files of a bucket are downloaded once for
every mark, into folders named by their content, which may be deleted at any time. Credentials and
addresses are found as fsspec finds them (`FSSPEC_S3_...`, `AWS_...`, `~/.config/fsspec`).
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from pipeline import settings
from pipeline.errors import InputError, SourceUnavailable
from pipeline.storage import FolderMemo
from pipeline.tables import identify

SUFFIXES = {".pdf", ".yaml", ".yml"}
MARKS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "updated", "created")


@dataclass(frozen=True)
class InboxFile:
    """A PDF or a sidecar; `mark` changes with its content, and is empty where nothing tells."""

    name: str
    size_bytes: int
    mark: str


@dataclass(frozen=True)
class LocalFile:
    """A file on this machine, to be read only, and the SHA-256 of its bytes."""

    path: Path
    sha256: str


class InboxFiles(Protocol):
    """What an inbox can be asked, wherever it lies."""

    def list(self) -> list[InboxFile]:
        """PDFs and sidecars, sorted by name; sub-folders and other files are left out.

        Raises:
            InputError: there is no such place, or it may not be read.
            SourceUnavailable: the bucket does not answer.
        """

    def fetch(self, file: InboxFile) -> LocalFile:
        """Bring one of the listed files to this machine.

        Raises:
            OSError: it cannot be read, or is gone.
            SourceUnavailable: the bucket does not answer.
        """


def open_inbox(url: str, cache: Path | None = None) -> InboxFiles:
    """The files at a path or an fsspec URL.

    Args:
        url: of the inbox.
        cache: where files of a bucket are kept (default: in `settings.model_cache()`).

    Raises:
        InputError: nothing that is installed speaks the URL's protocol.
    """
    try:
        files, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f"the inbox {url} cannot be opened: {error}") from error
    except Exception as error:  # each protocol has errors of its own
        raise SourceUnavailable(f"the inbox {url} cannot be opened: {error}") from error
    if isinstance(files, LocalFileSystem):
        return _Folder(Path(path))
    return _Bucket(url, files, path, cache or settings.model_cache() / "inboxes")


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> list[InboxFile]:
        if not self._folder.is_dir():
            raise InputError(
                f"the inbox {self._folder} is not a folder: create it, or correct `inbox`"
            )
        try:
            paths = [path for path in self._folder.iterdir() if _is_of_an_edition(path.name)]
            facts = [(path.name, path.stat()) for path in sorted(paths) if path.is_file()]
        except OSError as error:
            raise InputError(
                f"the inbox {self._folder} cannot be read: {error.strerror}"
            ) from error
        return [InboxFile(name, stat.st_size, str(stat.st_mtime_ns)) for name, stat in facts]

    def fetch(self, file: InboxFile) -> LocalFile:
        path = self._folder / file.name
        return LocalFile(path, _sha256(path))


class _Bucket:
    def __init__(self, url: str, files: Any, root: str, cache: Path) -> None:  # noqa: ANN401
        self._url = url
        self._files = files  # fsspec has no types
        self._root = root.rstrip("/")
        self._cache = cache
        self._known = FolderMemo(cache / "known")

    def list(self) -> list[InboxFile]:
        try:
            with self._answering():
                self._files.invalidate_cache()
                entries = self._files.ls(self._root, detail=True)
        except FileNotFoundError as error:
            raise InputError(
                f"the inbox {self._url} holds nothing: fill it, or correct `inbox`"
            ) from error
        except PermissionError as error:
            raise InputError(
                f"the inbox {self._url} may not be listed ({error}): see to its credentials"
            ) from error
        found = [_described(entry) for entry in entries if entry["type"] == "file"]
        books = [file for file in found if _is_of_an_edition(file.name)]
        return sorted(books, key=lambda file: file.name)

    def fetch(self, file: InboxFile) -> LocalFile:
        key = identify(self._url, file.name, str(file.size_bytes), file.mark)
        known = self._known.get(key) if file.mark else None
        if known is not None and (path := self._path(known.decode(), file.name)).is_file():
            return LocalFile(path, known.decode())
        fetched = self._download(file)
        self._known.put(key, fetched.sha256.encode())
        return fetched

    def _download(self, file: InboxFile) -> LocalFile:
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            staged = Path(folder) / "staged"
            with self._answering():
                self._files.get_file(f"{self._root}/{file.name}", str(staged))
            sha256 = _sha256(staged)
            path = self._path(sha256, file.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(path)
        return LocalFile(path, sha256)

    def _path(self, sha256: str, name: str) -> Path:
        return self._cache / sha256 / name

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Let through what is said of a file; all else means that the bucket does not answer."""
        try:
            yield
        except (FileNotFoundError, PermissionError):
            raise
        except Exception as error:  # each protocol has errors of its own
            raise SourceUnavailable(f"the inbox {self._url} does not answer: {error}") from error


def _described(entry: Mapping[str, Any]) -> InboxFile:
    """What fsspec tells of an object; every protocol has its own word for the mark."""
    mark = next((str(entry[name]) for name in MARKS if entry.get(name)), "")
    name = str(entry["name"]).rsplit("/", 1)[-1]
    return InboxFile(name, int(entry["size"] or 0), mark)


def _is_of_an_edition(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
