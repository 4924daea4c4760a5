"""The size of a model, from its files alone. Pure: the weights' headers are read, no weights."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from pipeline.errors import InputError

_MATRIX_AXES = 2
_TABLE_MARK = "embed"  # in the names of embedding tables, of words, positions and token types
_NOT_PER_TOKEN = ("pooler", "lm_head", "_Dense/")  # once per text, or not at all
_NOT_LOADED = {".md", ".onnx", ".py", ".gitattributes"}
_FLOATS = {"F64", "F32", "F16", "BF16", "I8", "U8"}  # integers of more bits are indices


@dataclass(frozen=True)
class ModelSize:
    """What follows from a model's files.

    Attributes:
        parameter_count: numbers that were trained.
        table_parameter_count: of these, those in embedding tables.
        linear_weight_count: of these, those multiplied with every token.
        disk_bytes: of the files that are needed to run it.
        dimension: length of a vector.
        max_tokens: longer texts are cut; None where the folder does not say.
    """

    parameter_count: int
    table_parameter_count: int
    linear_weight_count: int
    disk_bytes: int
    dimension: int
    max_tokens: int | None


def folder_size(folder: Path) -> ModelSize:
    """The size of a sentence-transformers folder, from the headers of its weights.

    Raises:
        InputError: the folder lacks weights or configuration, or they cannot be read.
    """
    try:
        shapes = dict(_shapes(folder))
        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        dimension = int(configuration.get("hidden_size") or configuration["d_model"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder} is no folder of a sentence encoder: {error!r}") from error
    if not shapes:
        raise InputError(f"{folder} has no *.safetensors: save the model as safetensors")
    matrices = {name: shape for name, shape in shapes.items() if len(shape) == _MATRIX_AXES}
    tables = [shape for name, shape in matrices.items() if _TABLE_MARK in name]
    linear = [
        shape
        for name, shape in matrices.items()
        if not any(mark in name for mark in (_TABLE_MARK, *_NOT_PER_TOKEN))
    ]
    return ModelSize(
        _count(shapes.values()),
        _count(tables),
        _count(linear),
        sum(path.stat().st_size for path in _needed(folder)),
        dimension,
        _max_tokens(folder),
    )


def _count(shapes: Iterable[Sequence[int]]) -> int:
    return sum(map(prod, shapes))


def _shapes(folder: Path) -> Iterator[tuple[str, Sequence[int]]]:
    """Names and shapes of all tensors: a length, then JSON, lead every safetensors file."""
    for path in sorted(_needed(folder)):
        if path.suffix == ".safetensors":
            with path.open("rb") as file:
                header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            where = path.relative_to(folder).as_posix()
            for name, entry in header.items():
                if name != "__metadata__" and entry["dtype"] in _FLOATS:
                    yield f"{where}/{name}", entry["shape"]


def _needed(folder: Path) -> list[Path]:
    """Files that the model is loaded from; prose, code and ONNX exports beside it are not."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in _NOT_LOADED
        and path.name[0] != "."
        and path.relative_to(folder).parts[0] != "onnx"
    ]


def _max_tokens(folder: Path) -> int | None:
    path = folder / "sentence_bert_config.json"
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8")).get("max_seq_length")
    return int(found) if found else None
