"""One adapter for each task, trained on a finished student and kept beside it.

A single set of weights that is trained for bitexts gets worse at similarity and the other way
round; adapters keep both (Huang et al. 2024, "Modular Sentence Encoders"). Torch is not imported.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.log import TrainingLog
from pipeline.distillation.training.process import train_in_process
from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.progress import Progress
from pipeline.student_kind import StudentKind
from pipeline.training.process import RunTrainer

ADAPTERS_FOLDER = "adapters"
"""Of a student: holds a folder per task, which `SentenceTransformer.load_adapter` reads."""

_CONFIG = "adapter_config.json"
_RANK = 8


def adapters_of(student: Path) -> list[str]:
    """Tasks for which a student has an adapter, sorted."""
    return sorted(path.parent.name for path in (student / ADAPTERS_FOLDER).glob(f"*/{_CONFIG}"))


def merge_task_adapter(student: Path, task: str, out: Path) -> None:
    """Write the student whose weights have one of its adapters inside.

    Args:
        student: its folder.
        task: whose adapter.
        out: appears whole or not at all; must not be there yet. Nobody needs peft to load it.

    Raises:
        InputError: the student has no such adapter, or `out` is there.
    """
    from pipeline.distillation.students.lora import merge_adapter  # noqa: PLC0415 - imports torch

    if task not in (known := adapters_of(student)):
        raise InputError(f"{student} has no adapter {task!r}, but {', '.join(known) or 'none'}")
    if out.exists():
        raise InputError(f"{out} is there already: name a new folder")
    with appearing_whole(out) as unfinished:
        merge_adapter(student, student / ADAPTERS_FOLDER / task, unfinished)


def train_adapters(
    job: TrainingJob,
    student: Path,
    kind: StudentKind,
    work_folder: Path,
    progress: Progress,
    run: RunTrainer,
) -> dict[str, TrainingLog]:
    """Train an adapter per task and put each into the student's `adapters` folder.

    An adapter learns the student's own lessons by its task's objective, and may move the pivots'
    order no further from the student's than `retention_floor` allows.

    Args:
        job: by which the student was trained.
        student: its folder; gains the adapters, and is the same model without them.
        kind: of the student: which adapters, by which objectives, and the share of the lessons that
            an epoch of theirs shows.
        work_folder: holds a training folder per task.
        progress: hears of every step.
        run: starts the trainer's process, see `train_in_process`.

    Raises: as `train_in_process`.
    """
    # of a run that was killed: every adapter's job is told apart by the student without any
    shutil.rmtree(student / ADAPTERS_FOLDER, ignore_errors=True)
    logs = {}
    shares = np.ones(len(job.source_texts)) if job.shares is None else job.shares
    for task, objective in kind.adapters.items():
        of_task = replace(
            job,
            start_folder=student,
            reference_folder=student,
            objective=objective,
            params=adapter_params(job.params),
            shares=kind.adapter_share * shares,
        )
        logs[str(task)] = train_in_process(of_task, work_folder / task, progress, run)
    for task in kind.adapters:
        adapter = work_folder / task / "student" / LORA_FOLDER
        shutil.copytree(adapter, student / ADAPTERS_FOLDER / task)
    return logs


def adapter_params(params: DistillationParams) -> DistillationParams:
    """Parameters of an adapter's training: its own learning rate, and a rank above zero."""
    rate, rank = params.lora_learning_rate, params.lora_rank or _RANK
    return params.model_copy(update={"learning_rate": rate, "lora_rank": rank})
