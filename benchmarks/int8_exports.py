"""The int8 export of an encoder beside its fp32 export: speed by length, and what quality it costs.

Speed is in seconds of the processor, one thread, alternating. Quality is precision at 1 over FLORES
dev in Turkmen, Russian and English, on the same sentences. `benchmarks.encoding` prints it for
the start model; for another, such as a student's folder, run from the project's root:
`OMP_NUM_THREADS=1 python -m benchmarks.int8_exports MODEL`.
"""

import itertools
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.inference_cost import sample_texts
from pipeline import settings
from pipeline.distillation.exports.student_export import ExportTexts, export_student
from pipeline.encoders import EmbeddingCache, load_encoder, resolve_model_folder
from pipeline.encoders.onnx import Precision, load_onnx_encoder
from pipeline.evaluation.suites.tables import read_text_lines
from pipeline.search import nearest
from pipeline.statistics import paired_bootstrap

LENGTHS = (10, 30, 60, 120)
CALIBRATION_TEXTS = 40
TOKENS_A_RUN = 960
ROUND_COUNT = 3
PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")
TURKMEN, RUSSIAN, ENGLISH = "tuk_Latn", "rus_Cyrl", "eng_Latn"
DIRECTIONS = tuple(itertools.permutations((TURKMEN, RUSSIAN, ENGLISH), 2))
SEED = 13
FLORES = "flores200/flores200_dev.tar.zst"


def print_int8(model: str, texts: list[str]) -> None:
    """Export the model and print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        halves = ExportTexts(compared=texts[::2], calibration=texts[1::2])
        export = export_student(resolve_model_folder(model), Path(folder) / "onnx", halves)
        print_speeds(export.folder)
        print_quality(model, export.folder)


def print_speeds(folder: Path) -> None:
    """Tokens a second of the processor, by length of the texts."""
    names = dict(zip(PRECISIONS, ("model.onnx", "model_int8.onnx"), strict=True))
    sessions = {name: _session(folder / file) for name, file in names.items()}
    print(f"\n{'tokens':>6} {'fp32 tokens/s':>14} {'int8 tokens/s':>14} {'speed-up':>9}")
    for length in LENGTHS:
        best = dict.fromkeys(PRECISIONS, np.inf)
        for _ in range(ROUND_COUNT):
            for name, session in sessions.items():
                best[name] = min(best[name], _seconds(session, length))
        count = TOKENS_A_RUN // length * length
        rates = [count / best[name] for name in PRECISIONS]
        print(f"{length:>6} {rates[0]:>14.0f} {rates[1]:>14.0f} {rates[1] / rates[0]:>8.2f}x")


def print_quality(model: str, folder: Path) -> None:
    """Precision at 1 of the model and of its int8 export, and the difference with its interval."""
    cache = EmbeddingCache(settings.embedding_cache())
    encoders = {
        "fp32": load_encoder(model, cache=cache),
        "int8": load_onnx_encoder(folder, "int8", cache=cache),
    }
    print(f"\n{'FLORES dev':<22} {'N':>4} {'fp32 P@1':>9} {'int8 P@1':>9}  int8 - fp32, points")
    for source, target in DIRECTIONS:
        hits = {}
        for name, encoder in encoders.items():
            queries, pool = (
                encoder.encode(flores_lines(code), language=code) for code in (source, target)
            )
            hits[name] = nearest(queries, pool, 1).row[:, 0] == np.arange(len(queries))
        gap = paired_bootstrap(hits["fp32"], hits["int8"], seed=SEED)
        means = [hits[name].mean() for name in PRECISIONS]
        print(
            f"{source} {target:<12} {gap.n:>4} {means[0]:>9.2%} {means[1]:>9.2%}  "
            f"{100 * gap.value:+.2f} [{100 * gap.ci_low:+.2f}, {100 * gap.ci_high:+.2f}]"
        )


def flores_lines(code: str) -> list[str]:
    """Sentences of FLORES dev in one language."""
    return read_text_lines(str(settings.test_data() / FLORES) + f"!dev/{code}.dev")


def _session(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _seconds(session: onnxruntime.InferenceSession, length: int) -> float:
    """Of the processor, for some random texts of equal length."""
    ids = np.random.default_rng(length).integers(5, 1000, (TOKENS_A_RUN // length, length))
    start = time.process_time()
    session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return time.process_time() - start


if __name__ == "__main__":
    print_int8(sys.argv[1], sample_texts(CALIBRATION_TEXTS))
