"""A training job as a folder, and the log that it leaves; torch is not imported."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from pipeline.distillation.training.interpolation import Trial
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams, Objective

INPUT_ERROR_EXIT_CODE = 2
"""How the trainer's process says that its job can never be done."""


@dataclass(frozen=True)
class JobFolder:
    """The files by which the two processes of a training talk.

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
    def teacher(self) -> Path:
        """The teacher's vectors."""
        return self.folder / "teacher.npy"

    @property
    def checkpoint(self) -> Path:
        """How far a run is; gone at its end."""
        return self.folder / "checkpoint.pt"

    @property
    def student(self) -> Path:
        """The model that came out."""
        return self.folder / "student"

    @property
    def log(self) -> Path:
        """The `TrainingLog`."""
        return self.folder / "log.json"

    @property
    def errors(self) -> Path:
        """What the trainer wrote to its standard error."""
        return self.folder / "errors.txt"


@dataclass(frozen=True)
class TrainingJob:
    """Everything that decides the student, and how often to save.

    Attributes:
        start_folder: the model that becomes the student.
        source_texts: n texts of the focus language.
        target_texts: their n counterparts in pivot languages, any mixture.
        teacher_vectors: (n, d) float32 unit rows, the teacher's vectors of `target_texts`.
        params: how to train.
        reference_folder: the model whose order of the retained texts must be kept: the start model
            before its vocabulary was pruned. None for the start model as it is.
        retained_texts: groups of texts, such as one per pivot language; none is trained on.
        objective: what teaches the focus language.
        checkpoint_steps: after how many steps the state is kept; the student is the same for any.

    Raises:
        InputError: the three do not have the same length, or there are fewer than two pairs.
    """

    start_folder: Path
    source_texts: Sequence[str]
    target_texts: Sequence[str]
    teacher_vectors: np.ndarray
    params: DistillationParams
    reference_folder: Path | None = None
    retained_texts: Sequence[Sequence[str]] = ()
    objective: Objective = "mse+mnr"
    checkpoint_steps: int = 50

    def __post_init__(self) -> None:
        counts = (len(self.source_texts), len(self.target_texts), len(self.teacher_vectors))
        if len(set(counts)) != 1:
            raise InputError(f"{counts} sources, targets and teacher vectors: not one of each")
        if counts[0] < 2:  # noqa: PLR2004 - ranking compares pairs
            raise InputError(f"{counts[0]} training pairs; at least 2 are needed")


@dataclass(frozen=True)
class TrainingStep:
    """One optimiser step.

    Attributes:
        step: 0-based.
        loss: what was minimised: of the next three, those that the objective has, weighed.
        distance: squared distance of the focus side to the teacher.
        ranking: ranking loss of the focus side against the teacher's vectors.
        retention: squared distance of the pivot side to the teacher.
        mean_cosine: of different rows of the batch; near 1 the space has collapsed.
        learning_rate: used.
        is_skipped: the gradient was not finite, so nothing was learnt.
    """

    step: int
    loss: float
    distance: float
    ranking: float
    retention: float
    mean_cosine: float
    learning_rate: float
    is_skipped: bool


@dataclass(frozen=True)
class TrainingLog:
    """What happened; free of times, so that a resumed run leaves the same log."""

    pair_count: int
    token_count: int  # of both sides of all pairs, after truncation
    trained_parameter_count: int
    steps: tuple[TrainingStep, ...]
    trials: tuple[Trial, ...] = ()  # of `interpolation`; the last is the student

    @property
    def skipped_step_count(self) -> int:
        """Steps whose gradient was not finite."""
        return sum(step.is_skipped for step in self.steps)


def write_job(job: TrainingJob, files: JobFolder) -> None:
    """Write a job's inputs into an existing folder."""
    content = {
        "start_folder": str(job.start_folder),
        "params": job.params.model_dump(),
        "reference_folder": str(job.reference_folder or job.start_folder),
        "retained_texts": [list(texts) for texts in job.retained_texts],
        "objective": job.objective,
        "checkpoint_steps": job.checkpoint_steps,
    }
    files.parameters.write_text(json.dumps(content, indent=1), encoding="utf-8")
    pairs = {"source_text": list(job.source_texts), "target_text": list(job.target_texts)}
    parquet.write_table(pa.table(pairs), files.pairs)
    np.save(files.teacher, job.teacher_vectors)


def read_job(files: JobFolder) -> TrainingJob:
    """Read what `write_job` wrote.

    Raises:
        InputError: a file is missing or damaged.
    """
    try:
        content = json.loads(files.parameters.read_text(encoding="utf-8"))
        pairs = parquet.read_table(files.pairs)
        return TrainingJob(
            Path(content["start_folder"]),
            pairs["source_text"].to_pylist(),
            pairs["target_text"].to_pylist(),
            np.load(files.teacher, allow_pickle=False),
            DistillationParams(**content["params"]),
            Path(content["reference_folder"]),
            content["retained_texts"],
            content["objective"],
            content["checkpoint_steps"],
        )
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise InputError(f"{files.folder} holds no training job: {error}") from error


def write_log(log: TrainingLog, path: Path) -> None:
    """Write a log as JSON."""
    path.write_text(json.dumps(asdict(log), indent=1), encoding="utf-8")


def read_log(path: Path) -> TrainingLog:
    """Read what `write_log` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    steps = tuple(TrainingStep(**step) for step in content.pop("steps"))
    trials = tuple(Trial(**trial) for trial in content.pop("trials"))
    return TrainingLog(**content, steps=steps, trials=trials)
