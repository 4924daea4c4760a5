"""A training job as a folder, by which two processes talk; torch is not imported."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from pipeline.distillation.training.job import JOB_ARRAYS, TrainingJob
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.training.folder import TrainingFolder

_PROJECTION_NAME = "projection.npy"


@dataclass(frozen=True)
class JobFolder(TrainingFolder):
    """The files by which the two processes of a student's training talk."""

    @property
    def teacher(self) -> Path:
        """The teacher's vectors."""
        return self.folder / "teacher.npy"

    def array(self, name: str) -> Path:
        """Another array of the job, by the name of its field."""
        return self.folder / f"{name}.npy"

    @property
    def student(self) -> Path:
        """The model that came out."""
        return self.folder / "student"


def write_projection(projection: np.ndarray | None, folder: Path) -> None:
    """Keep what a training in `folder` used between two spaces, for trainings after it."""
    file = folder / _PROJECTION_NAME
    file.unlink(missing_ok=True)
    if projection is not None:
        np.save(file, projection)


def read_projection(folder: Path) -> np.ndarray | None:
    """Read what `write_projection` kept; None where teacher and student have one dimension."""
    file = folder / _PROJECTION_NAME
    return np.load(file, allow_pickle=False) if file.is_file() else None


def write_job(job: TrainingJob, files: JobFolder) -> None:
    """Write a job's inputs into an existing folder."""
    content = {
        "start_folder": str(job.start_folder),
        "params": job.params.model_dump(),
        "reference_folder": str(job.reference_folder or job.start_folder),
        "retained_texts": [list(texts) for texts in job.retained_texts],
        "objective": job.objective,
        "checkpoint_steps": job.checkpoint_steps,
        "checkpoint_seconds": job.checkpoint_seconds,
        "negative_texts": list(job.negative_texts),
        "neighbour_texts": list(job.neighbour_texts),
    }
    files.parameters.write_text(json.dumps(content, indent=1), encoding="utf-8")
    pairs = {"source_text": list(job.source_texts), "target_text": list(job.target_texts)}
    parquet.write_table(pa.table(pairs), files.pairs)
    np.save(files.teacher, job.teacher_vectors)
    for name in JOB_ARRAYS:
        files.array(name).unlink(missing_ok=True)
        if (array := getattr(job, name)) is not None:
            np.save(files.array(name), array)


def read_job(files: JobFolder) -> TrainingJob:
    """Read what `write_job` wrote; arrays stay on disk, mapped into memory.

    Raises:
        InputError: a file is missing or damaged.
    """
    try:
        content: dict[str, Any] = json.loads(files.parameters.read_text(encoding="utf-8"))
        pairs = parquet.read_table(files.pairs)
        mapped: dict[str, Any] = {
            name: _map(files.array(name)) for name in JOB_ARRAYS if files.array(name).is_file()
        }
        folders: dict[str, Any] = {
            name: Path(content.pop(name)) for name in ("start_folder", "reference_folder")
        }
        return TrainingJob(
            source_texts=pairs["source_text"].to_pylist(),
            target_texts=pairs["target_text"].to_pylist(),
            teacher_vectors=_map(files.teacher),
            params=DistillationParams(**content.pop("params")),
            **folders,
            **mapped,
            **content,
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise InputError(f"{files.folder} holds no training job: {error}") from error


def _map(path: Path) -> np.ndarray:
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
