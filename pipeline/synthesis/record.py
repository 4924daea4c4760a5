"""What was answered so far, in a file that only grows and that may be torn anywhere.

A line holds a whole batch. It is on the disk before the next batch is asked, and a last line
without its end, left by a killed process, is cut off: that batch is asked again, with the same
seeds. Whole lines are never written again, so that nothing can take them away.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.synthesis.generators.protocol import Completion


@dataclass(frozen=True)
class Batch:
    """Answers that came together.

    Attributes:
        keys: of the requests.
        completions: row for row.
        seconds: that they took.
    """

    keys: tuple[str, ...]
    completions: tuple[Completion, ...]
    seconds: float


class GenerationRecord:
    """The batches in a file.

    Args:
        path: made if need be; a record of other requests is replaced.
        fingerprint: of everything that decides the answers.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self.batches: dict[tuple[str, ...], Batch] = {}
        head = json.dumps({"fingerprint": fingerprint}).encode() + b"\n"
        content = path.read_bytes() if path.is_file() else b""
        if not content.startswith(head):
            content = head
            _begin(path, head)
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            _cut(path, whole)
        for line in content[len(head) : whole].splitlines():
            batch = _batch(json.loads(line))
            self.batches[batch.keys] = batch

    def append(self, batch: Batch) -> None:
        """Keep a batch; it is on the disk when this returns."""
        with self._path.open("ab") as file:
            file.write(json.dumps(asdict(batch), ensure_ascii=False).encode() + b"\n")
            _sync(file)
        self.batches[batch.keys] = batch


def record_of(keys: Sequence[str], completions: Sequence[Completion], seconds: float) -> Batch:
    """A batch of what was asked and answered."""
    return Batch(tuple(keys), tuple(completions), seconds)


def _batch(content: dict[str, Any]) -> Batch:
    completions = [
        Completion(**{**one, "faults": tuple(one["faults"])}) for one in content["completions"]
    ]
    return Batch(tuple(content["keys"]), tuple(completions), content["seconds"])


def _begin(path: Path, head: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(head)
        _sync(file)
    unfinished.replace(path)


def _cut(path: Path, length: int) -> None:
    with path.open("r+b") as file:
        file.truncate(length)
        _sync(file)


def _sync(file: Any) -> None:  # noqa: ANN401 - any open file
    file.flush()
    os.fsync(file.fileno())
