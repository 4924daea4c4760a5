"""What was answered so far, in a file that only grows and that may be torn anywhere.

A line holds a whole batch. It is on the disk before the next batch is asked, and a last line
without its end, left by a killed process, is cut off: that batch is asked again, with the same
seeds.
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
        lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
        if not lines or lines[0] != head:
            lines = [head]
        whole = [line for line in lines if line.endswith(b"\n")]
        with path.open("wb") as file:
            file.writelines(whole)
            _sync(file)
        for line in whole[1:]:
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


def _sync(file: Any) -> None:  # noqa: ANN401 - any open file
    file.flush()
    os.fsync(file.fileno())
