"""Low-rank adapters of any transformer: what they have learnt, merged or written down.

Beside a linear layer W stands alpha / rank * B A, of which A starts at random and B at zero, so
that nothing changes at first (Hu et al. 2022, "LoRA"); peft does the rest. Imports torch.
"""

import json
from pathlib import Path
from typing import Any, cast

import torch
from peft import get_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from peft.tuners.trainable_tokens import TrainableTokensLayer
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import Module

ADAPTER_NAME = "default"
"""As peft calls an only adapter."""


def add_learnt(adapted: Module, whole: Module) -> None:
    """Add what an adapter has learnt to the weights of the model as it was, in place.

    Rows of embeddings that were trained beside it take the place of those before.

    Args:
        adapted: with an adapter.
        whole: the same model without one.
    """
    with torch.no_grad():
        for name, part in adapted.named_modules():
            if isinstance(part, LoraLayer):
                weight = _weight(whole, name)
                weight += part.get_delta_weight(ADAPTER_NAME).to(weight)
            elif isinstance(part, TrainableTokensLayer) and part.tied_adapter is None:
                weight = _weight(whole, name.removesuffix(".token_adapter"))
                rows = cast("Tensor", part.trainable_tokens_delta[ADAPTER_NAME])
                weight[part.token_indices[ADAPTER_NAME]] = rows.to(weight)


def _weight(whole: Module, name: str) -> Tensor:
    return cast("Tensor", whole.get_submodule(name).weight)


def write_adapter(transformer: Any, folder: Path) -> None:  # noqa: ANN401 - of transformers
    """Write the adapter alone, as peft does, into a new folder.

    The base is not named: it is wherever the reader has it.
    """
    config = transformer.peft_config[ADAPTER_NAME].to_dict() | {"base_model_name_or_path": None}
    config |= {"inference_mode": True, "target_modules": sorted(config["target_modules"])}
    state = get_peft_model_state_dict(transformer, adapter_name=ADAPTER_NAME)
    tensors = {name: state[name].detach().cpu().contiguous() for name in sorted(state)}
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    text = json.dumps(config, indent=1, sort_keys=True, default=str) + "\n"
    (folder / "adapter_config.json").write_text(text, encoding="utf-8")
