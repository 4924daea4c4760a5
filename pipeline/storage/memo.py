"""Results remembered between runs under a hash of all that decided them.

A memo only saves work: it may be deleted at any time. What a crash has torn counts as forgotten.
"""

import hashlib
import os
import tempfile
from pathlib import Path

_HASH_BYTES = 64


class FolderMemo:
    """Values in files; several processes may share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """What was put under the key; None when nothing was, or it is damaged."""
        try:
            content = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        stated, value = content[:_HASH_BYTES], content[_HASH_BYTES:]
        return value if stated == _sha256(value) else None

    def put(self, key: str, value: bytes) -> None:
        """Keep a value under a key, in one step."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, staged = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_sha256(value))
            file.write(value)
        Path(staged).replace(path)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key


def _sha256(value: bytes) -> bytes:
    return hashlib.sha256(value).hexdigest().encode()
