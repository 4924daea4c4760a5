"""The trainer as a program that speaks Dagster Pipes: `python assets/trainer.py JOB_FOLDER`.

Started by a run, see `assets.pipes`, by its path: the package around it would load Dagster and the
whole graph. All but who is told is `python -m pipeline.distillation`.
"""

import sys
import time
from pathlib import Path

from dagster_pipes import PipesCliArgsParamsLoader, PipesContext, open_dagster_pipes

from pipeline import settings
from pipeline.child_process import end_with_parent
from pipeline.distillation.training.running import run_job
from pipeline.progress import Progress, silent

MESSAGE_INTERVAL_SECONDS = 1.0


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


def main(folder: Path) -> int:
    """Train the job in a folder and tell the run that waits for it; returns the exit code."""
    end_with_parent()
    if settings.process_rank():
        return run_job(folder, silent)  # of several processes the first speaks for all
    loader = PipesCliArgsParamsLoader()  # type: ignore[no-untyped-call] # it states no types
    with open_dagster_pipes(params_loader=loader) as pipes:
        return run_job(folder, piped_progress(pipes))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
