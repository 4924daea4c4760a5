"""Encoding on this machine: our batches against naive ones, and what a second run costs.

Each way of batching is timed in turn, beside a matrix product of the same moment, so that a busy
machine slows all alike. Run from the project's root:
`python -m benchmarks.encoding`; takes about a minute.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pipeline.encoders import EmbeddingCache, load_encoder, resolve_model_folder
from pipeline.encoders.batching import plan_batches
from pipeline.encoders.transformer import TransformerModel
from pipeline.settings import test_data

MODEL = "embedded:e5-small"
TEXT_COUNT = 64
ROUND_COUNT = 2
NAIVE = "naive, 32 texts"
NAIVE_BATCH_TEXTS = 32
BUDGETS = (512, 1024, 2048, 4096)
# multiplications and additions in the layers for one token of e5-small, attention left out
FLOP_PER_TOKEN = 2 * 12 * (4 * 384 * 384 + 2 * 384 * 1536)


def sample_texts() -> list[str]:
    """Paragraphs of Turkmen laws, of uneven length as real text is, in a fixed shuffle."""
    paths = sorted((test_data() / "tds_gov_tm" / "text").glob("*.tm.txt"))
    lines = {line.strip() for path in paths for line in path.read_text("utf-8").splitlines()}
    pool = sorted(lines - {""})
    return [pool[row] for row in np.random.default_rng(0).permutation(len(pool))[:TEXT_COUNT]]


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def gemm_flop_per_second(size: int = 1536) -> float:
    """Speed of a square fp32 matrix product at this moment."""
    matrix = torch.ones(size, size)
    return 2 * size**3 / min(seconds(lambda: matrix @ matrix) for _ in range(3))


def main() -> None:
    """Print the tables."""
    texts = sample_texts()
    model = TransformerModel(resolve_model_folder(MODEL))
    counts = model.count_tokens(texts, "query")
    every = np.arange(len(texts))
    naive = np.split(every, range(NAIVE_BATCH_TEXTS, len(texts), NAIVE_BATCH_TEXTS))
    plans = {NAIVE: naive} | {f"budget {b}": plan_batches(counts, b) for b in BUDGETS}
    best = dict.fromkeys(plans, np.inf)
    share = dict.fromkeys(plans, 0.0)
    for _ in range(ROUND_COUNT):
        for name, plan in plans.items():
            speed = gemm_flop_per_second()
            took = sum(
                seconds(lambda b=batch: model.embed([texts[row] for row in b], "query"))
                for batch in plan
            )
            best[name] = min(best[name], took)
            done = counts.sum() * FLOP_PER_TOKEN / took
            share[name] = max(share[name], done / max(speed, gemm_flop_per_second()))
    print(f"{MODEL}: {len(texts)} texts, {counts.sum()} tokens, best of {ROUND_COUNT}")
    print(f"{'batches':<16} {'padding':>8} {'tokens/s':>9} {'of gemm':>8} {'speed-up':>9}")
    for name, plan in plans.items():
        padding = sum(len(batch) * counts[batch].max() for batch in plan) / counts.sum()
        rate, gain = counts.sum() / best[name], best[NAIVE] / best[name]
        print(f"{name:<16} {padding:>8.2f} {rate:>9.0f} {share[name]:>8.1%} {gain:>8.2f}x")
    with tempfile.TemporaryDirectory() as folder:
        encoder = load_encoder(MODEL, cache=EmbeddingCache(Path(folder)))
        first = seconds(lambda: encoder.encode(texts, language="tuk_Latn"))
        second = seconds(lambda: encoder.encode(texts, language="tuk_Latn"))
    print(f"with the cache: first run {first:.2f} s, second run {second:.3f} s")


if __name__ == "__main__":
    main()
