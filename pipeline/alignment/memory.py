"""What was finished before, found again by the content of all that decided it."""

import hashlib
import io
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipeline.tables import identify


class Memo(Protocol):
    """Remembers results between runs, by content hash."""

    def get(self, key: str) -> bytes | None:
        """What was put under the key; None when nothing was."""

    def put(self, key: str, value: bytes) -> None:
        """Keep a value under a key, in one step."""


class _Forgetful:
    def get(self, key: str) -> bytes | None:
        del key
        return None

    def put(self, key: str, value: bytes) -> None:
        del key, value


FORGETFUL: Memo = _Forgetful()
"""Remembers nothing."""


def fingerprint(arrays: Sequence[np.ndarray], *settings: object) -> str:
    """Identifies arrays, by all that is in them, and what is done with them."""
    digests = [hashlib.sha256(np.ascontiguousarray(array).data).hexdigest() for array in arrays]
    forms = [f"{array.dtype} {array.shape}" for array in arrays]
    return identify(*forms, *digests, *map(str, settings))


def packed(arrays: Sequence[np.ndarray]) -> bytes:
    """Arrays as bytes."""
    buffer = io.BytesIO()
    for array in arrays:
        np.save(buffer, array)
    return buffer.getvalue()


def unpacked(content: bytes) -> list[np.ndarray]:
    """Arrays that were packed, in order."""
    buffer = io.BytesIO(content)
    arrays = []
    while buffer.tell() < len(content):
        arrays.append(np.load(buffer))
    return arrays
