"""An encoder that plans its batches and remembers vectors, around any model.

Bytes do not depend on interruptions: batches are planned over all distinct texts of a call, known
or not, and a batch with an unknown text is computed whole. So a run resumed after a kill computes
the same matrices as an undisturbed one.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from pipeline.encoders.batching import plan_batches
from pipeline.encoders.cache import EmbeddingCache
from pipeline.encoders.protocol import Role
from pipeline.errors import InputError
from pipeline.progress import Progress, silent


class Model(Protocol):
    """The part that needs a deep-learning library."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def count_tokens(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Tokens of each text with prompt and special tokens, after truncation; (n,) int64."""

    def embed(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Encode one batch; (n, dimension) float32 unit rows."""


class PlannedEncoder:
    """An `Encoder`; the model is loaded when a text has to be computed, not before.

    Attributes:
        fingerprint: identifies the model, see `Encoder`.
    """

    def __init__(
        self,
        fingerprint: str,
        load_model: Callable[[], Model],
        cache: EmbeddingCache | None = None,
        progress: Progress = silent,
    ) -> None:
        self.fingerprint = fingerprint
        self._load_model = load_model
        self._cache = cache
        self._progress = progress

    @cached_property
    def _model(self) -> Model:
        return self._load_model()

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        return self._model.dimension

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """See `Encoder`; equal texts are computed once.

        Raises:
            InputError: the model gives vectors that are not finite.
            StorageError: the cache cannot be used.
        """
        del language  # these models tell languages apart by themselves
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return np.zeros((0, self.dimension), np.float32)
        known = self._read(distinct, role)
        if len(known) < len(distinct):
            computed = self._compute(distinct, role, known)
            # what is stored counts, so that two processes at once agree
            known = known | computed | self._read(list(computed), role)
        return np.stack([known[text] for text in texts])

    def _read(self, texts: list[str], role: Role) -> dict[str, np.ndarray]:
        return self._cache.read(self.fingerprint, role, texts) if self._cache else {}

    def _compute(
        self, distinct: list[str], role: Role, known: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Encode every batch that has an unknown text; returns (and stores) the unknown ones."""
        computed: dict[str, np.ndarray] = {}
        done = 0
        for batch in plan_batches(self._model.count_tokens(distinct, role)):
            members = [distinct[row] for row in batch]
            if any(text not in known for text in members):
                vectors = self._embed(members, role)
                fresh = {t: v for t, v in zip(members, vectors, strict=True) if t not in known}
                if self._cache:
                    self._cache.write(self.fingerprint, role, fresh)
                computed |= fresh
            done += len(members)
            self._progress(done, len(distinct), "encoding texts")
        return computed

    def _embed(self, members: list[str], role: Role) -> np.ndarray:
        vectors = self._model.embed(members, role)
        if not np.isfinite(vectors).all():
            raise InputError(f"the model gives no finite vector for a text like {members[0]!r}")
        return vectors
