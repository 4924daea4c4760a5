"""How far each vector is from where it ought to be: pure functions, (n, d) unit rows to (n,)."""

from torch import Tensor
from torch.nn import functional


def squared_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Squared Euclidean distance of each row, in [0, 4] (Reimers and Gurevych 2020).

    The classic recipe averages over the dimensions; against unit vectors that leaves next to no
    gradient, so here they are added up. Of unit rows it is 2 - 2 * cosine.
    """
    return (student - teacher).square().sum(dim=1)


def cosine_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """1 - cosine of each row, in [0, 2] (Kim et al. 2023, "EmbedDistill"); of rows of any norm."""
    return 1 - functional.cosine_similarity(student, teacher, dim=1)


def mean_of(losses: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean of weights times losses; 0 of none. Weights have the mean 1 over all pairs there are."""
    weighed = losses if weights is None else losses * weights
    return weighed.sum() / max(1, len(losses))
