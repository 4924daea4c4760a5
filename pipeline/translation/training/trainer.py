"""Trains a translation model: one flat loop that can be killed at any moment."""

import time
from collections.abc import Sequence
from pathlib import Path

from pipeline.encoders.folders import appearing_whole
from pipeline.progress import Progress, silent
from pipeline.training.telemetry import Stopwatch, Watch
from pipeline.translation.training.job import TranslationJob, TranslationLog
from pipeline.translation.training.run import Run


def train(
    job: TranslationJob,
    model_folder: Path,
    checkpoint: Path,
    progress: Progress = silent,
    *,
    watches: Sequence[Watch] = (),
) -> TranslationLog:
    """Train a model and save it as it translated development pairs best by chrF++.

    On one kind of CPU, with one number of threads, the model is a pure function of the job: a run
    killed at any moment and started again takes up its checkpoint and ends with the same weights
    and the same log. The start is judged too, so that a training that does harm changes nothing.

    Args:
        job: start model, pairs and parameters.
        model_folder: where the model appears, whole or not at all.
        checkpoint: file for the state in between; one of another job is ignored. That of the end
            stays, so that another call makes no step.
        progress: hears of every step.
        watches: hear of every step in detail.

    Raises:
        InputError: training diverges, or the model does not know one of the languages.
    """
    run = Run(job)
    run.resume(checkpoint)
    stopwatch = Stopwatch(time.perf_counter)
    saved_at = time.monotonic()
    while len(run.steps) < run.step_count or run.is_to_be_judged:
        done = len(run.steps)
        if run.is_to_be_judged:
            progress(done, run.step_count, "translating development pairs")
            score = run.judge()
            progress(done, run.step_count, f"judged, chrF++ {score.chrf2pp:.2f} on dev")
            run.save(checkpoint)
            saved_at = time.monotonic()
            stopwatch = Stopwatch(time.perf_counter)
            continue
        token_count = run.advance()
        step, done = run.steps[-1], done + 1
        measures = stopwatch.lap(step, run.step_count, token_count)
        for watch in watches:
            watch(measures)
        speed = f"{measures.tokens_per_second:,.0f} tokens/s"
        progress(done, run.step_count, f"training, loss {step.loss:.4f}, {speed}")
        is_due = time.monotonic() - saved_at >= job.checkpoint_seconds
        if is_due and done % job.checkpoint_steps == 0:
            run.save(checkpoint)
            saved_at = time.monotonic()
    with appearing_whole(model_folder) as unfinished:
        run.write_best(unfinished)
    return run.log()
