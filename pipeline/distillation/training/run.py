"""One training run: what does not change, then model, optimiser and the steps so far."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_

from pipeline.distillation.objectives.candidates import Teaching
from pipeline.distillation.objectives.collapse import collapse_message, is_collapsed
from pipeline.distillation.objectives.step_loss import StepLoss, StudentVectors
from pipeline.distillation.objectives.weighing import Weighed
from pipeline.distillation.students.student import Student
from pipeline.distillation.training.batch_encoding import BatchEncoder, Engine
from pipeline.distillation.training.interpolation import Trial
from pipeline.distillation.training.job import TrainingJob, job_fingerprint
from pipeline.distillation.training.log import TrainingLog
from pipeline.distillation.training.peers import Peers
from pipeline.distillation.training.schedule import PlannedStep
from pipeline.distillation.training.step_gradient import StepGradient
from pipeline.distillation.training.step_texts import StepTexts
from pipeline.errors import InputError
from pipeline.training.checkpoint import load_checkpoint, save_checkpoint
from pipeline.training.steps import TrainingStep, learning_rate, refuse_divergence

_MAX_GRADIENT_NORM = 1.0


class Run:
    """Everything of one process that trains.

    Attributes:
        job: what is trained.
        peers: the processes that share each step.
        engine: what makes it fast.
        student: in training.
        encoder: of the student.
        trained: its weights that change, by name.
        start: what they were before the first step.
        steps: made so far.
    """

    def __init__(self, job: TrainingJob, peers: Peers, engine: Engine | None = None) -> None:
        self.job, self.peers = job, peers
        params = job.params
        self.student = Student.in_training(job.start_folder, params)
        device = self.student.model.device
        self.engine = engine or Engine.of(device)
        self.encoder = BatchEncoder(self.student.model, self.engine)
        self.trained = self.student.trained_parameters
        self.start = {name: tensor.detach().clone() for name, tensor in self.trained.items()}
        self.steps: list[TrainingStep] = []
        self._texts = StepTexts(job, self.student)
        self._plan = self._texts.plan()
        self._step_loss = StepLoss(
            _teaching(job), job.objective, params, self.student.dimension, job.earlier_projection
        ).to(device)
        self._gradient = StepGradient(self.encoder, peers)
        self._optimizer = torch.optim.AdamW(self._weights, fused=self.engine.is_fused)
        self._fingerprint = job_fingerprint(job)

    @property
    def step_count(self) -> int:
        """Steps of the whole run."""
        return len(self._plan)

    @property
    def _weights(self) -> list[Parameter]:
        """Of the student, then of the loss, which are no part of it."""
        return [*self.trained.values(), *self._step_loss.parameters()]

    @property
    def projection(self) -> np.ndarray | None:
        """Between the teacher's and the student's space; None where they have one dimension."""
        return self._step_loss.targets.between

    def advance(self) -> int:
        """Make the next step; returns the tokens of its texts.

        Raises:
            InputError: training diverges, the space collapses, or memory does not suffice.
        """
        params, number = self.job.params, len(self.steps)
        planned = self._plan[number]
        texts = self._texts.of(planned)
        rate = learning_rate(number, self.step_count, params.learning_rate, params.warmup_fraction)
        self._optimizer.zero_grad()
        weighed = self._gradient.add(
            texts, lambda vectors: self._loss(planned, vectors), self._optimizer.zero_grad
        )
        self.peers.add_gradients(self.trained.values())
        is_skipped = not self._descend(rate)
        terms = {name: float(term) for name, term in weighed.terms.items()}
        self.steps.append(TrainingStep(number, float(weighed.loss), rate, is_skipped, terms))
        self._check()
        return len(texts.token_ids)

    def _loss(self, planned: PlannedStep, vectors: Tensor) -> Weighed:
        count, targets = len(planned.pairs), self._texts.retained_targets(planned)
        focus, retained, negatives = torch.split(
            vectors, [count, len(targets), len(vectors) - count - len(targets)]
        )
        compared = StudentVectors(
            planned.pairs, focus, retained, targets, negatives if len(negatives) else None
        )
        weighed: Weighed = self._step_loss(len(self.steps), compared)
        return weighed

    def _descend(self, rate: float) -> bool:
        """Take a step down; False, and nothing changed, if the gradient is not finite."""
        norm = clip_grad_norm_(self._weights, _MAX_GRADIENT_NORM)
        if not torch.isfinite(norm):
            return False
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        return True

    def _check(self) -> None:
        refuse_divergence(self.steps, self.job.params.learning_rate)
        if is_collapsed([step.terms["spread"] for step in self.steps], self.step_count):
            raise InputError(collapse_message(self.steps[-1].step))

    def save(self, checkpoint: Path) -> None:
        """Keep everything that the next step depends on."""
        state = {
            "job_fingerprint": self._fingerprint,
            "weights": [weight.detach() for weight in self._weights],
            "optimizer": self._optimizer.state_dict(),
            "steps": [asdict(step) for step in self.steps],
            "part_count": self._gradient.part_count,
        }
        save_checkpoint(checkpoint, state)

    def resume(self, checkpoint: Path) -> None:
        """Take up the checkpoint of this job, if there is one."""
        state = load_checkpoint(checkpoint, self._fingerprint)
        if state is None:
            return
        with torch.no_grad():
            for weight, saved in zip(self._weights, state["weights"], strict=True):
                weight.copy_(saved)
        self._optimizer.load_state_dict(state["optimizer"])
        self.steps = [TrainingStep(**step) for step in state["steps"]]
        self._gradient.part_count = state["part_count"]

    def log(self, trials: tuple[Trial, ...]) -> TrainingLog:
        """What happened."""
        return TrainingLog(
            pair_count=len(self.job.source_texts),
            token_count=self._texts.pair_token_count,
            trained_parameter_count=sum(tensor.numel() for tensor in self.trained.values()),
            memory_halving_count=self._gradient.part_count.bit_length() - 1,
            teacher_kept_fraction=self._step_loss.targets.kept_fraction,
            steps=tuple(self.steps),
            trials=trials,
        )


def _teaching(job: TrainingJob) -> Teaching:
    vectors = job.teacher_vectors if job.focus_vectors is None else job.focus_vectors
    return Teaching(vectors, job.source_texts, job.weights, job.negative_rows)
