"""What the student is punished for: pure functions over batches of unit vectors.

A step has three terms, each from (n, d) float tensors with unit rows to a scalar:

- distance: how far the focus side of a pair is from the teacher's vector of its pivot side;
- ranking: how badly the focus side tells that vector from those of the batch's other pairs;
- retention: how far the pivot side is from where the teacher has it.

The objective says what teaches the focus language: `mse` the distance (Reimers and Gurevych 2020),
`mnr` the ranking, `mse+mnr` the distance plus `ranking_weight` times the ranking. Retention is
part of all three. The balance, in [0, 1], is the one number that weighs the languages against one
another: the focus language has the weight `balance`, the pivots have `1 - balance`. At 0 nothing
new is learnt; at 1 nothing holds the pivots but what they share with the focus language.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from pipeline.parameters import DistillationParams, Objective

SAME_MEANING_COSINE = 0.99
"""Two teacher vectors at least this close stand for one meaning: no negatives of each other."""


def weighed(
    terms: Mapping[str, Tensor], objective: Objective, params: DistillationParams
) -> Tensor:
    """The loss: the terms that the objective names, weighed as the module says.

    Args:
        terms: `distance`, `ranking` and `retention`; others are left alone.
        objective: what teaches the focus language.
        params: `balance` and `ranking_weight`.
    """
    if objective == "mse":
        focus = terms["distance"]
    elif objective == "mnr":
        focus = terms["ranking"]
    else:
        focus = terms["distance"] + params.ranking_weight * terms["ranking"]
    return params.balance * focus + (1 - params.balance) * terms["retention"]


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
