"""What a model costs to run: its size from its files, its speed from timed passes.

Sizes follow from the files alone and may be stored with scores. Speeds are facts of a machine and a
minute: they belong into the ledger, a table for people or a benchmark, never into an artefact whose
content is hashed. `cost_rows` measures both; the other functions are pure.

Speed is put beside the machine's: `gemm_share` is the floating-point operations of a model's linear
layers in a second, over those of a square fp32 matrix product of the same minute and cores,

    gemm_share = 2 * linear_weight_count * tokens_per_second / gemm_flop_per_second,

with one multiplication and one addition for each weight of a linear layer and token. Embedding
tables are looked up, not multiplied, and do not count; nor do attention scores, norms and padding,
so that the share is a lower bound of how busy the machine is.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from pipeline.encoders import encoder_fingerprint, resolve_model_folder
from pipeline.errors import InputError
from pipeline.evaluation.cost.passes import Pass, Request, Speed, measure_speed
from pipeline.evaluation.cost.size import ModelSize, folder_size
from pipeline.measurements import Measurement, hash_texts
from pipeline.progress import Progress, silent
from pipeline.statistics import Interval

SUITE = "inference_cost"
SIZE_METRICS = ("parameter_count", "disk_bytes")
SPEED_METRICS = ("sentences_per_second", "tokens_per_second", "gemm_share", "peak_memory_bytes")

_FLOP_PER_WEIGHT = 2  # a multiplication and an addition


def cost_rows(request: Request, progress: Progress = silent) -> list[dict[str, object]]:
    """Measure a model: the rows of `size_rows`, then those of `speed_rows`.

    Raises:
        InputError: as `measure_speed` and `model_size`.
    """
    size, fingerprint = model_size(request.model), model_fingerprint(request.model)
    dataset = hash_texts(request.texts)
    measured = Measurement(SUITE, "", dataset, request.model, fingerprint, seed=0)
    return size_rows(measured, size) + speed_rows(measured, size, measure_speed(request, progress))


def model_size(name: str) -> ModelSize:
    """The size of a model by its name, or of an ONNX export by the path of its `*.onnx`.

    Raises:
        InputError: there is no such model.
    """
    if not name.endswith(".onnx"):
        return folder_size(resolve_model_folder(name))
    from pipeline.evaluation.cost.onnx import onnx_size  # noqa: PLC0415 - imports onnxruntime

    return onnx_size(Path(name))


def model_fingerprint(name: str) -> str:
    """As an encoder's; names as in `model_size`.

    Raises:
        InputError: there is no such model.
    """
    if not name.endswith(".onnx"):
        return encoder_fingerprint(name)
    from pipeline.evaluation.cost.onnx import onnx_fingerprint  # noqa: PLC0415 - as above

    return onnx_fingerprint(Path(name))


def median_interval(values: Sequence[float]) -> Interval:
    """The median of repeats, with the lowest and the highest as its interval.

    Of independent repeats from any distribution, the range holds the true median unless all fell
    to one side of it: with a probability of 1 - 2^(1 - n), which the level says.

    Raises:
        InputError: fewer than two values.
    """
    if len(values) < 2:  # noqa: PLR2004 - one has no interval
        raise InputError("an interval over repeats needs two repeats or more")
    n = len(values)
    return Interval(median(values), min(values), max(values), n, None, 1 - 2.0 ** (1 - n))


def size_rows(measured: Measurement, size: ModelSize) -> list[dict[str, object]]:
    """Rows of schema `SCORES` that may be stored: the same for the same files.

    Args:
        measured: names the model and its fingerprint.
        size: of it.
    """
    outside = size.parameter_count - size.table_parameter_count
    note = (
        f"{outside:,} outside the embedding tables; vectors of {size.dimension}; texts are cut to"
        f" {size.max_tokens or 'an unknown number of'} tokens"
    )
    return [
        measured.score("parameter_count", _exactly(size.parameter_count), note),
        measured.score("disk_bytes", _exactly(size.disk_bytes), "of the files needed to run it"),
    ]


def speed_rows(measured: Measurement, size: ModelSize, speed: Speed) -> list[dict[str, object]]:
    """Rows of schema `SCORES` for people: another minute gives others, so do not store them.

    The units are passes; the interval is `median_interval`'s. The process whose memory is read is
    one only.

    Args:
        measured: the texts that were encoded, and the model.
        size: of the model.
        speed: of the model on these texts.

    Raises:
        InputError: fewer than two passes.
    """
    note = (
        f"{speed.text_count:,} texts, {speed.token_count:,} tokens, CPU cores: {speed.core_count}"
    )
    columns: Mapping[str, list[float]] = {
        "sentences_per_second": [speed.text_count / one.seconds for one in speed.passes],
        "tokens_per_second": [speed.token_count / one.seconds for one in speed.passes],
        "gemm_share": [gemm_share(size, speed.token_count, one) for one in speed.passes],
    }
    rows = [
        measured.score(metric, median_interval(values), note) for metric, values in columns.items()
    ]
    memory = "resident in a fresh process, interpreter and libraries included"
    return [*rows, measured.score("peak_memory_bytes", _exactly(speed.peak_memory_bytes), memory)]


def gemm_share(size: ModelSize, token_count: int, one: Pass) -> float:
    """How much of the machine's matrix speed the linear layers made use of, see above."""
    flop = _FLOP_PER_WEIGHT * size.linear_weight_count * token_count
    return flop / one.seconds / one.gemm_flop_per_second


def _exactly(value: int) -> Interval:
    return Interval(value, value, value, 1)
