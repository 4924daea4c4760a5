"""What the student is punished for in one step: its vectors in, the loss and its terms out.

The terms are told in `distances`, `ranking` and `similarity_distribution`, how they add up in
`weighing` and `matryoshka`, whom texts are told apart from in `candidates`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.distillation.objectives.candidates import CandidateRows, Teaching, first_equal
from pipeline.distillation.objectives.collapse import mean_cosine, spread
from pipeline.distillation.objectives.distances import cosine_distance, mean_of, squared_distance
from pipeline.distillation.objectives.matryoshka import prefix, prefix_widths
from pipeline.distillation.objectives.ranking import (
    SAME_MEANING_COSINE,
    rank_both_ways,
    rank_in_batch,
)
from pipeline.distillation.objectives.similarity_distribution import similarity_divergence
from pipeline.distillation.objectives.targets import Targets
from pipeline.distillation.objectives.weighing import RETENTION, Weighed, weigh
from pipeline.parameters import TRIPLETS, DistillationParams, objective_terms


@dataclass(frozen=True)
class StudentVectors:
    """What the student made of a step's texts; all rows have unit length.

    Attributes:
        rows: (b,) the pairs.
        focus: (b, d) of their focus side.
        retained: (r, d) of texts in languages that the student must not lose.
        retained_targets: (r, e) the teacher's of these texts.
        negatives: (b, d) of texts that contradict the focus side; None without triplets. With them
            the first b of `retained` are the pairs' own pivot sides.
    """

    rows: np.ndarray
    focus: Tensor
    retained: Tensor
    retained_targets: np.ndarray
    negatives: Tensor | None = None


@dataclass(frozen=True)
class _Rivals:
    """The candidates of a step, at full width.

    Attributes:
        vectors: (m, e) unit rows.
        own: (b,) each pair's place among them.
        never_negative: (b, m) bool, see `ranking`.
        scores: (b, m) the teacher's cosines of target and candidate.
    """

    vectors: Tensor
    own: Tensor
    never_negative: Tensor
    scores: Tensor


class StepLoss(nn.Module):
    """The loss of a step: a pure function of the step's number and the student's vectors.

    Its parameters, which it has if the teacher is narrower than the student, are trained beside
    the student's and are no part of it.

    Attributes:
        targets: how teacher and student are brought into one space.
    """

    weights: Tensor | None  # (n,) of all pairs, with the mean 1
    memory: Tensor | None  # (m, e) unit rows of the candidates that steps share

    def __init__(
        self,
        teaching: Teaching,
        objective: str,
        params: DistillationParams,
        student_dimension: int,
        earlier: np.ndarray | None = None,
    ) -> None:
        """Prepare what all steps share; of `earlier` see `Targets`.

        Raises:
            InputError: `matryoshka_dimensions` or `earlier` do not fit the student.
        """
        super().__init__()
        self._teaching, self._objective, self._params = teaching, objective, params
        self._names = objective_terms(objective)
        self._widths = prefix_widths(params.matryoshka_dimensions, student_dimension)
        self.targets = Targets(teaching.vectors, student_dimension, params.seed, earlier)
        weights = teaching.relative_weights()
        self.register_buffer("weights", None if weights is None else torch.from_numpy(weights))
        self.register_buffer("memory", None, persistent=False)
        self._memory_rows = np.empty(0, np.int64)
        self._draw_number: int | None = None
        has_triplets = TRIPLETS in self._names
        self._anchors = first_equal(teaching.source_texts if has_triplets else ())
        self._candidate_rows: CandidateRows | None = None
        if {"mnr", "kl"} & set(self._names):
            self._candidate_rows = CandidateRows(teaching, params)

    def forward(self, step: int, vectors: StudentVectors) -> Weighed:
        """The loss, and for the log its terms, `distance` and what `collapse` measures.

        Terms are means over the pairs, by their weights, and over the widths of the vectors.

        Args:
            step: 0-based; with the seed it decides which candidates are drawn.
            vectors: of the step's texts, on the device that this module is on.
        """
        device = vectors.focus.device
        rivals = self._rivals(step, vectors.rows, device)
        if rivals is None:
            targets = self.targets.of_teacher(self._teaching.vectors[vectors.rows], device)
        else:
            targets = rivals.vectors[rivals.own]
        retained_targets = self.targets.of_teacher(vectors.retained_targets, device)
        by_width = []
        for width in self._widths:
            shorter = self.targets.shorten(targets, width)
            terms = self._focus_terms(vectors, shorter, rivals, width)
            terms[RETENTION] = self._retention(vectors.retained, retained_targets, rivals, width)
            by_width.append(terms)
        means = {name: torch.stack([t[name] for t in by_width]).mean() for name in by_width[0]}
        measures = self._measures(vectors.focus, targets)
        loss = weigh(means, self._objective, self._params)
        return Weighed(loss, {name: term.detach() for name, term in (means | measures).items()})

    def _focus_terms(
        self, vectors: StudentVectors, targets: Tensor, rivals: _Rivals | None, width: int
    ) -> dict[str, Tensor]:
        student = self.targets.of_student(vectors.focus, width)
        losses = {}
        if "mse" in self._names:
            losses["mse"] = squared_distance(student, targets)
        if "cosine" in self._names:
            losses["cosine"] = cosine_distance(student, targets)
        if rivals is not None:
            losses |= self._losses_among(rivals, student, width)
        if vectors.negatives is not None and TRIPLETS in self._names:
            losses[TRIPLETS] = self._triplet_losses(vectors, vectors.negatives, targets, width)
        rows = torch.from_numpy(vectors.rows).to(student.device)
        weights = None if self.weights is None else self.weights[rows]
        return {name: mean_of(losses[name], weights) for name in self._names}

    def _triplet_losses(
        self, vectors: StudentVectors, negatives: Tensor, targets: Tensor, width: int
    ) -> Tensor:
        """Each anchor against all positives and negatives of the step, all by the student.

        Supervised SimCSE (Gao, Yao and Chen 2021) made symmetric: its mean with how badly each
        positive finds its anchor among the others. No negatives are positives that the teacher
        takes for one another, and the positives of one anchor, which several strategies may have
        written. The negatives of an anchor contradict it in whichever of its rows they stand.
        """
        positives = vectors.retained[: len(vectors.focus)]
        anchors, positives, hard = (
            prefix(one, width) for one in (vectors.focus, positives, negatives)
        )
        of_rows = torch.from_numpy(self._anchors[vectors.rows]).to(targets.device)
        same = targets @ targets.T >= SAME_MEANING_COSINE
        same = same | (of_rows[:, None] == of_rows)
        never_negative = torch.cat([same, torch.zeros_like(same)], dim=1)
        return rank_in_batch(anchors, positives, self._params.triplet_scale, never_negative, hard)

    def _retention(
        self, retained: Tensor, targets: Tensor, rivals: _Rivals | None, width: int
    ) -> Tensor:
        student = self.targets.of_student(retained, width)
        losses = squared_distance(student, self.targets.shorten(targets, width))
        if rivals is not None and "kl" in self._names:
            candidates = self.targets.shorten(rivals.vectors, width)
            likings = targets @ rivals.vectors.T
            losses = losses + self._params.kl_weight * self._divergence(
                student @ candidates.T, likings
            )
        return mean_of(losses)

    def _divergence(self, scores: Tensor, teacher_scores: Tensor) -> Tensor:
        scale = self._params.similarity_scale
        return similarity_divergence(scale * scores, scale * teacher_scores)

    def _losses_among(self, rivals: _Rivals, student: Tensor, width: int) -> dict[str, Tensor]:
        candidates = self.targets.shorten(rivals.vectors, width)
        losses = {}
        if "mnr" in self._names:
            others = (rivals.own, self._params.ranking_scale, rivals.never_negative)
            losses["mnr"] = rank_both_ways(student, candidates, *others)
        if "kl" in self._names:
            losses["kl"] = self._divergence(student @ candidates.T, rivals.scores)
        return losses

    def _rivals(self, step: int, rows: np.ndarray, device: torch.device) -> _Rivals | None:
        """The step's candidates, and which of them mean the same as a pair's own."""
        if self._candidate_rows is None:
            return None
        memory = self._memory(self._candidate_rows, step, device)
        candidates = self._candidate_rows.of(self._memory_rows, rows)
        vectors = memory
        if len(candidates.added):
            added = self.targets.of_teacher(self._teaching.vectors[candidates.added], device)
            vectors = torch.cat([memory, added])
        places = torch.from_numpy(candidates.own).to(device)
        scores = vectors[places] @ vectors.T
        never_negative = scores >= SAME_MEANING_COSINE
        siblings = self._candidate_rows.siblings(rows, candidates)
        never_negative[tuple(torch.from_numpy(side).to(device) for side in siblings)] = True
        return _Rivals(vectors, places, never_negative, scores)

    def _memory(self, candidate_rows: CandidateRows, step: int, device: torch.device) -> Tensor:
        """The vectors of `_memory_rows`, fetched anew where another draw serves the step."""
        number = candidate_rows.draw_number(step)
        if self.memory is None or number != self._draw_number:
            self._memory_rows = candidate_rows.memory(number)
            vectors = self._teaching.vectors[self._memory_rows]
            self.memory, self._draw_number = self.targets.of_teacher(vectors, device), number
        return self.memory

    def _measures(self, focus: Tensor, targets: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            student = self.targets.of_student(focus, focus.shape[1])
            return {
                "distance": mean_of(squared_distance(student, targets)),
                "mean_cosine": mean_cosine(student),
                "spread": spread(student, targets),
            }
