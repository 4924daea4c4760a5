"""The model behind most encoders: a sentence-transformers folder, run by torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.encoders.opening import open_folder
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

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def count_tokens(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Tokens of each text with prompt and special tokens, after truncation; (n,) int64."""
        prompt = self._prompt(role)
        encoded = self._model.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=self._model.max_seq_length,
            return_attention_mask=False,
        )
        return np.array([len(ids) for ids in encoded["input_ids"]], np.int64)

    def embed(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Encode one batch; (n, dimension) float32 unit rows."""
        vectors: np.ndarray = self._model.encode(
            list(texts),
            prompt=self._prompt(role),
            batch_size=len(texts),
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return vectors

    def _prompt(self, role: Role) -> str:
        prompts: dict[str, str] = self._model.prompts
        named = (prompts[name] for name in _PROMPT_NAMES[role] if name in prompts)
        return next(named, "")
