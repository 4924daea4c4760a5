"""A translation model in training: what of it learns, and what it is when it is done."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import Parameter

from pipeline.parameters import TranslationParams
from pipeline.translation.devices import open_model
from pipeline.translation.directed_tokenizer import DirectedTokenizer

LORA_FOLDER = "lora"
"""Where a model that was trained by LoRA has its adapter, beside the merged weights."""

_QUERY_VALUE = ["q_proj", "v_proj", "q", "v"]  # as M2M100 and Marian, and as T5 call them


class TranslatorInTraining:
    """A model whose weights, or whose adapter's, change.

    With LoRA on a GPU the weights that stay are bfloat16; what is trained is float32 everywhere.

    Args:
        start_folder: the model before.
        params: how to train.
        device: where.
        added_ids: of pieces whose rows are trained beside the adapter.

    Attributes:
        model: of transformers.
        trained: what changes, by name.
    """

    def __init__(
        self,
        start_folder: Path,
        params: TranslationParams,
        device: torch.device,
        added_ids: Sequence[int] = (),
    ) -> None:
        self._start_folder, self._is_adapted = start_folder, params.lora_rank > 0
        is_halved = self._is_adapted and device.type == "cuda"
        self.model = open_model(
            start_folder, device, torch.bfloat16 if is_halved else torch.float32
        )
        if self._is_adapted:
            add_adapter(self.model, params, added_ids)
        self.trained: dict[str, Parameter] = {
            name: weight for name, weight in self.model.named_parameters() if weight.requires_grad
        }

    def save(self, folder: Path, tokenizer: DirectedTokenizer) -> None:
        """Write the model, an adapter merged into it and beside it, into an existing folder."""
        whole = self.model
        if self._is_adapted:
            from pipeline.training.lora import add_learnt, write_adapter  # noqa: PLC0415 - slow

            whole = open_model(self._start_folder, torch.device("cpu"))
            add_learnt(self.model, whole)
            write_adapter(self.model, folder / LORA_FOLDER)
        whole.save_pretrained(folder)
        tokenizer.tokenizer.save_pretrained(folder)


def add_adapter(
    model: Any,  # noqa: ANN401 - of transformers
    params: TranslationParams,
    added_ids: Sequence[int] = (),
) -> None:
    """Put an untrained adapter beside linear layers; trained are it and the pieces' rows."""
    from peft import LoraConfig  # noqa: PLC0415 - seconds that other trainings need not wait

    from pipeline.training.lora import ADAPTER_NAME  # noqa: PLC0415 - the same

    torch.manual_seed(params.seed)
    config = LoraConfig(
        r=params.lora_rank,
        lora_alpha=params.lora_alpha,
        lora_dropout=params.lora_dropout,
        target_modules="all-linear" if params.lora_layers == "all" else _QUERY_VALUE,
        trainable_token_indices=list(added_ids) or None,
    )
    model.add_adapter(config, adapter_name=ADAPTER_NAME)
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.float()
