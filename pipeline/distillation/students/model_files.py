"""The files of a sentence-transformers folder that surgery on a model reads and writes."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import InputError

LORA_FOLDER = "lora"
"""Where a student that was trained by LoRA has its adapter, beside the merged model."""

# prose and other runtimes' copies: true of the model before, not of the one that is written
_LEFT_OUT = ("*.md", "*.onnx", "*.bin", ".*")


def transformer_folder(model_folder: Path) -> Path:
    """Return the folder itself, or its module, that holds the transformer with its tokenizer.

    Raises:
        InputError: nowhere does a `tokenizer.json` stand beside a `model.safetensors`.
    """
    for tokenizer in sorted(model_folder.rglob("tokenizer.json")):
        if (tokenizer.parent / "model.safetensors").is_file():
            return tokenizer.parent
    raise InputError(f"{model_folder} has no tokenizer.json beside a model.safetensors")


def copy_model(model_folder: Path, target: Path, *written_anew: str) -> Path:
    """Copy a model into the existing folder `target`.

    Args:
        model_folder: a sentence-transformers folder.
        target: where its files go.
        written_anew: patterns of the transformer's own files that are left out; other modules, such
            as a dense layer, keep theirs.

    Returns:
        The transformer's folder within `target`.
    """
    files = transformer_folder(model_folder)
    everywhere = shutil.ignore_patterns(*_LEFT_OUT)
    here = shutil.ignore_patterns(*_LEFT_OUT, *written_anew)

    def ignored(folder: str, names: list[str]) -> set[str]:
        return (here if Path(folder) == files else everywhere)(folder, names)

    shutil.copytree(model_folder, target, ignore=ignored, dirs_exist_ok=True)
    return target / files.relative_to(model_folder)


def prompts_of(model_folder: Path) -> set[str]:
    """What may stand before a text, nothing among them."""
    path = model_folder / "config_sentence_transformers.json"
    prompts = read_json(path).get("prompts", {}) if path.is_file() else {}
    return {"", *prompts.values()}


def word_embedding_name(weights: Mapping[str, np.ndarray], files: Path) -> str:
    """Return the name of the table of word embeddings among a model's weights.

    Raises:
        InputError: there is none, or more than one.
    """
    names = [name for name in weights if name.endswith("word_embeddings.weight")]
    if len(names) != 1:
        raise InputError(f"{files}/model.safetensors has {len(names)} tables of word embeddings")
    return names[0]


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object, in equal bytes for equal content."""
    path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")
