"""Brings a trained student back towards its start, as far as retention asks."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter

from pipeline.distillation.training.interpolation import Trial, furthest, least_kept

EncodeGroups = Callable[[], Sequence[np.ndarray]]


def settle(
    trained: Mapping[str, Parameter],
    start: Mapping[str, Tensor],
    encode: EncodeGroups,
    reference: Sequence[np.ndarray],
    floor: float,
) -> tuple[Trial, ...]:
    """Move the weights to the furthest point from their start that keeps the groups' order.

    Args:
        trained: the weights, changed in place.
        start: what they were.
        encode: groups of retained texts with the weights as they are; unit rows.
        reference: the same groups as they were; with none the student stays where it is.
        floor: the least retention.

    Returns:
        The trials, see `interpolation.furthest`; the weights are those of the last.
    """
    if not reference:
        return (Trial(1.0, 1.0),)
    end = {name: tensor.detach().clone() for name, tensor in trained.items()}

    def move_to(fraction: float) -> None:
        with torch.no_grad():
            for name, tensor in trained.items():
                tensor.copy_(torch.lerp(start[name], end[name], fraction))

    def retention_at(fraction: float) -> float:
        move_to(fraction)
        return least_kept(reference, encode())

    trials = furthest(retention_at, floor)
    move_to(trials[-1].trained_fraction)
    return trials
