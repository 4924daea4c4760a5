"""A model with fewer layers, cut out of a deeper one; pure functions over files.

The layers that stay keep their weights, which is a far better start for distillation than chance
(Sanh et al. 2019, DistilBERT; Sajjad et al. 2023 on which layers to keep).
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from pipeline.distillation.students.model_files import (
    copy_model,
    read_json,
    transformer_folder,
    write_json,
)
from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError

# BERT and XLM-R, DistilBERT, ModernBERT; a prefix such as `bert.` may stand before
_LAYER = re.compile(r"^((?:.+\.)?(?:encoder\.layer|transformer\.layer|layers)\.)(\d+)(\..+)$")
_COUNT_KEYS = ("num_hidden_layers", "n_layers")


def outer_layers(layer_count: int, kept_count: int) -> tuple[int, ...]:
    """Layers to keep: two thirds of them the lowest, the rest the highest of the model.

    What the layers in between do is done over again by their neighbours, while the lowest build
    words up and the highest shape the vector: `benchmarks.small_students` compares choices.

    Args:
        layer_count: of the deep model.
        kept_count: 1 to `layer_count`; a half goes to the highest.

    Returns:
        Ascending 0-based numbers.

    Raises:
        InputError: more are to be kept than there are, or none.
    """
    if not 1 <= kept_count <= layer_count:
        raise InputError(f"cannot keep {kept_count} layers of {layer_count}")
    high_count = (kept_count + 1) // 3
    low = range(kept_count - high_count)
    return (*low, *range(layer_count - high_count, layer_count))


def count_layers(model_folder: Path) -> int:
    """Layers of a model's transformer.

    Raises:
        InputError: the configuration does not tell.
    """
    config = read_json(transformer_folder(model_folder) / "config.json")
    counts = [config[key] for key in _COUNT_KEYS if key in config]
    if not counts:
        raise InputError(f"{model_folder} does not say how many layers it has")
    return int(counts[0])


def keep_layers(model_folder: Path, kept: Sequence[int], out: Path) -> None:
    """Write a copy of a model that has only some of its layers.

    Args:
        model_folder: a sentence-transformers folder.
        kept: ascending 0-based numbers of the layers that stay.
        out: the folder to write; it appears whole or not at all.

    Raises:
        InputError: the model has no such layers, or names its weights in another way.
    """
    files = transformer_folder(model_folder)
    config = read_json(files / "config.json")
    weights = load_file(files / "model.safetensors")
    kept_weights = _renumbered(weights, {old: new for new, old in enumerate(kept)})
    layer_count = count_layers(model_folder)
    if list(kept) != sorted({*kept} & {*range(layer_count)}) or not kept:
        raise InputError(f"{list(kept)} are no layers of {layer_count}, ascending from 0")
    if len(kept_weights) == len(weights) and len(kept) < layer_count:
        raise InputError(f"the weights in {files} are not named by layers in a known way")
    counts = {key: len(kept) for key in _COUNT_KEYS if key in config}
    with appearing_whole(out) as unfinished:
        target = copy_model(model_folder, unfinished, "model.safetensors")
        save_file(kept_weights, target / "model.safetensors", metadata={"format": "pt"})
        write_json(target / "config.json", config | counts | _kept_lists(config, kept))


def _renumbered(
    weights: dict[str, np.ndarray], new_number: dict[int, int]
) -> dict[str, np.ndarray]:
    """Weights outside the layers, and those of the layers that stay, under their new numbers."""
    renumbered = {}
    for name, tensor in weights.items():
        found = _LAYER.match(name)
        if found is None:
            renumbered[name] = tensor
        elif (old := int(found[2])) in new_number:
            renumbered[f"{found[1]}{new_number[old]}{found[3]}"] = tensor
    return renumbered


def _kept_lists(config: dict[str, object], kept: Sequence[int]) -> dict[str, list[object]]:
    """Settings that a configuration lists layer by layer, such as the kind of attention."""
    listed = config.get("layer_types")
    return {"layer_types": [listed[layer] for layer in kept]} if isinstance(listed, list) else {}
