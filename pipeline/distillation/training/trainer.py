"""Trains the student: one flat loop that can be killed at any moment.

What a step's loss is made of is told in `objectives`. At the end the student is moved back towards
its start as far as retention asks, see `interpolation`.
"""

import hashlib
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from pipeline.distillation.objectives import terms as objectives
from pipeline.distillation.students.student import Student
from pipeline.distillation.training.checkpoint import load_checkpoint, save_checkpoint
from pipeline.distillation.training.interpolation import Trial, furthest, least_kept
from pipeline.distillation.training.job import TrainingJob, TrainingLog, TrainingStep
from pipeline.distillation.training.schedule import learning_rate, plan_steps
from pipeline.encoders.folders import appearing_whole, hash_model_folder
from pipeline.errors import InputError
from pipeline.progress import Progress, silent

_MAX_SKIPPED_IN_A_ROW = 5
_MAX_GRADIENT_NORM = 1.0


def train(
    job: TrainingJob, student_folder: Path, checkpoint: Path, progress: Progress = silent
) -> TrainingLog:
    """Train a student and save it.

    On one kind of hardware the student is a pure function of the job: a run killed at any moment
    and started again takes up its checkpoint and ends with the same weights and the same log.

    Args:
        job: start model, pairs, targets and parameters.
        student_folder: where the student appears, whole or not at all.
        checkpoint: file for the state in between; one of another job is ignored.
        progress: hears of every step.

    Raises:
        InputError: teacher and student differ in dimension, or training diverges.
    """
    run = _Run(job, checkpoint)
    run.resume()
    while len(run.steps) < run.step_count:
        run.advance()
        progress(len(run.steps), run.step_count, f"training, loss {run.steps[-1].loss:.4f}")
        if len(run.steps) % job.checkpoint_steps == 0:
            run.save_checkpoint()
    progress(run.step_count, run.step_count, "weighing the student against its start")
    trials = run.settle()
    with appearing_whole(student_folder) as unfinished:
        run.student.save(unfinished)
    checkpoint.unlink(missing_ok=True)
    return run.log(trials)


