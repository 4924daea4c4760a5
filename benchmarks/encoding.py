"""Encoding on this machine: batches, the cache, one more book, and the int8 export.

Every way of batching is timed in turn, beside a matrix product of the same moment, so that a busy
machine slows all alike; once by the clock and once in seconds of the processor, which other work
hardly tells. Run from the project's root: `python -m benchmarks.encoding`, with `OMP_NUM_THREADS=1`
or 2; takes about ten minutes of a processor, most of them for the vectors of FLORES dev, which
`DUTAR_EMBEDDINGS` keeps.
"""

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from benchmarks.int8_exports import CALIBRATION_TEXTS, print_int8
from pipeline.encoders import EmbeddingCache, resolve_model_folder
from pipeline.encoders.batching import TOKEN_BUDGET, plan_batches
from pipeline.encoders.opening import open_folder
from pipeline.encoders.planned import PlannedEncoder
from pipeline.encoders.protocol import Role
from pipeline.encoders.transformer import TransformerModel
from pipeline.settings import test_data

MODEL = "embedded:e5-small"
TEXT_COUNT = 64
LONGEST_CHARACTERS = 600
ROUND_COUNT = 3
NAIVE_BATCH_TEXTS = 32
BUDGETS = (512, TOKEN_BUDGET, 2048, 4096)
BOOK_COUNT = 300
# multiplications and additions in the layers for one token of e5-small, attention left out
FLOP_PER_TOKEN = 2 * 12 * (4 * 384 * 384 + 2 * 384 * 1536)

Encode = Callable[[list[str]], np.ndarray]


class Way(NamedTuple):
    """A way to encode the texts: what with, and which together."""

    encode: Encode
    plan: list[np.ndarray]


class Timing(NamedTuple):
    """By the clock, and of the processor over all threads (s)."""

    wall: float
    processor: float


def sample_texts() -> list[str]:
    """Paragraphs of Turkmen laws, of uneven length as real text is, in a fixed shuffle."""
    paths = sorted((test_data() / "tds_gov_tm" / "text").glob("*.tm.txt"))
    lines = {line.strip() for path in paths for line in path.read_text("utf-8").splitlines()}
    pool = sorted(lines - {""})
    rows = np.random.default_rng(0).permutation(len(pool))[:TEXT_COUNT]
    return [pool[row][:LONGEST_CHARACTERS] for row in rows]


def timed(work: Callable[[], object]) -> Timing:
    """How long `work` takes."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Timing(time.perf_counter() - wall, time.process_time() - processor)


def gemm(size: int = 1024) -> Timing:
    """A square fp32 matrix product at this moment, best of three."""
    matrix = torch.ones(size, size)
    times = [timed(lambda: matrix @ matrix) for _ in range(3)]
    return Timing(min(one.wall for one in times), min(one.processor for one in times))


def print_batches(texts: Sequence[str]) -> None:
    """Naive batches against ours, with padding and without."""
    ours = TransformerModel(resolve_model_folder(MODEL))
    plain = open_folder(resolve_model_folder(MODEL))

    def padded(batch: list[str]) -> np.ndarray:
        rows: np.ndarray = plain.encode(
            batch, prompt_name="query", batch_size=len(batch), normalize_embeddings=True
        )
        return rows

    counts = ours.count_tokens(texts, "query")
    every = np.arange(len(texts))
    naive = np.split(every, range(NAIVE_BATCH_TEXTS, len(texts), NAIVE_BATCH_TEXTS))
    ways = {f"naive, {NAIVE_BATCH_TEXTS} texts": Way(padded, naive)}
    ways["sorted, padded"] = Way(padded, plan_batches(counts))
    for budget in BUDGETS:
        packed = Way(lambda batch: ours.embed(batch, "query"), plan_batches(counts, budget))
        ways[f"ours, {budget} tokens"] = packed
    _print_ways(ways, texts, int(counts.sum()))


def _print_ways(ways: dict[str, Way], texts: Sequence[str], token_count: int) -> None:
    flop, gemm_flop = token_count * FLOP_PER_TOKEN, 2 * 1024**3
    best = dict.fromkeys(ways, Timing(np.inf, np.inf))
    shares: dict[str, tuple[float, float]] = dict.fromkeys(ways, (0.0, 0.0))
    vectors = {}
    for _ in range(ROUND_COUNT):
        for name, way in ways.items():
            before = gemm()
            rows: dict[int, np.ndarray] = {}
            took = timed(partial(_encode, way, texts, rows))
            vectors[name] = np.stack([rows[row] for row in range(len(texts))])
            product = Timing(*map(min, before, gemm()))
            best[name] = Timing(*map(min, best[name], took))
            share = [
                flop / spent / (gemm_flop / asked)
                for spent, asked in zip(took, product, strict=True)
            ]
            shares[name] = (max(shares[name][0], share[0]), max(shares[name][1], share[1]))
    first = next(iter(ways))
    print(
        f"{MODEL}: {len(texts)} texts, {token_count} tokens, {torch.get_num_threads()} threads, "
        f"best of {ROUND_COUNT}; by the clock | of the processor"
    )
    print(f"{'':<18} {'tokens/s':>15} {'of gemm':>15} {'speed-up':>15} {'least cosine':>13}")
    for name in ways:
        rates = [token_count / spent for spent in best[name]]
        gains = [slow / spent for slow, spent in zip(best[first], best[name], strict=True)]
        cosine = np.einsum("ij,ij->i", vectors[name], vectors[first]).min()
        print(
            f"{name:<18} {rates[0]:>7.0f}|{rates[1]:>7.0f} {shares[name][0]:>7.0%}|"
            f"{shares[name][1]:>7.0%} {gains[0]:>6.2f}x|{gains[1]:>6.2f}x {cosine:>13.7f}"
        )


def _encode(way: Way, texts: Sequence[str], rows: dict[int, np.ndarray]) -> None:
    for batch in way.plan:
        rows.update(zip(batch.tolist(), way.encode([texts[row] for row in batch]), strict=True))


class CountingModel:
    """Counts what it is asked for."""

    dimension = 1
    token_budget = TOKEN_BUDGET

    def __init__(self) -> None:
        self.token_count = 0

    def count_tokens(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """One token a character."""
        del role
        return np.array([len(text) for text in texts])

    def embed(self, texts: Sequence[str], role: Role) -> np.ndarray:
        """Ones."""
        self.token_count += int(self.count_tokens(texts, role).sum())
        return np.ones((len(texts), 1), np.float32)


def print_books(texts: Sequence[str]) -> None:
    """What the cache saves: a second run, and one book more."""
    books = [[f"{number} {text}" for text in texts] for number in range(BOOK_COUNT + 1)]
    with tempfile.TemporaryDirectory() as folder:
        for name, shelf in (
            (f"{BOOK_COUNT} books", books[:-1]),
            ("the same again", books[:-1]),
            ("one book more", books),
        ):
            model = CountingModel()
            models = itertools.repeat(model)
            encoder = PlannedEncoder("0" * 64, models.__next__, EmbeddingCache(Path(folder)))
            encoder.encode([text for book in shelf for text in book], language="tuk_Latn")
            book = sum(map(len, books[-1]))
            print(f"{name:<18} {model.token_count / book:>8.2f} books encoded")


def main() -> None:
    """Print the tables."""
    texts = sample_texts()
    print_batches(texts)
    print()
    print_books(texts)
    print_int8(MODEL, texts[:CALIBRATION_TEXTS])


if __name__ == "__main__":
    main()
