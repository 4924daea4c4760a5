"""Vectors whose beginnings serve alone.

After Kusupati et al. 2022, "Matryoshka Representation Learning". A loss over prefixes is the mean
of the losses of each prefix, made a unit vector, and of the whole; sentence-transformers has their
sum.
"""

from torch import Tensor
from torch.nn import functional

from pipeline.errors import InputError


def prefix_widths(dimensions: str, full: int) -> tuple[int, ...]:
    """The dimensions to train, widest first; the full one always is among them.

    Args:
        dimensions: such as `64,128,256`; empty for the full one alone.
        full: of the student.

    Raises:
        InputError: a prefix is empty or wider than the vector.
    """
    widths = {full, *(int(width) for width in dimensions.split(",") if width)}
    if min(widths) < 1 or max(widths) > full:
        raise InputError(
            f"matryoshka_dimensions {dimensions}: the student has {full} dimensions, so each must "
            f"be between 1 and {full}"
        )
    return tuple(sorted(widths, reverse=True))


def prefix(vectors: Tensor, width: int) -> Tensor:
    """The first `width` numbers of (n, d) unit rows, as unit rows."""
    if width == vectors.shape[1]:
        return vectors
    return functional.normalize(vectors[:, :width], dim=1)