class _Run:
    """One training run: what does not change, then model, optimiser and the steps so far."""

    def __init__(self, job: TrainingJob, checkpoint: Path) -> None:
        params = job.params
        self._params = params
        self._job = job
        self._checkpoint = checkpoint
        self._job_fingerprint = _fingerprint(job)
        self.student = Student(
            job.start_folder, is_word_embedding_frozen=params.is_word_embedding_frozen
        )
        if self.student.dimension != job.teacher_vectors.shape[1]:
            raise InputError(
                f"the student gives {self.student.dimension} numbers, the teacher "
                f"{job.teacher_vectors.shape[1]}: choose models of one dimension"
            )
        self._teacher = job.teacher_vectors
        self._sources = self.student.tokenise(job.source_texts, params.max_tokens)
        self._targets = self.student.tokenise(job.target_texts, params.max_tokens)
        self._lengths = np.array([[len(ids) for ids in side] for side in self._sides])
        self._plan = plan_steps(
            self._lengths.max(axis=0), params.epochs, params.batch_pairs, params.seed
        )
        self._trained = self.student.trained_parameters
        self._start = {name: tensor.detach().clone() for name, tensor in self._trained.items()}
        self._optimizer = torch.optim.AdamW(self._trained.values())
        self.steps: list[TrainingStep] = []

    @property
    def _sides(self) -> tuple[list[list[int]], list[list[int]]]:
        return self._sources, self._targets

    @property
    def step_count(self) -> int:
        """Steps of the whole run."""
        return len(self._plan)

    def advance(self) -> None:
        """Make the next step."""
        params, number = self._params, len(self.steps)
        rate = learning_rate(number, self.step_count, params.learning_rate, params.warmup_fraction)
        parts = self._losses(self._plan[number])
        loss = objectives.weighed(parts, self._job.objective, params)
        is_skipped = not self._descend(loss, rate)
        values = {name: float(part.detach()) for name, part in parts.items()}
        self.steps.append(
            TrainingStep(
                step=number,
                loss=float(loss.detach()),
                learning_rate=rate,
                is_skipped=is_skipped,
                **values,
            )
        )
        latest = [step.is_skipped for step in self.steps[-_MAX_SKIPPED_IN_A_ROW:]]
        if len(latest) == _MAX_SKIPPED_IN_A_ROW and all(latest):
            raise InputError(
                f"training diverged: no finite gradient up to step {number}; "
                f"lower learning_rate (now {params.learning_rate:g}) or look at the texts"
            )

    def _losses(self, rows: np.ndarray) -> dict[str, Tensor]:
        """Encode the focus side and a share of the pivot side in one batch; compare."""
        retained = self._retained(rows)
        vectors = self.student.embed(
            [self._sources[row] for row in rows] + [self._targets[row] for row in retained]
        )
        focus, pivot = vectors[: len(rows)], vectors[len(rows) :]
        teacher = self.student.to_device(self._teacher[rows])
        return {
            "distance": objectives.squared_distance(focus, teacher),
            "ranking": objectives.ranking(focus, teacher, self._params.ranking_scale),
            "retention": objectives.squared_distance(
                pivot, self.student.to_device(self._teacher[retained])
            ),
            "mean_cosine": objectives.mean_cosine(focus),
        }

    def _retained(self, rows: np.ndarray) -> np.ndarray:
        """The pairs, evenly over the batch's lengths, whose pivot side is looked at as well."""
        count = max(1, round(len(rows) * self._params.retention_fraction))
        evenly = np.linspace(0, len(rows) - 1, count).astype(int)
        return np.take(rows, evenly)

    def _descend(self, loss: Tensor, rate: float) -> bool:
        """Take a step down; False, and nothing changed, if the gradient is not finite."""
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = clip_grad_norm_(self._trained.values(), _MAX_GRADIENT_NORM)
        if not torch.isfinite(norm):
            return False
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        return True

    def settle(self) -> tuple[Trial, ...]:
        """Move the student back towards its start until it keeps the pivots' order; the trials."""
        if not self._job.retained_texts:
            return (Trial(1.0, 1.0),)
        end = {name: tensor.detach().clone() for name, tensor in self._trained.items()}

        def move_to(fraction: float) -> None:
            with torch.no_grad():
                for name, tensor in self._trained.items():
                    tensor.copy_(torch.lerp(self._start[name], end[name], fraction))

        def retention_at(fraction: float) -> float:
            move_to(fraction)
            return least_kept(before, self._encode_retained(self.student))

        reference = Student(self._job.reference_folder or self._job.start_folder)
        before = self._encode_retained(reference)
        trials = furthest(retention_at, self._params.retention_floor)
        move_to(trials[-1].trained_fraction)
        return trials

    def _encode_retained(self, model: Student) -> list[np.ndarray]:
        count = self._params.max_tokens
        return [model.encode(model.tokenise(texts, count)) for texts in self._job.retained_texts]

    def save_checkpoint(self) -> None:
        """Keep everything that the next step depends on."""
        state = {
            "job_fingerprint": self._job_fingerprint,
            "parameters": {name: tensor.detach() for name, tensor in self._trained.items()},
            "optimizer": self._optimizer.state_dict(),
            "steps": [asdict(step) for step in self.steps],
        }
        save_checkpoint(self._checkpoint, state)

    def resume(self) -> None:
        """Take up the checkpoint of this job, if there is one."""
        state = load_checkpoint(self._checkpoint, self._job_fingerprint)
        if state is None:
            return
        with torch.no_grad():
            for name, tensor in state["parameters"].items():
                self._trained[name].copy_(tensor)
        self._optimizer.load_state_dict(state["optimizer"])
        self.steps = [TrainingStep(**step) for step in state["steps"]]

    def log(self, trials: tuple[Trial, ...]) -> TrainingLog:
        """What happened."""
        return TrainingLog(
            pair_count=len(self._sources),
            token_count=int(self._lengths.sum()),
            trained_parameter_count=sum(tensor.numel() for tensor in self._trained.values()),
            steps=tuple(self.steps),
            trials=trials,
        )


def _fingerprint(job: TrainingJob) -> str:
    """Identify a job by everything that decides its student."""
    digest = hashlib.sha256(hash_model_folder(job.start_folder).encode())
    digest.update(f"{job.objective}\0{job.params.model_dump_json()}".encode())
    for text in (*job.source_texts, *job.target_texts, *chain.from_iterable(job.retained_texts)):
        digest.update(hashlib.sha256(text.encode()).digest())
    digest.update(np.ascontiguousarray(job.teacher_vectors).tobytes())
    return digest.hexdigest()
