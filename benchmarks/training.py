"""Our trainer beside sentence-transformers' own: the same pairs, model, loss and learning rate.

Both teach both sides of a pair the teacher's vector of the pivot side by squared distance (Reimers
and Gurevych 2020). What makes ours fast is switched on one by one, a line each. Turns alternate,
each beside a matrix product of its moment, so that a busy machine slows all alike; the loss that
counts is of pairs held out. The first steps of each turn are not timed: code is compiled in them.
Seconds are of the processor, or by the clock on a GPU, where the same program runs, best with
`--pairs 8000 --batch-pairs 512`:
`OMP_NUM_THREADS=1 python -m benchmarks.training [MODEL] [--pairs N] [--rounds N]`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import MSELoss
from transformers import TrainerCallback

from benchmarks.turkmen_pairs import title_pairs
from pipeline.distillation.students.student import Student
from pipeline.distillation.training.batch_encoding import Engine
from pipeline.distillation.training.flat_texts import FlatTexts
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.peers import Peers
from pipeline.distillation.training.run import Run
from pipeline.encoders import resolve_model_folder
from pipeline.parameters import DistillationParams

MODEL = "embedded:e5-small"
HELD_OUT = 64
PARAMS = DistillationParams(
    balance=0.5, retention_fraction=1.0, epochs=1, batch_pairs=64, batch_tokens=10**6,
    warmup_fraction=0.1, learning_rate=5e-5, max_tokens=64,
)  # fmt: skip
IS_GPU = torch.cuda.is_available()
GEMM_SIZE = 8192 if IS_GPU else 1024
WARM_UP_STEPS = 8 if IS_GPU else 1
PEER = "sentence-transformers"


class Turn(NamedTuple):
    """One training.

    Attributes:
        tokens_per_second: of its steps but the first.
        gemm_seconds: of a square matrix product in the same minute, `GEMM_SIZE` on a side.
        distance: of held-out pairs to the teacher afterwards.
    """

    tokens_per_second: float
    gemm_seconds: float
    distance: float


def clock() -> float:
    """Seconds of the processor; by the clock once the GPU has finished."""
    if not IS_GPU:
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def timed(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begin = clock()
    work()
    return clock() - begin


def gemm() -> float:
    """A matrix product in the precision of the machine's trainings, best of three."""
    matrix = torch.rand(GEMM_SIZE, GEMM_SIZE)
    if IS_GPU:
        matrix = matrix.to("cuda", torch.bfloat16)
    return min(timed(lambda: matrix @ matrix) for _ in range(3))


def pairs_of(count: int) -> list[tuple[str, str]]:
    """Turkmen titles of standards and their Russian or English, in a fixed shuffle."""
    pairs = sorted({(focus, pivot) for _, focus, pivot in title_pairs()})
    order = np.random.default_rng(0).permutation(len(pairs))
    return [pairs[row] for row in order[:count]]


class Lesson:
    """What both trainers are given."""

    def __init__(self, model: str, count: int, batch_pairs: int) -> None:
        self.params = PARAMS.model_copy(update={"batch_pairs": batch_pairs})
        pairs = pairs_of(count + HELD_OUT)
        self.folder = resolve_model_folder(model)
        student = Student(self.folder)
        tokens = [student.tokenise(side, PARAMS.max_tokens) for side in zip(*pairs, strict=True)]
        self.vectors = student.encode(tokens[1])
        self.taught, self.held_out = pairs[:count], pairs[count:]
        self.token_count = sum(len(ids) for side in tokens for ids in side[:count])
        layers = student.model.transformers_model.modules()
        weights = [layer.weight.numel() for layer in layers if isinstance(layer, torch.nn.Linear)]
        self.token_flop = 6 * sum(weights)  # forward, and twice that backward

    def distance(self, encode: Callable[[list[str]], np.ndarray]) -> float:
        """Mean squared distance of both sides of the held-out pairs to the teacher."""
        sides = (encode(list(texts)) for texts in zip(*self.held_out, strict=True))
        wanted = self.vectors[len(self.taught) :]
        return float(np.mean([((side - wanted) ** 2).sum(axis=1).mean() for side in sides]))


class Stopwatch(TrainerCallback):  # type: ignore[misc] # transformers tells no types
    """Notes when the steps that are timed begin and end."""

    def __init__(self) -> None:
        self.marks: list[float] = []

    def on_step_end(self, args: object, state: Any, control: object, **_: object) -> None:  # noqa: ANN401
        """After each step of the trainer."""
        del args, control
        if state.global_step in {WARM_UP_STEPS, state.max_steps}:
            self.marks.append(clock())

    @property
    def seconds(self) -> float:
        """Between the marks."""
        first, last = self.marks
        return last - first


