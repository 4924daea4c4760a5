"""One adapter for each task, trained on a finished student and kept beside it.

A single set of weights that is trained for bitexts gets worse at similarity and the other way
round; adapters keep both (Huang et al. 2024, "Modular Sentence Encoders"). Torch is not imported.
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.log import TrainingLog
from pipeline.distillation.training.process import train_in_process
from pipeline.parameters import DistillationParams, Objective
from pipeline.progress import Progress
from pipeline.student_kind import AdapterTask
from pipeline.training.process import RunTrainer

ADAPTERS_FOLDER = "adapters"
"""Of a student: holds a folder per task, which `SentenceTransformer.load_adapter` reads."""

_RANK = 8


def train_adapters(
    job: TrainingJob,
    student: Path,
    tasks: Mapping[AdapterTask, Objective],
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
        tasks: the objective of each.
        work_folder: holds a training folder per task.
        progress: hears of every step.
        run: starts the trainer's process, see `train_in_process`.

    Raises: as `train_in_process`.
    """
    logs = {}
    for task, objective in tasks.items():
        of_task = replace(
            job,
            start_folder=student,
            reference_folder=student,
            objective=objective,
            params=adapter_params(job.params),
        )
        folder = work_folder / task
        logs[str(task)] = train_in_process(of_task, folder, progress, run)
        adapter = folder / "student" / LORA_FOLDER
        shutil.copytree(adapter, student / ADAPTERS_FOLDER / task, dirs_exist_ok=True)
    return logs


def adapter_params(params: DistillationParams) -> DistillationParams:
    """Parameters of an adapter's training: its own learning rate, and a rank above zero."""
    rate, rank = params.lora_learning_rate, params.lora_rank or _RANK
    return params.model_copy(update={"learning_rate": rate, "lora_rank": rank})
