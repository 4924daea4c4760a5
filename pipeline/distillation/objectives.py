"""What the student is punished for: pure functions over batches of unit vectors.

All take (n, d) float tensors with unit rows and return a scalar.
"""

import torch
from torch import Tensor
from torch.nn import functional

SAME_MEANING_COSINE = 0.99
"""Two teacher vectors at least this close stand for one meaning: no negatives of each other."""


def squared_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared Euclidean distance, 2 - 2 * cosine.

    The classic recipe averages over dimensions too; against unit vectors that leaves next to no
    gradient, so it is the sum over dimensions here, in [0, 4].
    """
    return (student - teacher).square().sum(dim=1).mean()


def ranking(student: Tensor, teacher: Tensor, scale: float) -> Tensor:
    """Symmetric multiple-negatives ranking: each row must find its own counterpart in the batch.

    Cross-entropy over `scale * cosine`, averaged over both directions (Henderson et al. 2017;
    symmetric as in Feng et al. 2022, LaBSE). Rows whose teacher vectors are near-identical are
    masked, for textbooks and interfaces repeat themselves.
    """
    logits = scale * student @ teacher.T
    own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    same_meaning = (teacher @ teacher.T >= SAME_MEANING_COSINE) & ~own
    logits = logits.masked_fill(same_meaning, float("-inf"))
    labels = torch.arange(len(logits), device=logits.device)
    onward = functional.cross_entropy(logits, labels)
    return (onward + functional.cross_entropy(logits.T, labels)) / 2


def mean_cosine(vectors: Tensor) -> Tensor:
    """Mean cosine of different rows; near 1 when the space has collapsed to a point."""
    count = len(vectors)
    total = vectors.sum(dim=0).square().sum()
    return (total - count) / max(1, count * (count - 1))
