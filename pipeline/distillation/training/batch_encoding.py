"""Flat texts to unit vectors with gradients, the fastest way that the model and machine allow."""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from pipeline.distillation.training.flat_texts import FlatTexts
from pipeline.distillation.training.packing_trial import (
    disagreement,
    trial_texts,
    vectors_and_gradient,
)
from pipeline.encoders.batching import GPU_TOKEN_BUDGET, TOKEN_BUDGET, plan_batches
from pipeline.encoders.packed_attention import PackedTransformer, can_pack

_LOG = logging.getLogger(__name__)
_PADDED_RUNS = 4  # of a sorted batch, each padded to its own longest text


@dataclass(frozen=True)
class Engine:
    """What makes training fast, each to be measured alone; the mathematics is the same.

    Attributes:
        is_packed: texts lie end to end where model and machine allow it, instead of being padded.
        is_bf16: matrix products in bfloat16. Weights and the optimiser stay in float32.
        is_compiled: through torch.compile.
        is_fused: the optimiser updates all of a tensor's state in one pass.
    """

    is_packed: bool = True
    is_bf16: bool = False
    is_compiled: bool = False
    is_fused: bool = True

    @classmethod
    def of(cls, device: torch.device) -> "Engine":
        """What is fastest on a device; on CPUs bfloat16 is slower than float32."""
        is_gpu = device.type == "cuda"
        return cls(is_bf16=is_gpu, is_compiled=is_gpu)


class BatchEncoder:
    """Encodes batches of a model in training.

    Args:
        model: of which some parameters may want gradients; its attention may be replaced, which
            does not show in what it saves.
        engine: how.
    """

    def __init__(self, model: SentenceTransformer, engine: Engine) -> None:
        self._model = model
        self._is_bf16 = engine.is_bf16
        transformer = model.transformers_model
        self._transformer, *self._after = model
        can_be_packed = engine.is_packed and can_pack(transformer, is_bf16=engine.is_bf16)
        self._packed = self._laid_end_to_end(transformer) if can_be_packed else None
        if engine.is_compiled:
            transformer.compile(dynamic=True)

    def embed(self, texts: FlatTexts) -> Tensor:
        """Encode one batch.

        Args:
            texts: sorted by length, the work on padding is least.

        Returns:
            (n, dimension) float32 unit rows, the same bits for the same texts on a CPU.
        """
        if self._packed:
            return self._embed_packed(self._packed, texts)
        lengths = np.cumsum(texts.lengths)
        marks = np.linspace(0, lengths[-1], _PADDED_RUNS + 1)[1:-1]
        runs = np.split(np.arange(len(texts)), np.searchsorted(lengths, marks, "right"))
        return torch.cat([self._embed_padded(texts.take(run)) for run in runs if len(run)])

    def encode(self, texts: FlatTexts) -> np.ndarray:
        """Encode any number of texts without gradients; (n, dimension) float32 unit rows."""
        is_gpu = self._model.device.type == "cuda"
        budget = GPU_TOKEN_BUDGET if is_gpu else TOKEN_BUDGET
        vectors = np.empty((len(texts), self._model.get_embedding_dimension()), np.float32)
        with torch.no_grad():
            for rows in plan_batches(texts.lengths, budget):
                vectors[rows] = self.embed(texts.take(rows)).cpu().numpy()
        return vectors

    def _laid_end_to_end(self, transformer: PreTrainedModel) -> PackedTransformer | None:
        """The transformer packed; None, and as it was, on a GPU that does it otherwise."""
        if self._model.device.type == "cpu":
            return PackedTransformer(transformer)
        texts = trial_texts(transformer.config.vocab_size)
        trained = [one for one in self._model.parameters() if one.requires_grad]
        wanted = vectors_and_gradient(self._embed_padded, texts, trained)
        packed = PackedTransformer(transformer)
        reason = disagreement(partial(self._embed_packed, packed), wanted, texts, trained)
        if not reason:
            return packed
        packed.restore()
        _LOG.warning("texts are padded, for laid end to end they are not encoded alike: %s", reason)
        return None

    def _embed_packed(self, packed: PackedTransformer, texts: FlatTexts) -> Tensor:
        with self._autocast():
            states, mask = packed.flat_states(texts.token_ids, texts.lengths)
        return self._pool(states, mask)

    def _embed_padded(self, texts: FlatTexts) -> Tensor:
        lengths = torch.from_numpy(texts.lengths)
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        padded = torch.full(mask.shape, self._model.tokenizer.pad_token_id)
        padded[mask] = torch.from_numpy(texts.token_ids.astype(np.int64))
        device = self._model.device
        mask_there = mask.long().to(device, non_blocking=True)
        features = {"input_ids": padded.to(device, non_blocking=True), "attention_mask": mask_there}
        with self._autocast():
            states = self._transformer(features)["token_embeddings"]
        return self._pool(states, mask_there)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._model.device.type, torch.bfloat16, enabled=self._is_bf16)

    def _pool(self, states: Tensor, mask: Tensor) -> Tensor:
        features: dict[str, Any] = {"token_embeddings": states.float(), "attention_mask": mask}
        for module in self._after:
            features = module(features)
        return functional.normalize(features["sentence_embedding"], dim=1)
