"""A student as one ONNX graph: token numbers in, unit vectors out.

Pooling and normalisation are part of the graph, so that whoever runs it cannot get them wrong.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from pipeline.distillation.exports.student_export import Original
from pipeline.encoders.onnx import INPUT_NAMES, OUTPUT_NAME
from pipeline.encoders.opening import open_folder
from pipeline.errors import InputError
from pipeline.quiet import quiet

_OPSET = 18
_EXAMPLE_SHAPE = (2, 8)  # any: both axes stay free
_AXES = ("texts", "tokens")


class _SentenceGraph(nn.Module):
    """Transformer, mean over the tokens that are no padding, unit length."""

    def __init__(self, transformer: nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.transformer(input_ids=input_ids, attention_mask=attention_mask)[0]
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * weights).sum(dim=1) / weights.sum(dim=1)
        return nn.functional.normalize(pooled, dim=1)


def write_graph(model_folder: Path, file: Path, texts: Sequence[str]) -> Original:
    """Write the graph of a sentence-transformers folder, and the tokenizer's files beside it.

    Inputs are int64 (texts, tokens), the output float32 (texts, dimension). The weights are inside
    the file, which must therefore stay below 2 GB.

    Args:
        model_folder: a model that pools by the mean.
        file: `*.onnx` in an existing folder.
        texts: encoded by the model itself, as queries, to compare the graph with.

    Raises:
        InputError: the model pools in another way.
    """
    model = open_folder(model_folder).cpu()
    modes = [module.pooling_mode for module in model if hasattr(module, "pooling_mode")]
    if modes != ["mean"]:
        raise InputError(f"{model_folder} pools by {modes}: only the mean can be exported")
    _export(_SentenceGraph(model.transformers_model).eval(), file)
    model.tokenizer.save_pretrained(str(file.parent))
    prompts = {name: prompt for name, prompt in model.prompts.items() if prompt}
    vectors = model.encode(
        list(texts), prompt=prompts.get("query", ""), normalize_embeddings=True, batch_size=16
    )
    return Original(
        int(model.get_embedding_dimension()),
        int(model.max_seq_length),
        int(model.tokenizer.pad_token_id),
        prompts,
        np.asarray(vectors, np.float32),
    )


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
