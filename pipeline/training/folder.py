"""The folder by which a trainer's process and the one that started it talk; no torch here."""

from dataclasses import dataclass
from pathlib import Path

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
        """Files of TensorBoard or W&B, where one of them is asked for; see `tracking`."""
        return self.folder / "tracking"

    @property
    def errors(self) -> Path:
        """What the trainer wrote to its standard error."""
        return self.folder / "errors.txt"
