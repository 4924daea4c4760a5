"""What an encoder promises, whatever stands behind it."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

Role = Literal["query", "passage"]
"""A question or one half of a pair is a `query`; a text that is searched is a `passage`."""


class Encoder(Protocol):
    """Maps texts to unit vectors."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over everything that decides the vectors: weights, vocabulary, prompts."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """Return an (n, dimension) float32 array of unit rows, in the order of `texts`.

        `language` is the ISO 639-3 code of all the texts; models without language tokens ignore it.
        No texts give an array of shape (0, dimension).
        """
