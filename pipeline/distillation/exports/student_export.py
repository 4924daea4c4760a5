"""A student for those who run no torch: ONNX in fp32 and in int8, compared with the original.

The int8 file keeps weights in 8 bits by channel and scales activations as they come, see
`quantisation` and `smoothing`. Torch runs in a process of its own and gives its memory back before
the exports are tried.
"""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.onnx import DESCRIPTION_NAME, OnnxDescription, OnnxModel, load_onnx_encoder
from pipeline.errors import InputError, SourceUnavailable
from pipeline.sandbox import Failure, run_capped
from pipeline.search import nearest
from pipeline.storage import GateVerdict
from pipeline.tables import identify, kept

LEAST_FP32_COSINE = 0.9999
LEAST_INT8_MEAN_COSINE = 0.97
COMPARED_TEXTS = 200
CALIBRATION_TEXTS = 100
_EXPORT_SECONDS = 1800.0
_NO_CAP = resource.RLIM_INFINITY  # a GPU's driver reserves more addresses than there is memory
_FILES = {"fp32": "model.onnx", "int8": "model_int8.onnx"}
_README = """\
# ONNX exports

- `{fp32}`: 32-bit floats; `{int8}`: 8-bit weights, for CPUs.
- Inputs: `input_ids` and `attention_mask`, int64 (texts, tokens), from `tokenizer.json`, cut to
  {max_tokens} tokens.
- Output: `sentence_embedding`, float32 (texts, {dimension}), unit length. Pooling ({pooling}) and
  normalisation are inside the graph; the cosine of two rows is their dot product.
- Prompts, to be put before each text: {prompts}.

`onnx.json` says the same to programs.
"""


@dataclass(frozen=True)
class Original:
    """What must be known of the model besides its graph.

    Attributes:
        dimension: length of a vector.
        max_tokens: longer texts are cut.
        pad_token_id: fills short texts; any would do, for the mask hides it.
        pooling: by which tokens become a vector, for people.
        prompts: what stands before a text, by the part it plays.
        vectors: (n, dimension) float32, the model's own vectors of the texts given.
    """

    dimension: int
    max_tokens: int
    pad_token_id: int
    pooling: str
    prompts: dict[str, str]
    vectors: np.ndarray


@dataclass(frozen=True)
class Export:
    """An exported student.

    Attributes:
        folder: both ONNX files, tokenizer, `onnx.json` and a README.
        facts: sizes and agreement with the original, plain JSON, see `export_student`.
    """

    folder: Path
    facts: dict[str, int | float]


class ExportTexts(NamedTuple):
    """What an export is made and judged by, all distinct.

    Attributes:
        compared: at least two, on which the exports are compared with the original.
        calibration: others, by which weights are rounded; without any the int8 export is coarser.
    """

    compared: list[str]
    calibration: list[str]


def export_texts(corpus: pa.Table, lessons: pa.Table) -> ExportTexts:
    """Texts of the test split to compare exports on, and of the training split to make them by.

    They are ordered, and so chosen, by their hashes: from all languages and origins alike. Where
    nothing was held out, half of the lessons' texts serve for either.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        lessons: table of schema `LESSONS`.
    """
    test, train = (
        _texts_of(corpus.filter(pc.equal(corpus["split"], split))) for split in ("test", "train")
    )
    if not test:
        taught = _texts_of(kept(lessons))
        test, train = taught[::2], taught[1::2]
    return ExportTexts(test[:COMPARED_TEXTS], train[:CALIBRATION_TEXTS])


def _texts_of(rows: pa.Table) -> list[str]:
    texts = {text for side in ("source", "target") for text in rows[f"{side}_text"].to_pylist()}
    return sorted(texts - {None}, key=identify)


