"""How an embedding space uses its room: anisotropy, alignment, uniformity. Pure.

Alignment and uniformity are those of Wang and Isola (2020, "Understanding Contrastive
Representation Learning through Alignment and Uniformity on the Hypersphere"); anisotropy is the
mean cosine of different texts (Ethayarajh 2019).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError

Vectors = npt.NDArray[np.float32]


class Geometry(NamedTuple):
    """Of the vectors of n pairs of texts that mean the same."""

    anisotropy: float  # mean cosine of different texts, [-1, 1]; 0 is a space without a direction
    alignment: float  # mean squared distance of the two texts of a pair, [0, 4]; less is better
    uniformity: float  # log of the mean of exp(-2 squared distance), at most 0; less is better


def geometry(first: Vectors, second: Vectors) -> Geometry:
    """Measure a space on pairs; anisotropy and uniformity are of the first texts.

    Args:
        first: (n, d) unit rows, n at least 2, of different texts.
        second: (n, d) unit rows, the counterparts.

    Raises:
        InputError: the shapes differ, or there are fewer than two pairs.
    """
    if first.shape != second.shape or len(first) < 2:  # noqa: PLR2004 - a pair of texts
        raise InputError(f"{first.shape} and {second.shape}: wants two pairs or more, row for row")
    one, other = first.astype(np.float64), second.astype(np.float64)
    places = np.triu_indices(len(one), 1)
    cosines = (one @ one.T)[places]
    return Geometry(
        anisotropy=float(cosines.mean()),
        alignment=float(((one - other) ** 2).sum(axis=1).mean()),
        uniformity=float(np.log(np.exp(-2 * (2 - 2 * cosines)).mean())),
    )
