"""Who is measured: encoders, and baselines that need none, behind one interface. Pure.

A task asks a model what it needs: similarities of many with many, of pairs, or features to learn
from. What a model cannot do it says, and its row is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from pipeline.encoders import Encoder
from pipeline.encoders.protocol import Role
from pipeline.evaluation.measures.similarities import DenseSimilarities, Similarities

Features: TypeAlias = npt.NDArray[np.float32] | sparse.csr_array


@dataclass(frozen=True)
class Texts:
    """Texts of one language that play one part.

    Attributes:
        language: code, e.g. `tuk_Latn`; `und` where it is not known.
        texts: in order.
        role: see `pipeline.encoders.protocol.Role`.
    """

    language: str
    texts: Sequence[str]
    role: Role = "query"


class Model(Protocol):
    """Whoever is measured."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything that decides the figures; a baseline's name and settings."""

    def similarities(self, queries: Texts, pool: Texts) -> Similarities:
        """How alike each query and each candidate are; higher is more alike."""

    def both_ways(self, first: Texts, second: Texts) -> tuple[Similarities, Similarities]:
        """`similarities` of the first with the second, then of the second with the first."""

    def pairwise(self, first: Texts, second: Texts) -> npt.NDArray[np.float64]:
        """How alike the texts of each row are, (n,)."""

    def features(self, train: Texts, test: Texts) -> tuple[Features, Features] | None:
        """Rows to train a linear classifier on and rows to ask it about; None where it has none."""


@dataclass(frozen=True)
class EncoderModel:
    """An encoder: cosines of its unit vectors, and the vectors themselves as features."""

    encoder: Encoder

    @property
    def fingerprint(self) -> str:
        """Of the encoder."""
        return self.encoder.fingerprint

    def similarities(self, queries: Texts, pool: Texts) -> Similarities:
        """Cosines."""
        return DenseSimilarities(self.encode(queries), self.encode(pool))

    def both_ways(self, first: Texts, second: Texts) -> tuple[Similarities, Similarities]:
        """Cosines; every text is encoded once."""
        one, other = self.encode(first), self.encode(second)
        return DenseSimilarities(one, other), DenseSimilarities(other, one)

    def pairwise(self, first: Texts, second: Texts) -> npt.NDArray[np.float64]:
        """Cosines, computed in float64."""
        left, right = (self.encode(one).astype(np.float64) for one in (first, second))
        return np.asarray((left * right).sum(axis=1))

    def features(self, train: Texts, test: Texts) -> tuple[Features, Features]:
        """The vectors (n, d), float32."""
        return self.encode(train), self.encode(test)

    def encode(self, texts: Texts) -> npt.NDArray[np.float32]:
        """Unit vectors (n, d), float32."""
        return self.encoder.encode(texts.texts, language=texts.language, role=texts.role)


def as_models(encoders: Mapping[str, Encoder]) -> dict[str, Model]:
    """Encoders, by name, as whoever is measured."""
    return {name: EncoderModel(encoder) for name, encoder in encoders.items()}