def export_student(model_folder: Path, folder: Path, texts: ExportTexts) -> Export:
    """Write a student as ONNX and compare its vectors with the original's.

    Args:
        model_folder: a sentence-transformers folder.
        folder: appears whole or not at all.
        texts: what the exports are made and judged by.

    Returns:
        The folder, and the facts: `<precision>_bytes`, `<precision>_min_cosine` and
        `<precision>_mean_cosine` to the original's vector of the same text,
        `<precision>_same_nearest_fraction` of texts whose nearest other text is the same, and
        `text_count`.

    Raises:
        InputError: fewer than two texts to compare, or the model cannot be exported.
        SourceUnavailable: the exporting process was killed; another try may do.
    """
    count = len(texts.compared)
    if count < 2:  # noqa: PLR2004 - a text and its nearest other
        raise InputError(f"{count} texts to compare exports on; at least 2 are needed")
    with appearing_whole(folder) as unfinished:
        original = _in_child(model_folder, unfinished / _FILES["fp32"], texts.compared)
        description = _describe(original, unfinished)
        _quantise(unfinished, description, texts.calibration)
    facts: dict[str, int | float] = {"text_count": count}
    for precision, name in _FILES.items():
        facts[f"{precision}_bytes"] = (folder / name).stat().st_size
        encoder = load_onnx_encoder(folder, precision)  # type: ignore[arg-type] # keys of _FILES
        vectors = encoder.encode(texts.compared, language="und", role="query")
        for fact, value in _agreement(original.vectors, vectors).items():
            facts[f"{precision}_{fact}"] = value
    return Export(folder, facts)


def export_verdict(facts: Mapping[str, int | float]) -> GateVerdict:
    """Whether the exports give the original's vectors."""
    exact, coarse = facts["fp32_min_cosine"], facts["int8_mean_cosine"]
    is_passed = exact >= LEAST_FP32_COSINE and coarse >= LEAST_INT8_MEAN_COSINE
    reason = (
        f"Over {facts['text_count']} texts the fp32 export has a cosine of at least {exact:.6f} to"
        f" the student ({LEAST_FP32_COSINE:g} is the minimum), the int8 export {coarse:.4f} on"
        f" average ({LEAST_INT8_MEAN_COSINE:g} is the minimum); with int8"
        f" {facts['int8_same_nearest_fraction']:.1%} of texts keep their nearest neighbour."
    )
    if not is_passed:
        reason += " Use the torch model; look at which layer differs before releasing an export."
    return GateVerdict("exports_agree", is_passed, reason)


def _in_child(model_folder: Path, file: Path, texts: Sequence[str]) -> Original:
    arguments = (model_folder, file, list(texts))
    done = run_capped(
        write_graph_here, arguments, memory_bytes=_NO_CAP, wall_seconds=_EXPORT_SECONDS
    )
    if not isinstance(done, Failure):
        return done
    if done.kind == "error":
        raise InputError(f"{model_folder} cannot be exported: {done.reason}")
    raise SourceUnavailable(f"the export of {model_folder} did not end: {done.reason}")


def write_graph_here(model_folder: Path, file: Path, texts: Sequence[str]) -> Original:
    """As `onnx_graph.write_graph`; what the child process runs."""
    from pipeline.distillation.exports.onnx_graph import write_graph  # noqa: PLC0415 - imports torch

    return write_graph(model_folder, file, texts)


def _quantise(folder: Path, description: OnnxDescription, texts: Sequence[str]) -> None:
    from pipeline.distillation.exports.quantisation import quantise  # noqa: PLC0415 - imports onnx

    exact = folder / _FILES["fp32"]
    model = OnnxModel(folder, exact, description)
    feeds = [model.inputs([text], "query") for text in texts]
    quantise(exact, folder / _FILES["int8"], feeds)


def _describe(original: Original, folder: Path) -> OnnxDescription:
    description = OnnxDescription(
        files=_FILES,
        dimension=original.dimension,
        max_tokens=original.max_tokens,
        pad_token_id=original.pad_token_id,
        pooling=original.pooling,
        prompts=original.prompts,
    )
    text = description.model_dump_json(indent=1) + "\n"
    (folder / DESCRIPTION_NAME).write_text(text, encoding="utf-8")
    prompts = ", ".join(f"{role} `{text}`" for role, text in original.prompts.items()) or "none"
    readme = _README.format(
        **_FILES,
        max_tokens=original.max_tokens,
        dimension=original.dimension,
        pooling=original.pooling,
        prompts=prompts,
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")
    return description


def _agreement(before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    cosines = np.einsum("ij,ij->i", before.astype(np.float64), after.astype(np.float64))
    same = _nearest_others(before) == _nearest_others(after)
    return {
        "min_cosine": float(cosines.min()),
        "mean_cosine": float(cosines.mean()),
        "same_nearest_fraction": float(same.mean()),
    }


def _nearest_others(vectors: np.ndarray) -> np.ndarray:
    """Of each row the row most like it, itself excluded; (n,)."""
    found = nearest(vectors, vectors, 2).row
    own = found[:, 0] == np.arange(len(vectors))
    return np.where(own, found[:, 1], found[:, 0])
