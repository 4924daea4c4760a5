"""What the trainer's process does, whoever it reports to; torch is imported only there."""

import sys
from pathlib import Path

from pipeline import settings
from pipeline.distillation.training.job_files import INPUT_ERROR_EXIT_CODE, JobFolder, read_job
from pipeline.distillation.training.log import write_log
from pipeline.distillation.training.telemetry import written_to
from pipeline.distillation.training.tracking import tracked_by
from pipeline.errors import InputError
from pipeline.progress import Progress


def run_job(folder: Path, progress: Progress) -> int:
    """Train the job in a folder, and leave `student/`, `telemetry.jsonl` and `log.json` there.

    Args:
        folder: what `write_job` wrote; a checkpoint of the same job is taken up.
        progress: hears of every step.

    Returns:
        The exit code: `INPUT_ERROR_EXIT_CODE`, with one sentence on standard error, for an input
        that can never be trained on.
    """
    files = JobFolder(folder)
    try:
        job = read_job(files)
        from pipeline.distillation.training.trainer import train  # noqa: PLC0415 - imports torch

        watches = [written_to(files.telemetry)]
        if tracker := settings.training_tracker():
            watches.append(tracked_by(tracker, files.tracking))
        log = train(job, files.student, files.checkpoint, progress, watches=watches)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return INPUT_ERROR_EXIT_CODE
    if log.trials:
        write_log(log, files.log)  # of several processes the first has tried what to keep
    return 0
