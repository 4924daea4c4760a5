"""Starts the trainer in a process of its own and listens to it; torch stays out of this one.

A crash, a lack of memory or a leak of the trainer then ends the trainer alone.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.distillation.job import (
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
_LAST_LINES = 12


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
    with (
        files.errors.open("wb") as errors,
        subprocess.Popen(
            [*_COMMAND, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            _relay(process.stdout or (), progress)
        except BaseException:
            process.kill()  # the listener failed or was interrupted: nobody waits any more
            raise
    if process.returncode:
        raise _as_error(process.returncode, files)
    return read_log(files.log)


def _relay(lines: Iterable[str], progress: Progress) -> None:
    for line in lines:
        said = json.loads(line)
        progress(said["done"], said["total"], said["message"])


def _as_error(exit_code: int, files: JobFolder) -> InputError | SourceUnavailable:
    text = files.errors.read_text(encoding="utf-8", errors="replace").strip()
    last_lines = "\n".join(text.splitlines()[-_LAST_LINES:])
    if exit_code == INPUT_ERROR_EXIT_CODE:
        return InputError(last_lines)
    if exit_code < 0:
        return SourceUnavailable(
            f"the trainer was killed by signal {-exit_code} (memory?); another try resumes from "
            f"its checkpoint in {files.folder}\n{last_lines}"
        )
    return InputError(f"the trainer failed; its last words in {files.errors}:\n{last_lines}")
