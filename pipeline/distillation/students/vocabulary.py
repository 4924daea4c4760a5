"""Cuts a model's vocabulary down to what its texts use.

Most parameters of a small multilingual model are word embeddings of languages that nobody asked
for. Dropping rows leaves the vector of a text unchanged as long as its pieces are kept (Abdaoui et
al. 2020, "Load What You Need"). Works on the files; torch is not imported.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from pipeline.distillation.students.tokenizer_file import indispensable_ids, list_pieces, renumber
from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError

_TEXTS_AT_ONCE = 10_000
# written anew, or repeating the vocabulary in an older form that would contradict tokenizer.json
_LEFT_OUT = ("model.safetensors", "vocab.txt", "*.model", "*.md", "*.onnx", "*.bin", ".*")


@dataclass(frozen=True)
class PruneReport:
    """Sizes before and after."""

    kept_piece_count: int
    original_piece_count: int
    parameter_count: int
    original_parameter_count: int


def prune_vocabulary(model_folder: Path, texts: Iterable[str], out: Path) -> PruneReport:
    """Write a copy of a model that knows only the pieces which `texts` use.

    Also kept are the special tokens, every piece without a letter, and every piece of one
    character, so that unseen words can still be spelt. Vectors of `texts` stay the same; other
    texts may be cut into shorter pieces.

    Args:
        model_folder: a sentence-transformers folder with a Unigram or WordPiece tokenizer.
        texts: in every language that the model must still serve, without prompts.
        out: the folder to write; it appears whole or not at all.

    Raises:
        InputError: the folder lacks `tokenizer.json`, `model.safetensors` or a table of word
            embeddings, or its tokenizer is of another kind.
    """
    files = _transformer_folder(model_folder)
    description = _read_json(files / "tokenizer.json")
    pieces = list_pieces(description)
    used = _used_ids(files / "tokenizer.json", texts, _prompts(model_folder))
    kept = np.array(sorted(used | indispensable_ids(description, pieces)))
    weights = load_file(files / "model.safetensors")
    original_parameter_count = _count(weights)
    table = _word_embedding_name(weights, files)
    weights[table] = weights[table][kept]
    with appearing_whole(out) as unfinished:
        ignored = shutil.ignore_patterns(*_LEFT_OUT)
        shutil.copytree(model_folder, unfinished, ignore=ignored, dirs_exist_ok=True)
        target = unfinished / files.relative_to(model_folder)
        save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
        _write_json(target / "tokenizer.json", renumber(description, pieces, kept))
        _renumber_configs(target, {int(old): new for new, old in enumerate(kept)})
    return PruneReport(len(kept), len(pieces), _count(weights), original_parameter_count)


def _transformer_folder(model_folder: Path) -> Path:
    """The folder itself, or its module that has the tokenizer."""
    for tokenizer in sorted(model_folder.rglob("tokenizer.json")):
        if (tokenizer.parent / "model.safetensors").is_file():
            return tokenizer.parent
    raise InputError(f"{model_folder} has no tokenizer.json beside a model.safetensors")


def _prompts(model_folder: Path) -> set[str]:
    path = model_folder / "config_sentence_transformers.json"
    prompts = _read_json(path).get("prompts", {}) if path.is_file() else {}
    return {"", *prompts.values()}


def _used_ids(tokenizer_json: Path, texts: Iterable[str], prompts: set[str]) -> set[int]:
    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    used: set[int] = set()
    remaining = iter(texts)
    while chunk := list(islice(remaining, _TEXTS_AT_ONCE)):
        for prompt in prompts:
            encodings = tokenizer.encode_batch_fast([prompt + text for text in chunk])
            used.update(*(encoding.ids for encoding in encodings))
    return used


def _word_embedding_name(weights: dict[str, np.ndarray], files: Path) -> str:
    names = [name for name in weights if name.endswith("word_embeddings.weight")]
    if len(names) != 1:
        raise InputError(f"{files}/model.safetensors has {len(names)} tables of word embeddings")
    return names[0]


def _renumber_configs(folder: Path, new_id: dict[int, int]) -> None:
    config = _read_json(folder / "config.json")
    for key, value in config.items():
        if key.endswith("_token_id") and value in new_id:
            config[key] = new_id[value]
    _write_json(folder / "config.json", config | {"vocab_size": len(new_id)})
    path = folder / "tokenizer_config.json"
    if path.is_file() and (decoder := _read_json(path).get("added_tokens_decoder")):
        renumbered = {str(new_id[int(old)]): token for old, token in decoder.items()}
        _write_json(path, _read_json(path) | {"added_tokens_decoder": renumbered})


def _count(weights: dict[str, np.ndarray]) -> int:
    return sum(tensor.size for tensor in weights.values())


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")
