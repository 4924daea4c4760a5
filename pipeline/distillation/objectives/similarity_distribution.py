"""Liking the candidates as the teacher likes them, in the same proportions.

A distance to one vector says where a text belongs, and a ranking which candidate is its own; the
distribution of its similarities says how near all the others are (Lin et al. 2020, "Distilling
Dense Representations for Ranking using Tightly-Coupled Teachers"). Pure.
"""

import torch
from torch import Tensor
from torch.nn import functional


def similarity_divergence(student_scores: Tensor, teacher_scores: Tensor) -> Tensor:
    """Kullback-Leibler divergence of softmax(student) from softmax(teacher), row by row.

    Args:
        student_scores: (n, m) similarities to m candidates, already divided by the temperature.
        teacher_scores: (n, m) the teacher's, likewise.

    Returns:
        (n,) in nats; 0 where both agree.
    """
    student = torch.log_softmax(student_scores, dim=1)
    teacher = torch.log_softmax(teacher_scores, dim=1)
    return functional.kl_div(student, teacher, reduction="none", log_target=True).sum(dim=1)
