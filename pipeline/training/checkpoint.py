"""Where a killed training run takes up again: one file, replaced in one rename."""

import os
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint, its folder made if need be; a crash leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load_checkpoint(path: Path, job_fingerprint: str) -> dict[str, Any] | None:
    """Return the state saved for this very job, or None: nothing saved, or by another job.

    Only tensors and plain values are read; a file that holds anything else is refused by torch.
    """
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state if state["job_fingerprint"] == job_fingerprint else None
