"""An encoder whose vectors are cut short: the beginnings of those that another one gives."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.encoders.protocol import Encoder, Role
from pipeline.errors import InputError


@dataclass(frozen=True)
class PrefixEncoder:
    """An `Encoder` of the first numbers of another's vectors, made unit vectors again.

    Good vectors come of one that was trained for it, see `distillation.matryoshka_dimensions`.

    Attributes:
        encoder: what encodes; its vectors are remembered whole.
        dimension: length of a vector, at least 1.
    """

    encoder: Encoder
    dimension: int

    @property
    def fingerprint(self) -> str:
        """Of the encoder and the length."""
        return hashlib.sha256(f"{self.encoder.fingerprint}\0{self.dimension}".encode()).hexdigest()

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """See `Encoder`.

        Raises:
            InputError: the encoder's vectors are shorter than what is to be kept of them.
        """
        vectors = self.encoder.encode(texts, language=language, role=role)
        if vectors.shape[1] < self.dimension:
            raise InputError(f"no {self.dimension} dimensions in vectors of {vectors.shape[1]}")
        cut = vectors[:, : self.dimension]
        norms = np.maximum(np.linalg.norm(cut, axis=1, keepdims=True), np.float32(1e-12))
        shortened: np.ndarray = cut / norms
        return shortened
