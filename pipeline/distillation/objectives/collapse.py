"""Has the space shrunk to a point?

A student that gives every text nearly one vector can have a small loss, for teachers' cosines are
high among any texts. So the room between different texts is held against the teacher's. Pure.
"""

import math
from collections.abc import Sequence
from statistics import fmean

import torch
from torch import Tensor

_LEAST_SPREAD = 0.1
_POINT = 1e-3
_UNFOLDING_STEPS = 50
_LATEST_STEPS = 20
_ROUNDING = 1e-5
_WIDENING = 1.1  # from ten steps to the next ten


def mean_cosine(vectors: Tensor) -> Tensor:
    """Mean cosine of different rows of (n, d) unit rows; 0 of fewer than two."""
    count = len(vectors)
    total = vectors.sum(dim=0).square().sum()
    return (total - count) / max(1, count * (count - 1))


def spread(student: Tensor, teacher: Tensor) -> Tensor:
    """Room between different texts over the room that the teacher gives the same texts.

    Args:
        student: (n, d) unit rows.
        teacher: (n, e) unit rows of the same texts.

    Returns:
        Scalar: 1 where both are as wide, 0 for a student with one vector for all; 1 where the
        teacher has one for all too, and so says nothing.
    """
    room, own_room = 1 - mean_cosine(teacher), 1 - mean_cosine(student)
    return torch.where(room > _ROUNDING, own_room / room, torch.ones_like(room))


def is_collapsed(spreads: Sequence[float], step_count: int) -> bool:
    """Whether the latest steps had a tenth of the teacher's room, or less.

    Args:
        spreads: of the steps so far, see `spread`; what is not finite is left out.
        step_count: of the whole training. In its first half a model may still be unfolding: one
            with random weights starts nearly as a point, and one that is taught a foreign space
            shrinks to the mean of that before it spreads there. Before the end, 50 steps at least
            are given in which only a point counts as collapsed, and so is a space that widens;
            at the end, only what began as a point.
    """
    known = [value for value in spreads if math.isfinite(value)]
    latest = [value for value in spreads[-_LATEST_STEPS:] if math.isfinite(value)]
    if 2 * len(spreads) < step_count or not latest:
        return False
    is_young, is_over = len(spreads) < _UNFOLDING_STEPS, len(spreads) >= step_count
    is_unfolding = is_young and (known[0] < _LEAST_SPREAD or not is_over)
    is_unfolding |= not is_over and _is_widening(latest)
    return fmean(latest) < (_POINT if is_unfolding else _LEAST_SPREAD)


def _is_widening(latest: Sequence[float]) -> bool:
    half = len(latest) // 2
    return half > 0 and fmean(latest[half:]) > _WIDENING * fmean(latest[:half])


def collapse_message(step: int) -> str:
    """What to tell who trained a student that collapsed by this step."""
    return (
        f"the student's space collapsed: at step {step} all texts have nearly the same vector, "
        f"with less than {_LEAST_SPREAD:.0%} of the teacher's room between them; lower the "
        "learning rate, or add mnr or kl to the objective"
    )
