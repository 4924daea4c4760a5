"""Starts the trainer in a process of its own and listens to it; torch stays out of this one."""

import sys
from pathlib import Path

from pipeline.child_process import run_child
from pipeline.progress import Progress, silent
from pipeline.training.folder import TrainingFolder
from pipeline.training.process import RunTrainer, run_to_end
from pipeline.translation.training.job import (
    TranslationFolder,
    TranslationJob,
    TranslationLog,
    read_log,
    write_job,
)


def run_trainer(files: TrainingFolder, progress: Progress) -> int:
    """Run the trainer that reports to whoever started it, see `python -m pipeline.translation`."""
    command = [sys.executable, "-m", "pipeline.translation", str(files.folder)]
    return run_child(command, files.errors, progress)


def train_in_process(
    job: TranslationJob, folder: Path, progress: Progress = silent, run: RunTrainer = run_trainer
) -> TranslationLog:
    """Train in a child process, which dies with this one.

    Args:
        job: what to train.
        folder: made if need be; afterwards `folder/model` is the model. If an earlier run of the
            same job was killed, its checkpoint here is taken up.
        progress: hears of every step.
        run: starts the process; such as one that reports elsewhere as well.

    Raises: as `pipeline.training.process.run_to_end`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = TranslationFolder(folder)
    write_job(job, files)
    run_to_end(run, files, progress)
    return read_log(files.log)
