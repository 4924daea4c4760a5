"""The model in training: a sentence-transformers folder, opened for gradients."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize
from torch import Tensor
from torch.nn import Parameter, functional

from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.encoders.opening import open_folder
from pipeline.parameters import DistillationParams

_ENCODED_AT_ONCE = 64
_PROMPT_NAME = "query"  # both sides of a pair play the same part


class Student:
    """Texts as token numbers in, unit vectors with gradients out.

    Dropout stays off: the targets are exact, and it would blur the space that is to be retained.
    """

    def __init__(self, folder: Path, *, is_word_embedding_frozen: bool = True) -> None:
        torch.manual_seed(0)  # for parts that a folder may lack and nobody uses, such as a pooler
        self._folder = folder
        self._is_adapted = False
        self.model = open_folder(folder)
        embeddings = self.model.transformers_model.get_input_embeddings()
        embeddings.weight.requires_grad_(requires_grad=not is_word_embedding_frozen)

    @classmethod
    def in_training(cls, folder: Path, params: DistillationParams) -> "Student":
        """Open a model of which that is trained what the parameters say.

        With a `lora_rank` it is a new adapter alone, see `lora`; else all weights, but for word
        embeddings that are frozen.
        """
        student = cls(folder, is_word_embedding_frozen=params.is_word_embedding_frozen)
        if params.lora_rank:
            from pipeline.distillation.students.lora import add_lora  # noqa: PLC0415 - imports peft

            add_lora(student.model, params.lora_rank, params.lora_alpha, params.seed)
            student._is_adapted = True
        return student

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.model.get_embedding_dimension())

    @property
    def trained_parameters(self) -> dict[str, Parameter]:
        """What is trained, by name."""
        named = self.model.named_parameters()
        return {name: parameter for name, parameter in named if parameter.requires_grad}

    def tokenise(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Token numbers of each text behind the query prompt, cut to `max_tokens`."""
        prompt = self.model.prompts.get(_PROMPT_NAME, "")
        encoded = self.model.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=min(max_tokens, self.model.max_seq_length),
        )
        token_ids: list[list[int]] = encoded["input_ids"]
        return token_ids

    def embed(self, token_ids: Sequence[Sequence[int]]) -> Tensor:
        """Encode one batch; (n, dimension) unit rows."""
        lengths = torch.tensor([len(ids) for ids in token_ids])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        padded = torch.full(mask.shape, self.model.tokenizer.pad_token_id)
        padded[mask] = torch.tensor(list(chain.from_iterable(token_ids)))
        device = self.model.device
        features = {"input_ids": padded.to(device), "attention_mask": mask.long().to(device)}
        return functional.normalize(self.model(features)["sentence_embedding"].float(), dim=1)

    def encode(self, token_ids: Sequence[Sequence[int]]) -> np.ndarray:
        """Encode any number of texts without gradients; (n, dimension) float32 unit rows."""
        order = sorted(range(len(token_ids)), key=lambda row: len(token_ids[row]))
        vectors = np.empty((len(token_ids), self.dimension), np.float32)
        with torch.no_grad():
            for begin in range(0, len(order), _ENCODED_AT_ONCE):
                rows = order[begin : begin + _ENCODED_AT_ONCE]
                vectors[rows] = self.embed([token_ids[row] for row in rows]).cpu().numpy()
        return vectors

    def to_device(self, vectors: np.ndarray) -> Tensor:
        """Put teacher vectors where the model is."""
        return torch.from_numpy(vectors).to(self.model.device)

    def save(self, folder: Path) -> None:
        """Write a folder that gives unit vectors by itself, with its prompts, in safetensors.

        An adapter is merged into the weights, and written apart as well, as `LORA_FOLDER` within.
        """
        model = self._write_adapter(folder) if self._is_adapted else self.model
        if not any(isinstance(module, Normalize) for module in model):
            model.append(Normalize())
        model.save(str(folder), create_model_card=False)

    def _write_adapter(self, folder: Path) -> SentenceTransformer:
        """Write the adapter alone; returns the model with the adapter merged."""
        from pipeline.distillation.students.lora import merged, save_lora  # noqa: PLC0415 - peft

        save_lora(self.model, folder / LORA_FOLDER)
        return merged(self.model, self._folder)
