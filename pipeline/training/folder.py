"""The folder by which a trainer's process and the one that started it talk; no torch here."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CHECKPOINT_NAME = "checkpoint.pt"


@dataclass(frozen=True)
class TrainingFolder:
    """Files that every training has.

    Attributes:
        folder: holds all of them.
    """

    folder: Path

    @property
    def parameters(self) -> Path:
        """Start model and parameters."""
        return self.folder / "job.json"

    @property
    def pairs(self) -> Path:
        """Texts of both sides."""
        return self.folder / "pairs.parquet"

    @property
    def checkpoint(self) -> Path:
        """How far a run is."""
        return self.folder / CHECKPOINT_NAME

    @property
    def log(self) -> Path:
        """What happened, once it has."""
        return self.folder / "log.json"

    @property
    def telemetry(self) -> Path:
        """Loss and throughput of every step as JSON lines, while it runs; see `telemetry`."""
        return self.folder / "telemetry.jsonl"

    @property
    def tracking(self) -> Path:
        """Files of TensorBoard or W&B, unless they are to be elsewhere; see `tracking`."""
        return self.folder / "tracking"

    @property
    def errors(self) -> Path:
        """What the trainer wrote to its standard error."""
        return self.folder / "errors.txt"

    @property
    def failure(self) -> Path:
        """Why the first of its processes to fail did so; the others' errors follow from it."""
        return self.folder / "failure.txt"


def write_log(log: "DataclassInstance", path: Path) -> None:
    """Write what happened in a training as JSON, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(asdict(log), indent=1), encoding="utf-8")
    unfinished.replace(path)
