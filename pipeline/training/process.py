"""Trainers in processes of their own: how they are started, what they say, how they end.

A crash, a lack of memory or a leak of the trainer then ends the trainer alone. Torch stays out of
whoever starts one.
"""

import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from pipeline import settings
from pipeline.child_process import last_words
from pipeline.errors import InputError, SourceUnavailable
from pipeline.progress import Progress
from pipeline.training.folder import TrainingFolder
from pipeline.training.telemetry import Watch, written_to
from pipeline.training.tracking import tracked_by

RunTrainer: TypeAlias = Callable[[TrainingFolder, Progress], int]
"""Runs a trainer over a job folder in a process of its own to its end; returns the exit code."""

INPUT_ERROR_EXIT_CODE = 2
"""How the trainer's process says that its job can never be done."""

_TORCHRUN = (sys.executable, "-m", "pipeline.training.torchrun")


def by_torchrun(command: Sequence[str]) -> list[str]:
    """A trainer's command, in as many processes as `settings.training_processes` wants."""
    count = settings.training_processes()
    if count == 1:
        return list(command)
    return [*_TORCHRUN, str(count), *command]


def watched(files: TrainingFolder, tracking: Path, work: Callable[[Sequence[Watch]], None]) -> int:
    """In the trainer's process: do the work, watched as the settings want it.

    Args:
        files: of the job; telemetry is written there.
        tracking: folder of TensorBoard's or W&B's files.
        work: is given the watches.

    Returns:
        The exit code: `INPUT_ERROR_EXIT_CODE`, with one sentence on standard error, for an input
        that can never be trained on. Of several processes the first to fail says why in `failure`.
    """
    try:
        watches = [written_to(files.telemetry)]
        if tracker := settings.training_tracker():
            watches.append(tracked_by(tracker, tracking))
        work(watches)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        _tell_first(files, str(error))
        return INPUT_ERROR_EXIT_CODE
    except Exception:
        _tell_first(files, traceback.format_exc())
        raise
    return 0


def run_to_end(run: RunTrainer, files: TrainingFolder, progress: Progress) -> None:
    """Run a trainer, and tell how it ended unless it ended well.

    Raises:
        InputError: the job cannot be trained, or the trainer failed in a way it would again.
        SourceUnavailable: the trainer was killed, as by the system when memory runs out; another
            try resumes.
    """
    files.failure.unlink(missing_ok=True)  # of an earlier try
    exit_code = run(files, progress)
    if not exit_code:
        return
    words = last_words(files.failure if files.failure.is_file() else files.errors)
    if exit_code == INPUT_ERROR_EXIT_CODE:
        raise InputError(words)
    if exit_code < 0:
        raise SourceUnavailable(
            f"the trainer was killed by signal {-exit_code} (memory?); another try resumes from "
            f"its checkpoint in {files.folder}\n{words}"
        )
    raise InputError(f"the trainer failed; its last words in {files.errors}:\n{words}")


def _tell_first(files: TrainingFolder, words: str) -> None:
    with suppress(FileExistsError), files.failure.open("x", encoding="utf-8") as file:
        file.write(words)