def train_ours(lesson: Lesson, engine: Engine) -> tuple[float, float]:
    """Tokens a second, and the distance afterwards."""
    sources, targets = zip(*lesson.taught, strict=True)
    vectors = lesson.vectors[: len(sources)]
    job = TrainingJob(lesson.folder, sources, targets, vectors, lesson.params, objective="mse")
    run = Run(job, Peers(), engine)
    for _ in range(WARM_UP_STEPS):
        run.advance()
    tokens: list[int] = []
    seconds = timed(
        lambda: tokens.extend(run.advance() for _ in range(WARM_UP_STEPS, run.step_count))
    )
    student = run.student

    def encode(texts: list[str]) -> np.ndarray:
        return run.encoder.encode(FlatTexts.of(student.tokenise(texts, PARAMS.max_tokens)))

    return sum(tokens) / seconds, lesson.distance(encode)


def train_theirs(lesson: Lesson) -> tuple[float, float]:
    """As `train_ours`, by the trainer that sentence-transformers has."""
    model = SentenceTransformer(str(lesson.folder))
    model.max_seq_length = PARAMS.max_tokens
    model.transformers_model.get_input_embeddings().weight.requires_grad_(requires_grad=False)
    sources, targets = zip(*lesson.taught, strict=True)
    columns = {"source": sources, "target": targets, "label": lesson.vectors[: len(sources)]}
    with tempfile.TemporaryDirectory() as folder:
        arguments = SentenceTransformerTrainingArguments(
            folder, num_train_epochs=PARAMS.epochs,
            per_device_train_batch_size=lesson.params.batch_pairs,
            learning_rate=PARAMS.learning_rate, warmup_steps=PARAMS.warmup_fraction,
            weight_decay=0.01, prompts=model.prompts["query"], bf16=IS_GPU, report_to="none",
            save_strategy="no", logging_strategy="no", disable_tqdm=True, seed=PARAMS.seed,
        )  # fmt: skip
        watch = Stopwatch()
        trainer = SentenceTransformerTrainer(
            model,
            arguments,
            train_dataset=Dataset.from_dict(columns),
            loss=MSELoss(model),
            callbacks=[watch],
        )
        trainer.train()
    model.eval()
    step_count = trainer.state.max_steps
    tokens = lesson.token_count * (step_count - WARM_UP_STEPS) / step_count  # steps are drawn
    return tokens / watch.seconds, lesson.distance(
        lambda texts: model.encode(texts, prompt_name="query", normalize_embeddings=True)
    )


def engines() -> dict[str, Engine]:
    """Ours, with one thing more switched on in each line."""
    plain = Engine(is_packed=False, is_bf16=False, is_compiled=False, is_fused=False)
    lines = {"ours, padded": plain, "+ fused optimiser": (fused := replace(plain, is_fused=True))}
    if not IS_GPU:
        return lines | {"+ texts end to end": replace(fused, is_packed=True)}
    low = replace(fused, is_bf16=True)
    packed = replace(low, is_packed=True)
    return lines | {
        "+ bfloat16": low,
        "+ texts end to end": packed,
        "+ compiled": replace(packed, is_compiled=True),
        "compiled, padded": replace(low, is_compiled=True),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default=MODEL)
    parser.add_argument("--pairs", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batch-pairs", type=int, default=64)
    asked = parser.parse_args()
    lesson = Lesson(asked.model, asked.pairs, asked.batch_pairs)
    ways: dict[str, Callable[[], tuple[float, float]]] = {PEER: lambda: train_theirs(lesson)}
    for name, engine in engines().items():
        ways[name] = partial(train_ours, lesson, engine)
    turns: dict[str, list[Turn]] = {name: [] for name in ways}
    for _ in range(asked.rounds):
        for name, train in ways.items():
            before = gemm()
            tokens_per_second, distance = train()
            turns[name].append(Turn(tokens_per_second, min(before, gemm()), distance))
    start = Student(lesson.folder)
    untrained = lesson.distance(lambda texts: start.encode(start.tokenise(texts, 64)))
    print(
        f"{asked.model}: {asked.pairs} pairs, {lesson.token_count} tokens, {asked.rounds} rounds, "
        f"{torch.get_num_threads()} threads; held-out distance before training {untrained:.4f}"
    )
    print(f"{'':<22} {'tokens/s':>10} {'of gemm':>8} {'speed-up':>9} {'distance':>9}")
    slow = max(turn.tokens_per_second for turn in turns[PEER])
    for name, made in turns.items():
        best = max(turn.tokens_per_second for turn in made)
        token_share = lesson.token_flop / (2 * GEMM_SIZE**3)
        share = max(turn.tokens_per_second * turn.gemm_seconds * token_share for turn in made)
        distance = fmean(turn.distance for turn in made)
        print(f"{name:<22} {best:>10,.0f} {share:>8.1%} {best / slow:>8.2f}x {distance:>9.4f}")


if __name__ == "__main__":
    main()
