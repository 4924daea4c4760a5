"""The size of an ONNX export, from its graph. Pure; the `onnx` package is imported when needed."""

from math import prod
from pathlib import Path
from typing import Any

from pipeline.encoders.onnx import (
    DESCRIPTION_NAME,
    TOKENIZER_NAME,
    OnnxDescription,
    load_onnx_encoder,
)
from pipeline.errors import InputError
from pipeline.evaluation.cost.size import ModelSize

_MULTIPLY = {"MatMul", "Gemm", "MatMulInteger", "DynamicQuantizeMatMul", "QLinearMatMul"}
_LOOK_UP = {"Gather", "DequantizeLinear"}
_MATRIX_AXES = 2


def onnx_size(file: Path) -> ModelSize:
    """The size of one `*.onnx` in a folder with `onnx.json`.

    What a graph multiplies by a constant matrix is linear, what it looks rows up in is a table; so
    the figures are those of the model that was exported, in whatever precision, but for the
    numbers that rounding to integers adds.

    Raises:
        InputError: the folder holds no such export.
    """
    import onnx  # noqa: PLC0415 - reads protocol buffers, a quarter of a second

    description = file.parent / DESCRIPTION_NAME
    try:
        facts = OnnxDescription.model_validate_json(description.read_text(encoding="utf-8"))
        graph: Any = onnx.load(str(file)).graph
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is no ONNX export of a student: {error}") from error
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    needed = (file, description, file.parent / TOKENIZER_NAME)
    return ModelSize(
        sum(map(prod, shapes.values())),
        _constants(graph, _LOOK_UP, shapes),
        _constants(graph, _MULTIPLY, shapes),
        sum(path.stat().st_size for path in needed),
        facts.dimension,
        facts.max_tokens,
    )


def onnx_fingerprint(file: Path) -> str:
    """The fingerprint that the export's encoder has.

    Raises:
        InputError: the folder holds no such export.
    """
    try:
        text = (file.parent / DESCRIPTION_NAME).read_text(encoding="utf-8")
        files = OnnxDescription.model_validate_json(text).files
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is no ONNX export of a student: {error}") from error
    precisions = [precision for precision, name in files.items() if name == file.name]
    if not precisions:
        raise InputError(f"{DESCRIPTION_NAME} beside {file} does not name it")
    return load_onnx_encoder(file.parent, precisions[0]).fingerprint


def _constants(graph: Any, operators: set[str], shapes: dict[str, tuple[int, ...]]) -> int:  # noqa: ANN401 - onnx has no types we could name
    """Numbers in the constant matrices that nodes of some kinds take in, each matrix once."""
    names = {name for node in graph.node if node.op_type in operators for name in node.input}
    return sum(prod(shapes[name]) for name in names if len(shapes.get(name, ())) == _MATRIX_AXES)
