"""Training as the UI shows it while it runs: a process heard through Pipes, its curves so far."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from assets.pipes import python_program
from assets.previews import live_training_preview
from assets.stage_asset import Stage
from pipeline import settings
from pipeline.progress import Progress
from pipeline.training.folder import TrainingFolder
from pipeline.training.process import RunTrainer, by_torchrun
from pipeline.training.telemetry import read_telemetry

PROGRAM = Path(__file__).with_name("trainer.py")
OBSERVATION_INTERVAL_SECONDS = 15.0
OBSERVATION_COUNT = 40  # at most, besides the last: each has plots, which the event log keeps


def piped_trainer(stage: Stage, group: str = "distillation") -> RunTrainer:
    """A trainer that speaks Dagster Pipes to the run and shows what it does as observations.

    TensorBoard's or W&B's files, where they are asked for, outlive the work folder.

    Args:
        stage: of the asset that trains.
        group: whose trainer it is: distillation, or translation, which trains in one process.
    """

    def run(files: TrainingFolder, progress: Progress) -> int:
        tracking = stage.tracking_folder / files.folder.relative_to(stage.work_folder)
        if settings.training_tracker():
            stage.observe({"tracking": dg.MetadataValue.path(tracking)})
        watched = observed(files, progress, stage.observe)
        program = python_program(PROGRAM, group, files.folder, tracking)
        command = by_torchrun(program) if group == "distillation" else program
        return stage.run_piped(command, files.errors, watched)

    return run


def observed(
    files: TrainingFolder,
    progress: Progress,
    observe: Callable[[dict[str, Any]], None],
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Progress that now and then also shows the losses and the throughput so far.

    Args:
        files: of the training; its telemetry is read.
        progress: hears everything.
        observe: takes what `live_training_preview` makes.
        clock: seconds from any origin.
    """
    last_time, last_done = float("-inf"), float("-inf")

    def report(done: int, total: int, message: str) -> None:
        nonlocal last_time, last_done
        progress(done, total, message)
        is_time = clock() - last_time >= OBSERVATION_INTERVAL_SECONDS
        is_further = (done - last_done) * OBSERVATION_COUNT >= total
        if done == last_done or not (done >= total or (is_time and is_further)):
            return
        measures = read_telemetry(files.telemetry)
        if measures:
            last_time, last_done = clock(), done
            observe(live_training_preview(measures))

    return report
