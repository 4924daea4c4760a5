"""An encoder that plans its batches and remembers vectors, around any model.

Only texts that nobody has computed are encoded, so a book added to three hundred costs one book.
The last bits of a vector depend on its batch. They do not depend on interruptions, for a run that
follows a killed one computes the batches that were left; nor on where a batch is computed, given
equal hardware and as many threads.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from pipeline.encoders.batching import plan_batches
from pipeline.encoders.cache import EmbeddingCache
from pipeline.encoders.protocol import Role
from pipeline.errors import InputError
from pipeline.executors import Executor, LocalExecutor
from pipeline.progress import Progress, silent


class Model(Protocol):
    """The part that needs a deep-learning library."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def token_budget(self) -> int:
        """Tokens in one batch that suit the device."""

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
        executor: Executor | None = None,
    ) -> None:
        self.fingerprint = fingerprint
        self._embedding = _Embedding(load_model)
        self._cache = cache
        self._progress = progress
        self._executor = executor or LocalExecutor()

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        return self._embedding.model.dimension

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """See `Encoder`; equal texts are computed once.

        Raises:
            InputError: the model gives vectors that are not finite.
            SourceUnavailable: as `Executor.map`.
            StorageError: the cache cannot be used.
        """
        del language  # these models tell languages apart by themselves
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return np.zeros((0, self.dimension), np.float32)
        known = self._read(distinct, role)
        unknown = [text for text in distinct if text not in known]
        if unknown:
            computed = self._compute(unknown, role)
            # what is stored counts, so that two processes at once agree
            known = known | computed | self._read(unknown, role)
        return np.stack([known[text] for text in texts])

    def _read(self, texts: list[str], role: Role) -> dict[str, np.ndarray]:
        return self._cache.read(self.fingerprint, role, texts) if self._cache else {}

    def _compute(self, texts: list[str], role: Role) -> dict[str, np.ndarray]:
        """Encode batch by batch; returns (and stores) the vectors."""
        batches = self._batches(texts, role)
        items = [(role, batch) for batch in batches]
        computed: dict[str, np.ndarray] = {}
        for batch, vectors in zip(batches, self._executor.map(self._embedding, items), strict=True):
            fresh = dict(zip(batch, vectors, strict=True))
            if self._cache:
                self._cache.write(self.fingerprint, role, fresh)
            computed |= fresh
            self._progress(len(computed), len(texts), "encoding texts")
        return computed

    def _batches(self, texts: list[str], role: Role) -> list[list[str]]:
        """What a killed run left, then a plan for the other texts, which is announced."""
        left = self._cache.announced(self.fingerprint, role, texts) if self._cache else []
        taken_over = {text for batch in left for text in batch}
        new = [text for text in texts if text not in taken_over]
        if not new:
            return left
        model = self._embedding.model
        plan = plan_batches(model.count_tokens(new, role), model.token_budget)
        planned = [[new[row] for row in batch] for batch in plan]
        if self._cache:
            self._cache.announce(self.fingerprint, role, planned)
        return left + planned


class _Embedding:
    """Encodes one batch; in every process that it is sent to, it loads the model once."""

    def __init__(self, load_model: Callable[[], Model]) -> None:
        self._load_model = load_model

    @cached_property
    def model(self) -> Model:
        return self._load_model()

    def __call__(self, batch: tuple[Role, list[str]]) -> np.ndarray:
        role, texts = batch
        vectors = self.model.embed(texts, role)
        if not np.isfinite(vectors).all():
            raise InputError(f"the model gives no finite vector for a text like {texts[0]!r}")
        return vectors

    def __getstate__(self) -> dict[str, object]:
        return {"_load_model": self._load_model}  # the model is loaded anew elsewhere
