"""Low-rank adapters: a model learns through small matrices beside its own, which stay as they are.

Beside each linear layer W of the transformer stands alpha / rank * B A, of which A starts at
random and B at zero, so that nothing changes at first (Hu et al. 2022, "LoRA"); peft does the
rest. Such an adapter can be merged into the weights or kept apart and put on when it is wanted.
Imports torch.
"""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

from pipeline.encoders.opening import open_folder

_NAME = "default"  # as peft and sentence-transformers call an only adapter


def add_lora(model: SentenceTransformer, rank: int, alpha: float, seed: int) -> None:
    """Put an untrained adapter beside every linear layer; it alone is trained from now on.

    Args:
        model: with a transformer that peft knows, which nearly all are.
        rank: of each pair of matrices.
        alpha: what they are scaled by, times the rank.
        seed: of the matrices that start at random.
    """
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules="all-linear")
    model.add_adapter(config, adapter_name=_NAME)
    model.eval()  # as it was before


def merged(model: SentenceTransformer, base_folder: Path) -> SentenceTransformer:
    """Open the model as it was and add what its adapter has learnt; `model` stays as it is.

    Args:
        model: with an adapter.
        base_folder: what `model` was opened from.
    """
    whole = open_folder(base_folder)
    with torch.no_grad():
        for name, part in model.named_modules():
            if isinstance(part, LoraLayer):
                weight = whole.get_submodule(name).weight
                weight += part.get_delta_weight(_NAME).to(weight.device)
    return whole


def save_lora(model: SentenceTransformer, folder: Path) -> None:
    """Write the adapter alone, as peft does, into a new folder.

    `SentenceTransformer(base).load_adapter(folder)` puts it on. The base is not named: it is
    wherever the reader has it.
    """
    transformer = model.transformers_model
    config = transformer.peft_config[_NAME].to_dict() | {"base_model_name_or_path": None}
    config |= {"inference_mode": True, "target_modules": sorted(config["target_modules"])}
    state = get_peft_model_state_dict(transformer, adapter_name=_NAME)
    tensors = {name: state[name].detach().cpu().contiguous() for name in sorted(state)}
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    text = json.dumps(config, indent=1, sort_keys=True, default=str) + "\n"
    (folder / "adapter_config.json").write_text(text, encoding="utf-8")


def merge_adapter(base_folder: Path, adapter_folder: Path, out: Path) -> None:
    """Write the model whose weights have an adapter inside; it needs neither peft nor the adapter.

    Args:
        base_folder: a sentence-transformers folder.
        adapter_folder: of an adapter trained on it.
        out: where the model is written.
    """
    model = open_folder(base_folder)
    model.load_adapter(str(adapter_folder), adapter_name=_NAME)
    merged(model, base_folder).save(str(out), create_model_card=False)
