"""All texts of a job, tokenised once; those of a step, found by its plan. Torch is not imported."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipeline.distillation.training.flat_texts import FlatTexts, tokenised
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.schedule import PlannedStep, TextLengths, plan_steps


class Tokeniser(Protocol):
    """Cuts texts into token numbers, as a `Student` does."""

    def tokenise(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Token numbers of each text, at most `max_tokens`."""


class StepTexts:
    """What steps are made of."""

    def __init__(self, job: TrainingJob, tokeniser: Tokeniser) -> None:
        def tokenise(texts: Sequence[str]) -> list[list[int]]:
            return tokeniser.tokenise(texts, job.params.max_tokens)

        self._job = job
        sides = job.source_texts, job.target_texts, job.neighbour_texts, job.negative_texts
        self._sources, self._targets, self._neighbours, self._negatives = (
            tokenised(texts, tokenise) for texts in sides
        )

    @property
    def pair_token_count(self) -> int:
        """Tokens of both sides of all pairs."""
        return len(self._sources.token_ids) + len(self._targets.token_ids)

    def plan(self) -> list[PlannedStep]:
        """What each step sees."""
        targets, params = self._targets.lengths, self._job.params
        if len(self._negatives):  # every positive is looked at, and so is every negative
            targets = targets + self._negatives.lengths
            params = params.model_copy(update={"retention_fraction": 1.0})
        lengths = TextLengths(self._sources.lengths, targets, self._neighbours.lengths)
        return plan_steps(lengths, params, self._job.shares)

    def of(self, planned: PlannedStep) -> FlatTexts:
        """Focus sides, retained pivot sides, texts of neighbour languages, then negatives."""
        parts = [
            self._sources.take(planned.pairs),
            self._targets.take(planned.retained),
            self._neighbours.take(planned.neighbours),
        ]
        if len(self._negatives):
            parts.append(self._negatives.take(planned.pairs))
        return FlatTexts.joined(parts)

    def retained_targets(self, planned: PlannedStep) -> np.ndarray:
        """(r, d) float32, where the retained and neighbour texts of a step are to be."""
        pivots = self._job.teacher_vectors[planned.retained]
        if self._job.neighbour_vectors is None:
            return np.asarray(pivots, np.float32)
        neighbours = self._job.neighbour_vectors[planned.neighbours]
        return np.concatenate([pivots, neighbours], dtype=np.float32)
