"""Trains the student: one flat loop that can be killed at any moment.

What a step sees is told in `schedule`, what its loss is made of in `objectives`, how its gradient
comes about in `step_gradient`. At the end the student is moved back towards its start as far as
retention asks, see `settling`.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.distillation.students.student import Student
from pipeline.distillation.training.batch_encoding import BatchEncoder, Engine
from pipeline.distillation.training.flat_texts import tokenised
from pipeline.distillation.training.interpolation import Trial
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import write_projection
from pipeline.distillation.training.log import TrainingLog
from pipeline.distillation.training.peers import Peers
from pipeline.distillation.training.run import Run
from pipeline.distillation.training.settling import settle
from pipeline.encoders.folders import appearing_whole
from pipeline.progress import Progress, silent
from pipeline.training.telemetry import Stopwatch, Watch


def train(
    job: TrainingJob,
    student_folder: Path,
    checkpoint: Path,
    progress: Progress = silent,
    *,
    watches: Sequence[Watch] = (),
    engine: Engine | None = None,
) -> TrainingLog:
    """Train a student and save it.

    On one kind of hardware, with one number of threads, the student is a pure function of the job:
    a run killed at any moment and started again takes up its checkpoint and ends with the same
    weights and the same log. Started by torchrun, its processes share each step; the first of them
    speaks and writes for all.

    Args:
        job: start model, pairs, targets and parameters.
        student_folder: where the student appears, whole or not at all. Where the teacher has
            another dimension, what lies between their spaces is written beside it.
        checkpoint: file for the state in between; one of another job is ignored. That of the end
            stays, so that another call makes no step.
        progress: hears of every step.
        watches: hear of every step in detail.
        engine: what makes it fast; what suits the device if None.

    Raises:
        InputError: a step does not fit into memory however it is cut, training diverges, or the
            space collapses.
    """
    peers = Peers.found()
    run = Run(job, peers, engine)
    run.resume(checkpoint)
    _make_steps(run, checkpoint, progress if peers.is_first else silent, watches)
    trials: tuple[Trial, ...] = ()
    if peers.is_first:
        progress(run.step_count, run.step_count, "weighing the student against its start")
        trials = _settle(run, job)
        with appearing_whole(student_folder) as unfinished:
            run.student.save(unfinished)
        write_projection(run.projection, student_folder.parent)
    return run.log(trials)


def _make_steps(run: Run, checkpoint: Path, progress: Progress, watches: Sequence[Watch]) -> None:
    stopwatch = Stopwatch(time.perf_counter)
    saved_at = time.monotonic()
    while len(run.steps) < run.step_count:
        token_count = run.advance()
        if not run.peers.is_first:
            continue
        step, done = run.steps[-1], len(run.steps)
        measures = stopwatch.lap(step, run.step_count, token_count)
        for watch in watches:
            watch(measures)
        speed = f"{measures.tokens_per_second:,.0f} tokens/s"
        progress(done, run.step_count, f"training, loss {step.loss:.4f}, {speed}")
        is_due = time.monotonic() - saved_at >= run.job.checkpoint_seconds
        is_last = done == run.step_count
        if is_last or (is_due and done % run.job.checkpoint_steps == 0):
            run.save(checkpoint)
            saved_at = time.monotonic()


def _settle(run: Run, job: TrainingJob) -> tuple[Trial, ...]:
    """Move the student back towards its start until it keeps the pivots' order; the trials."""
    if not job.retained_texts:
        return (Trial(1.0, 1.0),)

    def encode(student: Student, encoder: BatchEncoder) -> list[np.ndarray]:
        return [
            encoder.encode(tokenised(texts, lambda some: student.tokenise(some, max_tokens)))
            for texts in job.retained_texts
        ]

    max_tokens = job.params.max_tokens
    reference = Student(job.reference_folder or job.start_folder)
    before = encode(reference, BatchEncoder(reference.model, run.engine))
    floor = job.params.retention_floor
    return settle(run.trained, run.start, lambda: encode(run.student, run.encoder), before, floor)
