"""Students that learn through low-rank adapters, see `pipeline.training.lora`.

Such an adapter can be merged into the weights or kept apart and put on when it is wanted. Imports
torch.
"""

from pathlib import Path

import torch
from peft import LoraConfig
from sentence_transformers import SentenceTransformer

from pipeline.encoders.opening import open_folder
from pipeline.training.lora import ADAPTER_NAME, add_learnt, write_adapter

_OF_ADAPTERS = ".lora_"  # in the names that peft gives its matrices


def add_lora(model: SentenceTransformer, rank: int, alpha: float, seed: int) -> None:
    """Put an untrained adapter beside the transformer's linear layers; it alone is trained.

    What stands behind the transformer, such as a dense layer, is frozen: an adapter has no room
    for it.

    Args:
        model: with a transformer that peft knows, which nearly all are.
        rank: of each pair of matrices.
        alpha: what they are scaled by, times the rank.
        seed: of the matrices that start at random.
    """
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules="all-linear")
    model.add_adapter(config, adapter_name=ADAPTER_NAME)
    model.eval()  # as it was before
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(requires_grad=_OF_ADAPTERS in name)


def merged(model: SentenceTransformer, base_folder: Path) -> SentenceTransformer:
    """Open the model as it was and add what its adapter has learnt; `model` stays as it is.

    Args:
        model: with an adapter.
        base_folder: what `model` was opened from.
    """
    whole = open_folder(base_folder)
    add_learnt(model, whole)
    return whole


def save_lora(model: SentenceTransformer, folder: Path) -> None:
    """Write the adapter alone into a new folder; `load_adapter` puts it on the base again."""
    write_adapter(model.transformers_model, folder)


def merge_adapter(base_folder: Path, adapter_folder: Path, out: Path) -> None:
    """Write the model whose weights have an adapter inside; it needs neither peft nor the adapter.

    Args:
        base_folder: a sentence-transformers folder.
        adapter_folder: of an adapter trained on it.
        out: where the model is written.
    """
    model = open_folder(base_folder)
    model.load_adapter(str(adapter_folder), adapter_name=ADAPTER_NAME)
    merged(model, base_folder).save(str(out), create_model_card=False)
