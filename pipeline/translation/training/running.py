"""What the trainer's process does, whoever it reports to; torch is imported only there."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.progress import Progress
from pipeline.training.folder import write_log
from pipeline.training.process import watched
from pipeline.training.telemetry import Watch
from pipeline.translation.training.job import TranslationFolder, read_job


def run_job(folder: Path, progress: Progress, tracking: Path | None = None) -> int:
    """Train the job in a folder, and leave `model/`, `telemetry.jsonl` and `log.json` there.

    Args:
        folder: what `write_job` wrote; a checkpoint of the same job is taken up.
        progress: hears of every step.
        tracking: for TensorBoard's or W&B's files; `tracking/` of the folder if None.

    Returns:
        The exit code, see `watched`.
    """
    files = TranslationFolder(folder)

    def work(watches: Sequence[Watch]) -> None:
        job = read_job(files)
        from pipeline.translation.training.trainer import train  # noqa: PLC0415 - imports torch

        log = train(job, files.model, files.checkpoint, progress, watches=watches)
        write_log(log, files.log)

    return watched(files, tracking or files.tracking, work)
