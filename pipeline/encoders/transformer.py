"""The model behind most encoders: a sentence-transformers folder, run by torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from pipeline.encoders.batching import GPU_TOKEN_BUDGET, TOKEN_BUDGET
from pipeline.encoders.opening import open_folder
from pipeline.encoders.packed_attention import PackedTransformer, can_pack
from pipeline.encoders.protocol import Role

# what the prompt for the searched side is called, by the age of a model
_PROMPT_NAMES: dict[Role, tuple[str, ...]] = {
    "query": ("query",),
    "passage": ("passage", "document"),
}


class TransformerModel:
    """Texts in, unit vectors out; batches are planned elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._model = open_folder(folder)
        _, *self._after = self._model  # pooling and what follows
        transformer = self._model.transformers_model
        are_prompts_pooled = all(getattr(part, "include_prompt", True) for part in self._after)
        self._packed = (
            PackedTransformer(transformer) if can_pack(transformer) and are_prompts_pooled else None
        )

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def token_budget(self) -> int:
        """Tokens in one batch: more where a GPU has thousands of lanes to fill."""
        return TOKEN_BUDGET if self._model.device.type == "cpu" else GPU_TOKEN_BUDGET

    def count_tokens(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Tokens of each text with prompt and special tokens, after truncation; (n,) int64."""
        return np.array([len(ids) for ids in self._token_ids(texts, role)], np.int64)

    def embed(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Encode one batch; (n, dimension) float32 unit rows."""
        if self._packed:
            return self._embed_packed(self._packed, texts, role)
        vectors: np.ndarray = self._model.encode(
            list(texts),
            prompt=self._prompt(role),
            batch_size=len(texts),
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return vectors

    @torch.inference_mode()
    def _embed_packed(
        self, packed: PackedTransformer, texts: Sequence[str], role: Role
    ) -> np.ndarray:
        """As `embed`: the modules behind the transformer see an ordinary padded batch."""
        states, mask = packed.states(self._token_ids(texts, role))
        features = {"token_embeddings": states, "attention_mask": mask}
        for module in self._after:
            features = module(features)
        vectors = torch.nn.functional.normalize(features["sentence_embedding"], dim=1)
        array: np.ndarray = vectors.numpy()
        return array

    def _token_ids(self, texts: Sequence[str], role: Role) -> list[list[int]]:
        prompt = self._prompt(role)
        encoded = self._model.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=self._model.max_seq_length,
            return_attention_mask=False,
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids

    def _prompt(self, role: Role) -> str:
        prompts: dict[str, str] = self._model.prompts
        named = (prompts[name] for name in _PROMPT_NAMES[role] if name in prompts)
        return next(named, "")
