"""Vectors kept between runs, found by what they were made from.

One SQLite file per encoder fingerprint, in write-ahead mode: readers do not wait, and a process
killed while writing loses at most the batch in hand. A stored vector is never overwritten.

The last bits of a vector depend on the batch it was computed in. So batches are announced before
they are computed, and who takes over from a killed process finds what was left, batch by batch.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np

from pipeline.encoders.folders import exclusive
from pipeline.encoders.protocol import Role
from pipeline.errors import StorageError

_TABLES = """
CREATE TABLE IF NOT EXISTS vectors (
    role TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (role, text_hash)
);
CREATE TABLE IF NOT EXISTS announced (
    role TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    batch_hash TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (role, text_hash)
);
"""
_FIND = """
SELECT text_hash, vector FROM vectors
WHERE role = ? AND text_hash IN (SELECT value FROM json_each(?))
"""
_FIND_ANNOUNCED = """
SELECT batch_hash, text_hash FROM announced
WHERE role = ? AND text_hash IN (SELECT value FROM json_each(?))
ORDER BY batch_hash, place
"""
_LOCK_SECONDS = 60


class EmbeddingCache:
    """A folder of remembered vectors; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, fingerprint: str, role: Role, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the float32 vectors of those of `texts` that are known, by text.

        Raises:
            StorageError: the cache file is damaged or cannot be read.
        """
        by_hash = {_hash(text): text for text in texts}
        with self._connection(fingerprint) as connection:
            rows = connection.execute(_FIND, (role, json.dumps(list(by_hash))))
            return {by_hash[digest]: np.frombuffer(vector, np.float32) for digest, vector in rows}

    def write(self, fingerprint: str, role: Role, vectors: Mapping[str, np.ndarray]) -> None:
        """Store vectors by text in one transaction; texts already known keep their old vector.

        Raises:
            StorageError: the disk is full, or the cache file is damaged or stays locked.
        """
        rows = [
            (role, _hash(text), np.ascontiguousarray(vector, np.float32).tobytes())
            for text, vector in vectors.items()
        ]
        with self._connection(fingerprint) as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)
            done = [row[:2] for row in rows]
            connection.executemany("DELETE FROM announced WHERE (role, text_hash) = (?, ?)", done)

    def announce(self, fingerprint: str, role: Role, batches: Sequence[Sequence[str]]) -> None:
        """Note which texts will be computed together; `write` strikes them off.

        Raises:
            StorageError: as `write`.
        """
        rows = [
            (role, digest, _batch_hash(digests), place)
            for digests in ([_hash(text) for text in batch] for batch in batches)
            for place, digest in enumerate(digests)
        ]
        with self._connection(fingerprint) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO announced VALUES (?, ?, ?, ?)", rows)

    def announced(self, fingerprint: str, role: Role, texts: Sequence[str]) -> list[list[str]]:
        """Batches that were announced, not written, and hold none but these texts.

        Raises:
            StorageError: as `read`.
        """
        by_hash = {_hash(text): text for text in texts}
        with self._connection(fingerprint) as connection:
            rows = connection.execute(_FIND_ANNOUNCED, (role, json.dumps(list(by_hash)))).fetchall()
        groups = (
            (batch_hash, [digest for _, digest in members])
            for batch_hash, members in groupby(rows, key=lambda row: row[0])
        )
        return [
            [by_hash[digest] for digest in digests]
            for batch_hash, digests in groups
            if _batch_hash(digests) == batch_hash
        ]

    @contextmanager
    def _connection(self, fingerprint: str) -> Iterator[sqlite3.Connection]:
        path = self._folder / f"{fingerprint}.sqlite"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=_LOCK_SECONDS)) as connection:
                with exclusive(path.with_suffix(".lock")):  # two who make one file do not wait
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(_TABLES)
                connection.execute("PRAGMA synchronous = NORMAL")
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"the embedding cache {path} cannot be used ({error}); "
                "free disk space, or delete the file: its vectors are made again"
            ) from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _batch_hash(digests: Sequence[str]) -> str:
    return _hash(" ".join(digests))
