"""Starts the trainer in a process of its own and listens to it; torch stays out of this one.

A crash, a lack of memory or a leak of the trainer then ends the trainer alone.
"""

import sys
from pathlib import Path

from pipeline.child_process import last_words, run_child
from pipeline.distillation.training.job import (
    INPUT_ERROR_EXIT_CODE,
    JobFolder,
    TrainingJob,
    TrainingLog,
    read_log,
    write_job,
)
from pipeline.errors import InputError, SourceUnavailable
from pipeline.progress import Progress, silent

_COMMAND = (sys.executable, "-m", "pipeline.distillation")


def train_in_process(job: TrainingJob, folder: Path, progress: Progress = silent) -> TrainingLog:
    """Train in a child process, which dies with this one.

    Args:
        job: what to train.
        folder: made if need be; afterwards `folder/student` is the model. If an earlier run of the
            same job was killed, its checkpoint here is taken up.
        progress: hears of every step.

    Raises:
        InputError: the job cannot be trained, or the trainer failed in a way it would again.
        SourceUnavailable: the trainer was killed, as by the system when memory runs out; another
            try resumes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = JobFolder(folder)
    write_job(job, files)
    exit_code = run_child([*_COMMAND, str(folder)], files.errors, progress)
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
