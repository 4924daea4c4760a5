"""Speed and memory of an encoder, measured in a process of its own.

The process is a fresh interpreter that holds the model and nothing of ours but the encoders, and is
confined to as many cores as are stated; the matrix product beside it is torch's, on the same cores.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.child_process import end_with_parent, last_words, print_progress, run_child
from pipeline.encoders import Role, resolve_model_folder
from pipeline.encoders.planned import Model, PlannedEncoder
from pipeline.errors import InputError
from pipeline.progress import Progress, silent

_REQUEST_NAME = "request.json"
_ANSWER_NAME = "answer.json"
_GEMM_SIZE = 1536
_GEMM_COUNT = 3
_KIBIBYTE = 1024


@dataclass(frozen=True)
class Pass:
    """One timed pass over the texts.

    Attributes:
        seconds: from texts to vectors, tokenising and batching included.
        gemm_flop_per_second: of the same cores, the better of just before and just after.
    """

    seconds: float
    gemm_flop_per_second: float


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        text_count: texts of a pass.
        token_count: theirs, prompts and special tokens included, padding not.
        core_count: CPU cores that the process could use.
        passes: after the warm-up, in order.
        peak_memory_bytes: the most that the process had resident, from its start to the end of the
            warm-up; interpreter and libraries included, nothing subtracted.
    """

    text_count: int
    token_count: int
    core_count: int
    passes: Sequence[Pass]
    peak_memory_bytes: int


@dataclass(frozen=True)
class Request:
    """What is to be measured.

    Attributes:
        model: as for `load_encoder`, or the path of an ONNX export's `*.onnx`.
        texts: distinct, as long and as many as people will encode.
        role: the part they play.
        pass_count: timed passes, after one to warm up.
        core_count: CPU cores to use at most.
    """

    model: str
    texts: Sequence[str]
    role: Role = "query"
    pass_count: int = 7
    core_count: int = 1


def measure_speed(request: Request, progress: Progress = silent) -> Speed:
    """Encode the texts over and over in a fresh process, and time it.

    Raises:
        InputError: no texts, a text twice, or the model cannot be run; with the process's last
            words.
    """
    if not request.texts or len(set(request.texts)) < len(request.texts):
        raise InputError("speed is measured on one or more texts, each given once")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / _REQUEST_NAME).write_text(json.dumps(asdict(request)), encoding="utf-8")
        command = [sys.executable, "-m", __name__, folder]
        status = run_child(command, place / "errors.txt", progress)
        if status:
            said = last_words(place / "errors.txt")
            raise InputError(f"{request.model} could not be run (exit status {status}): {said}")
        answer = json.loads((place / _ANSWER_NAME).read_text(encoding="utf-8"))
    return Speed(**answer | {"passes": [Pass(**one) for one in answer["passes"]]})


def time_passes(
    work: Callable[[], object],
    gemm: Callable[[], float],
    count: int,
    clock: Callable[[], float],
    progress: Progress = silent,
) -> list[Pass]:
    """Time some work `count` times, each time between two looks at the machine's matrix speed.

    Args:
        work: one pass.
        gemm: floating-point operations per second of a matrix product, now.
        count: passes.
        clock: seconds, from any start.
        progress: hears of every pass.
    """
    passes = []
    before = gemm()
    for done in range(1, count + 1):
        start = clock()
        work()
        seconds = clock() - start
        after = gemm()
        passes.append(Pass(seconds, max(before, after)))
        before = after
        progress(done, count, "timing passes")
    return passes


def peak_memory_bytes(status: str | None) -> int:
    """The most that this process has had resident.

    Args:
        status: content of Linux's `/proc/self/status`; None where there is none. It is preferred,
            for `getrusage` of a new process begins with the memory of the one that started it.
    """
    lines = (status or "").splitlines()
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    if found:
        return int(found[0]) * _KIBIBYTE
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIBIBYTE


def open_model(name: str) -> Model:
    """The model behind a name, without any memory of vectors; an ONNX export by its file.

    Raises:
        InputError: there is no such model.
    """
    if not name.endswith(".onnx"):
        from pipeline.encoders.transformer import TransformerModel  # noqa: PLC0415 - imports torch

        return TransformerModel(resolve_model_folder(name))
    # needs no torch, whose libraries would count as memory
    from pipeline.encoders.onnx import (  # noqa: PLC0415 - imports onnxruntime
        DESCRIPTION_NAME,
        OnnxDescription,
        OnnxModel,
    )

    file = Path(name)
    try:
        text = (file.parent / DESCRIPTION_NAME).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"there is no {DESCRIPTION_NAME} beside {file}: {error}") from error
    return OnnxModel(file.parent, file, OnnxDescription.model_validate_json(text))


def _measure_here(request: Request) -> Speed:
    """In the child."""
    cores = _confine(request.core_count)
    model = open_model(request.model)
    if "torch" in sys.modules:  # an ONNX export runs without
        _limit_torch(cores)
    encoder = PlannedEncoder("", lambda: model)
    token_count = int(model.count_tokens(request.texts, request.role).sum())

    def work() -> object:
        return encoder.encode(request.texts, language="und", role=request.role)

    work()  # the first pass reserves memory and chooses kernels
    status = Path("/proc/self/status")
    peak = peak_memory_bytes(status.read_text() if status.is_file() else None)
    _limit_torch(cores)
    gemm = _torch_gemm()
    passes = time_passes(work, gemm, request.pass_count, time.perf_counter, print_progress)
    return Speed(len(request.texts), token_count, cores, passes, peak)


def _confine(count: int) -> int:
    """Use no more cores than that; returns how many there are."""
    if not hasattr(os, "sched_setaffinity"):  # macOS: libraries take what they like
        return os.cpu_count() or 1
    cores = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, cores)
    return len(cores)


def _limit_torch(thread_count: int) -> None:
    import torch  # noqa: PLC0415 - an ONNX export's memory is read before

    torch.set_num_threads(thread_count)


def _torch_gemm() -> Callable[[], float]:
    import torch  # noqa: PLC0415 - as above

    matrix = torch.ones(_GEMM_SIZE, _GEMM_SIZE)

    def gemm() -> float:
        times = []
        for _ in range(_GEMM_COUNT):
            start = time.perf_counter()
            matrix @ matrix
            times.append(time.perf_counter() - start)
        return 2 * _GEMM_SIZE**3 / min(times)

    return gemm


def _main(folder: Path) -> None:
    end_with_parent()
    request = Request(**json.loads((folder / _REQUEST_NAME).read_text(encoding="utf-8")))
    answer = json.dumps(asdict(_measure_here(request)))
    (folder / _ANSWER_NAME).write_text(answer, encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
