"""A student as one ONNX graph: token numbers in, unit vectors out.

Whatever stands behind the transformer is part of the graph, so that whoever runs it cannot get it
wrong.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from torch import Tensor, nn

from pipeline.distillation.exports.student_export import Original
from pipeline.encoders.onnx import INPUT_NAMES, OUTPUT_NAME
from pipeline.encoders.opening import open_folder
from pipeline.errors import InputError
from pipeline.quiet import quiet

_OPSET = 18
_EXAMPLE_SHAPE = (2, 8)  # any: both axes stay free
_AXES = ("texts", "tokens")
_MOST_BYTES = 2**31 - 2**20  # of weights in a protocol buffer, which nodes share


class _SentenceGraph(nn.Module):
    """Transformer, the modules behind it as they are, unit length."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.transformer = model.transformers_model
        _, *behind = model
        self.behind = nn.ModuleList(behind)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.transformer(input_ids=input_ids, attention_mask=attention_mask)[0]
        features = {"token_embeddings": states, "attention_mask": attention_mask}
        for module in self.behind:
            features = module(features)
        return nn.functional.normalize(features["sentence_embedding"], dim=1)


def write_graph(model_folder: Path, file: Path, texts: Sequence[str]) -> Original:
    """Write the graph of a sentence-transformers folder, and the tokenizer's files beside it.

    Inputs are int64 (texts, tokens), the output float32 (texts, dimension). The weights are inside
    the file.

    Args:
        model_folder: a transformer and what stands behind it: pooling of any kind, dense layers.
        file: `*.onnx` in an existing folder.
        texts: encoded by the model itself, as queries, to compare the graph with.

    Raises:
        InputError: the model does not begin with a transformer, pools without the prompt, holds 2
            GiB or more, or has a module that cannot be written as ONNX.
    """
    model = open_folder(model_folder).cpu()
    prompts = {name: prompt for name, prompt in model.prompts.items() if prompt}
    if reason := _hindrance(model, prompts):
        raise InputError(f"{model_folder} cannot be exported: {reason}")
    try:
        _export(_SentenceGraph(model).eval(), file)
    except torch.onnx.OnnxExporterError as error:
        names = ", ".join(type(module).__name__ for module in model)
        reason, *_ = str(error.__cause__ or error).splitlines()
        raise InputError(f"torch cannot write {names} as one ONNX graph: {reason}") from error
    model.tokenizer.save_pretrained(str(file.parent))
    vectors = model.encode(
        list(texts), prompt=prompts.get("query", ""), normalize_embeddings=True, batch_size=16
    )
    return Original(
        int(model.get_embedding_dimension()),
        int(model.max_seq_length),
        int(model.tokenizer.pad_token_id),
        _told(model),
        prompts,
        np.asarray(vectors, np.float32),
    )


def _hindrance(model: SentenceTransformer, prompts: dict[str, str]) -> str | None:
    """Why a graph with two inputs and its weights inside would not be this model."""
    first, *behind = model
    if not isinstance(first, Transformer):
        return f"it begins with {type(first).__name__}, not with a transformer"
    if prompts and not all(getattr(module, "include_prompt", True) for module in behind):
        return "its pooling leaves out the prompt, whose length is no input of the graph"
    size = sum(tensor.nbytes for tensor in model.state_dict().values())
    if size > _MOST_BYTES:
        return (
            f"its weights have {size / 1e9:.1f} GB, and an ONNX file holds less than 2.1 GB: prune"
            " its vocabulary or keep fewer layers"
        )
    return None


def _told(model: SentenceTransformer) -> str:
    """What becomes of the tokens' states, for people: `cls, Dense (768 to 768, Tanh)`."""
    _, *behind = model
    return ", ".join(_part(module) for module in behind if not isinstance(module, Normalize))


def _part(module: nn.Module) -> str:
    if isinstance(module, Pooling):
        modes = module.pooling_mode
        return modes if isinstance(modes, str) else " and ".join(modes)
    if isinstance(module, Dense):
        activation = type(module.activation_function).__name__
        return f"Dense ({module.in_features} to {module.out_features}, {activation})"
    return type(module).__name__


def _export(graph: nn.Module, file: Path) -> None:
    ids = torch.ones(_EXAMPLE_SHAPE, dtype=torch.int64)
    free = dict.fromkeys(range(len(_AXES)), torch.export.Dim.DYNAMIC)
    with quiet("torch.onnx"):  # it names every optional package that is not there
        exported = torch.onnx.export(
            graph,
            (ids, torch.ones_like(ids)),
            dynamo=True,
            opset_version=_OPSET,
            input_names=list(INPUT_NAMES),
            output_names=[OUTPUT_NAME],
            dynamic_shapes=(free, free),
            verbose=False,
        )
    if exported is None:
        raise InputError("torch gave no ONNX program for the model")
    onnx.save(_tidied(exported.model_proto), file)


def _tidied(proto: Any) -> Any:  # noqa: ANN401 - onnx has no types we could name
    """Name the free axes; drop notes on the source code, which hold this machine's paths."""
    graph = proto.graph
    named = (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for part in (proto, graph, *named):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")  # shapes within, which a runtime infers by itself
    for value in (*graph.input, *graph.output):
        for axis, name in zip(value.type.tensor_type.shape.dim, _AXES, strict=True):
            if not axis.HasField("dim_value"):
                axis.dim_param = name
    return proto
