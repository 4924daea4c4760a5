"""Trainers as a program that speaks Dagster Pipes.

`python assets/trainer.py STAGE JOB_FOLDER TRACKING_FOLDER`, started by a run, see `assets.pipes`,
by its path: the package around it would load Dagster and the whole graph. All but who is told, and
where curves are kept, is `python -m pipeline.STAGE`.
"""

import sys
import time
from pathlib import Path

from dagster_pipes import PipesCliArgsParamsLoader, PipesContext, open_dagster_pipes

from pipeline import settings
from pipeline.child_process import end_with_parent
from pipeline.distillation.training import running as student
from pipeline.progress import Progress, silent
from pipeline.translation.training import running as translator

MESSAGE_INTERVAL_SECONDS = 1.0
RUN_JOBS = {"distillation": student.run_job, "translation": translator.run_job}


def piped_progress(pipes: PipesContext) -> Progress:
    """Progress as Pipes messages, at most one a second besides the last."""
    last = float("-inf")

    def report(done: int, total: int, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if done >= total or now - last >= MESSAGE_INTERVAL_SECONDS:
            last = now
            pipes.report_custom_message({"done": done, "total": total, "message": message})

    return report


def main(stage: str, folder: Path, tracking: Path) -> int:
    """Train a stage's job in a folder and tell the run that waits for it; returns the exit code."""
    end_with_parent()
    run_job = RUN_JOBS[stage]
    if settings.process_rank():
        return run_job(folder, silent, tracking)  # of several processes the first speaks for all
    loader = PipesCliArgsParamsLoader()  # type: ignore[no-untyped-call] # it states no types
    with open_dagster_pipes(params_loader=loader) as pipes:
        return run_job(folder, piped_progress(pipes), tracking)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
