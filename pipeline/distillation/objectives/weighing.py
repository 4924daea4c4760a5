"""How the terms of a step become one loss.

The objective names the terms that teach the focus language: `mse` the squared distance to the
teacher, `cosine` the cosine distance, `mnr` the ranking, `kl` the similarity distribution; each has
a weight; `simcse`, alone, is the ranking of triplets. Retention is part of every objective: how far
the pivot side is from where the teacher has it, and where `kl` is learnt, how differently it likes
the candidates. The balance, in [0, 1], is the one number that weighs the languages against one
another: the focus language has the weight `balance`, what is to be retained has `1 - balance`. At 0
nothing new is learnt; at 1 nothing holds the pivots but what they share with the focus language.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from pipeline.parameters import TRIPLETS, DistillationParams, objective_terms

RETENTION = "retention"
"""The term that holds what the student already knows."""


class Weighed(NamedTuple):
    """A step's loss and what it is made of.

    Attributes:
        loss: scalar to minimise.
        terms: scalars by name, without gradients: for the log.
    """

    loss: Tensor
    terms: dict[str, Tensor]


def weigh(terms: Mapping[str, Tensor], objective: str, params: DistillationParams) -> Tensor:
    """The loss.

    Args:
        terms: scalars: those that the objective names, and `RETENTION`; others are left alone.
        objective: such as `mse+mnr`.
        params: the balance and the weights.
    """
    weights = {
        "mse": params.mse_weight,
        "cosine": params.cosine_weight,
        "mnr": params.ranking_weight,
        "kl": params.kl_weight,
        TRIPLETS: 1.0,
    }
    focus = torch.stack([weights[name] * terms[name] for name in objective_terms(objective)]).sum()
    return params.balance * focus + (1 - params.balance) * terms[RETENTION]
