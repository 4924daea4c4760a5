"""Starts the trainer in a process of its own and listens to it; torch stays out of this one.

A crash, a lack of memory or a leak of the trainer then ends the trainer alone.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from pipeline import settings
from pipeline.child_process import last_words, run_child
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import (
    INPUT_ERROR_EXIT_CODE,
    JobFolder,
    write_job,
)
from pipeline.distillation.training.log import TrainingLog, read_log
from pipeline.errors import InputError, SourceUnavailable
from pipeline.progress import Progress, silent

RunTrainer: TypeAlias = Callable[[JobFolder, Progress], int]
"""Runs a trainer over a job folder in a process of its own to its end; returns the exit code."""

_COMMAND = (sys.executable, "-m", "pipeline.distillation")
_TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone")


def run_trainer(files: JobFolder, progress: Progress) -> int:
    """Run the trainer that reports to whoever started it, see `python -m pipeline.distillation`."""
    return run_child(by_torchrun([*_COMMAND, str(files.folder)]), files.errors, progress)


def by_torchrun(command: Sequence[str]) -> list[str]:
    """A trainer's command, in as many processes as `settings.training_processes` wants."""
    count = settings.training_processes()
    if count == 1:
        return list(command)
    return [*_TORCHRUN, f"--nproc-per-node={count}", "--no-python", *command]


def train_in_process(
    job: TrainingJob, folder: Path, progress: Progress = silent, run: RunTrainer = run_trainer
) -> TrainingLog:
    """Train in a child process, which dies with this one.

    Args:
        job: what to train.
        folder: made if need be; afterwards `folder/student` is the model. If an earlier run of the
            same job was killed, its checkpoint here is taken up.
        progress: hears of every step.
        run: starts the process; such as one that reports elsewhere as well.

    Raises:
        InputError: the job cannot be trained, or the trainer failed in a way it would again.
        SourceUnavailable: the trainer was killed, as by the system when memory runs out; another
            try resumes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = JobFolder(folder)
    write_job(job, files)
    exit_code = run(files, progress)
    if exit_code:
        raise _as_error(exit_code, files)
    return read_log(files.log)


def _as_error(exit_code: int, files: JobFolder) -> InputError | SourceUnavailable:
    last_lines = last_words(files.errors)
    if exit_code == INPUT_ERROR_EXIT_CODE:
        return InputError(last_lines)
    if exit_code < 0:
        return SourceUnavailable(
            f"the trainer was killed by signal {-exit_code} (memory?); another try resumes from "
            f"its checkpoint in {files.folder}\n{last_lines}"
        )
    return InputError(f"the trainer failed; its last words in {files.errors}:\n{last_lines}")
