"""Starts the trainer in a process of its own and listens to it; torch stays out of this one."""

import sys
from pathlib import Path

from pipeline.child_process import run_child
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import JobFolder, write_job
from pipeline.distillation.training.log import TrainingLog, read_log
from pipeline.progress import Progress, silent
from pipeline.training.folder import TrainingFolder
from pipeline.training.process import RunTrainer, by_torchrun, run_to_end

_COMMAND = (sys.executable, "-m", "pipeline.distillation")


def run_trainer(files: TrainingFolder, progress: Progress) -> int:
    """Run the trainer that reports to whoever started it, see `python -m pipeline.distillation`."""
    return run_child(by_torchrun([*_COMMAND, str(files.folder)]), files.errors, progress)


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
    run_to_end(run, files, progress)
    return read_log(files.log)
