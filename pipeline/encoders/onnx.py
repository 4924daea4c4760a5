"""Encoders that need no torch: an exported student, run by ONNX Runtime.

The folder is described by its `onnx.json`, see `OnnxDescription`.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime
from pydantic import BaseModel, ConfigDict, ValidationError
from tokenizers import Tokenizer

from pipeline.encoders.batching import TOKEN_BUDGET
from pipeline.encoders.cache import EmbeddingCache
from pipeline.encoders.planned import PlannedEncoder
from pipeline.encoders.protocol import Role
from pipeline.errors import InputError
from pipeline.progress import Progress, silent

Precision = Literal["fp32", "int8"]

DESCRIPTION_NAME = "onnx.json"
TOKENIZER_NAME = "tokenizer.json"
INPUT_NAMES = ("input_ids", "attention_mask")
OUTPUT_NAME = "sentence_embedding"


class OnnxDescription(BaseModel):
    """How an exported model is to be run.

    Attributes:
        files: of each precision, beside this description.
        inputs: int64 (texts, tokens): token numbers, and 1 where there is a token.
        output: float32 (texts, dimension), unit rows.
        dimension: length of a vector.
        max_tokens: texts are cut to this length, special tokens included.
        pad_token_id: fills short texts.
        pooling: how the tokens' states become a vector before it gets unit length, for people; both
            are inside the graph.
        prompts: what stands before a text, by the part it plays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: dict[Precision, str]
    inputs: tuple[str, str] = INPUT_NAMES
    output: str = OUTPUT_NAME
    dimension: int
    max_tokens: int
    pad_token_id: int
    pooling: str
    prompts: dict[str, str]


def load_onnx_encoder(
    folder: Path,
    precision: Precision,
    *,
    cache: EmbeddingCache | None = None,
    progress: Progress = silent,
) -> PlannedEncoder:
    """Return the encoder of an exported student; its weights are read when first needed.

    Args:
        folder: as `pipeline.distillation.exports` writes it.
        precision: which of the exports.
        cache: where vectors are remembered between runs.
        progress: hears how many distinct texts of a call are done.

    Raises:
        InputError: the folder holds no such export.
    """
    try:
        text = (folder / DESCRIPTION_NAME).read_text(encoding="utf-8")
        description = OnnxDescription.model_validate_json(text)
        model = folder / description.files[precision]
        fingerprint = _fingerprint(text, model, folder / TOKENIZER_NAME)
    except (OSError, KeyError, ValidationError) as error:
        raise InputError(f"{folder} holds no {precision} export of a student: {error}") from error
    return PlannedEncoder(
        fingerprint, lambda: OnnxModel(folder, model, description), cache, progress
    )


class OnnxModel:
    """Texts in, unit vectors out, on the CPU; batches are planned elsewhere."""

    def __init__(self, folder: Path, file: Path, description: OnnxDescription) -> None:
        self._description = description
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_NAME))
        self._tokenizer.enable_truncation(description.max_tokens)
        self._session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._description.dimension

    @property
    def token_budget(self) -> int:
        """Tokens in one batch."""
        return TOKEN_BUDGET

    def count_tokens(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Tokens of each text with prompt and special tokens, after truncation; (n,) int64."""
        return np.array([len(ids) for ids in self._token_ids(texts, role)], np.int64)

    def embed(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Encode one batch; (n, dimension) float32 unit rows."""
        feed = self.inputs(texts, role)
        vectors: np.ndarray = self._session.run([self._description.output], feed)[0]
        return vectors

    def inputs(self, texts: Sequence[str], role: Role) -> dict[str, np.ndarray]:
        """What the model is given for one batch; by name (n, most tokens) int64."""
        rows = self._token_ids(texts, role)
        lengths = np.array([len(ids) for ids in rows])
        mask = np.arange(lengths.max()) < lengths[:, None]
        token_ids = np.full(mask.shape, self._description.pad_token_id, np.int64)
        token_ids[mask] = np.concatenate(rows)
        return dict(zip(self._description.inputs, (token_ids, mask.astype(np.int64)), strict=True))

    def _token_ids(self, texts: Sequence[str], role: Role) -> list[list[int]]:
        prompt = self._description.prompts.get(role, "")
        self._tokenizer.no_padding()
        return [
            encoding.ids
            for encoding in self._tokenizer.encode_batch([prompt + text for text in texts])
        ]


def _fingerprint(description: str, *files: Path) -> str:
    digest = hashlib.sha256(description.encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
