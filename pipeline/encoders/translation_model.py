"""The encoder half of a translation model such as NLLB: no decoder, the mean of its states.

The source language stands before the text as a token, as in training (NLLB Team 2022, "No Language
Left Behind"), so the states know which language they read; a model of one direction has none.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from pipeline.encoders.batching import GPU_TOKEN_BUDGET, TOKEN_BUDGET
from pipeline.encoders.language_tokens import TokenIds, framed, language_token
from pipeline.encoders.protocol import Role

_MAX_TOKENS = 512


class TranslationModel:
    """Texts of one language in, unit vectors out; batches are planned elsewhere.

    Args:
        folder: of a sequence-to-sequence model with safetensors.
        code: of the language.

    Raises:
        InputError: the model has tokens for languages, but none for this one.
    """

    def __init__(self, folder: Path, code: str) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self._first = language_token(code, self._tokenizer, folder)
        self._encoder = _encoder(folder)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._encoder.config.hidden_size)

    @property
    def token_budget(self) -> int:
        """Tokens in one batch: more where a GPU has thousands of lanes to fill."""
        return TOKEN_BUDGET if self._encoder.device.type == "cpu" else GPU_TOKEN_BUDGET

    def count_tokens(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Tokens of each text with language and end, after truncation; (n,) int64."""
        del role  # it has no prompts
        return np.array([len(ids) for ids in self._token_ids(texts)], np.int64)

    @torch.inference_mode()
    def embed(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Encode one batch; (n, dimension) float32 unit rows."""
        del role
        rows = {"input_ids": self._token_ids(texts)}
        batch = self._tokenizer.pad(rows, return_tensors="pt").to(self._encoder.device)
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        states = self._encoder(**inputs).last_hidden_state
        weights = inputs["attention_mask"].unsqueeze(-1)
        means = (states * weights).sum(dim=1) / weights.sum(dim=1)
        vectors: np.ndarray = torch.nn.functional.normalize(means, dim=1).cpu().numpy()
        return vectors

    def _token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        pieces = self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return framed(pieces, self._first, self._tokenizer.eos_token_id, _MAX_TOKENS)


@lru_cache(maxsize=1)  # the same weights read every language
def _encoder(folder: Path) -> Any:  # noqa: ANN401 - transformers has no types
    model = AutoModel.from_pretrained(
        str(folder), local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.get_encoder().eval().to(device)
