"""What models cost to run on this machine: sentences a second, share of its matrix speed, memory.

Each model is timed in a fresh process on the same Turkmen and Russian paragraphs of laws, beside a
matrix product of the same minute, so that a busy machine shows. Run from the project's root:
`python -m benchmarks.inference_cost [--cores 1] [--passes 7] [MODEL ...]`, where a model is a name
as elsewhere or the path of an ONNX export's `*.onnx`; by default the two embedded ones. Takes about
a minute for each.
"""

import argparse
import csv
import sys

import numpy as np

from pipeline.evaluation.cost.passes import Request, Speed, measure_speed
from pipeline.evaluation.cost.rows import gemm_share, median_interval, model_size
from pipeline.evaluation.cost.size import ModelSize
from pipeline.settings import test_data
from pipeline.statistics import Interval

MODELS = ("embedded:e5-small", "embedded:minilm")
TEXT_COUNT = 128
HEADINGS = (
    "model",
    "sentences/s",
    "tokens/s",
    "of GEMM",
    "GFLOP/s of GEMM",
    "peak MB",
    "parameters",
    "outside tables",
    "disk MB",
    "dimension",
    "max tokens",
)


def sample_texts(count: int) -> list[str]:
    """Distinct paragraphs, half of each language, of uneven length as real text is."""
    sample: list[str] = []
    for field in ("tm", "ru"):
        paths = sorted((test_data() / "tds_gov_tm" / "text").glob(f"*.{field}.txt"))
        lines = {line.strip() for path in paths for line in path.read_text("utf-8").splitlines()}
        pool = sorted(lines - {"", *sample})
        order = np.random.default_rng(0).permutation(len(pool))
        sample += [pool[row] for row in order[: count // 2]]
    return sample


def table_row(model: str, size: ModelSize, speed: Speed) -> list[str]:
    """Figures as people read them; medians with the lowest and the highest pass."""
    passes = speed.passes
    gemm = median_interval([one.gemm_flop_per_second / 1e9 for one in passes])
    return [
        model,
        shown(median_interval([speed.text_count / one.seconds for one in passes]), ".1f"),
        shown(median_interval([speed.token_count / one.seconds for one in passes]), ",.0f"),
        shown(median_interval([gemm_share(size, speed.token_count, one) for one in passes]), ".1%"),
        shown(gemm, ".1f"),
        f"{speed.peak_memory_bytes / 1e6:,.0f}",
        f"{size.parameter_count:,}",
        f"{size.parameter_count - size.table_parameter_count:,}",
        f"{size.disk_bytes / 1e6:,.1f}",
        str(size.dimension),
        str(size.max_tokens),
    ]


def shown(interval: Interval, form: str) -> str:
    """The median and the range."""
    low, high = interval.ci_low, interval.ci_high
    return f"{interval.value:{form}} ({low:{form}}-{high:{form}})"


def main() -> None:
    """Print a table with tabs between its columns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--passes", type=int, default=7)
    parser.add_argument("--texts", type=int, default=TEXT_COUNT)
    asked = parser.parse_args()
    texts = sample_texts(asked.texts)
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(HEADINGS)
    for model in asked.models:
        request = Request(model, texts, pass_count=asked.passes, core_count=asked.cores)
        table.writerow(table_row(model, model_size(model), measure_speed(request)))
        sys.stdout.flush()
    print(
        f"{len(texts)} texts; median (lowest-highest) of {asked.passes} passes, {asked.cores} core"
    )


if __name__ == "__main__":
    main()
