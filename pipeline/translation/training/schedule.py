"""Which pairs a step sees, and after which steps the model is judged. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.parameters import TranslationParams

Rows = npt.NDArray[np.int64]

_BATCHES_PER_BUCKET = 16  # pairs of like length share a step, but not always the same ones


def plan_steps(
    source_lengths: Sequence[int], target_lengths: Sequence[int], params: TranslationParams
) -> list[Rows]:
    """The pairs of every step, epoch after epoch: each pair once an epoch, of like length.

    Args:
        source_lengths: tokens of each source, n of them.
        target_lengths: tokens of each target.
        params: epochs, what a step holds at most, and the seed.

    Returns:
        Row numbers; a step's pairs, padded, have `batch_tokens` tokens at most, unless one alone
        has more.
    """
    rng = np.random.default_rng(params.seed)
    widths = np.stack([np.asarray(source_lengths), np.asarray(target_lengths)], axis=1)
    steps: list[Rows] = []
    for _ in range(params.epochs):
        steps += _plan_epoch(rng.permutation(len(widths)), widths, params, rng)
    return steps


def judged_after(step_count: int, check_count: int) -> frozenset[int]:
    """Numbers of steps made when the model is judged: evenly spread, the last among them."""
    marks = np.linspace(0, step_count, min(check_count, step_count) + 1)[1:]
    return frozenset(int(mark) for mark in np.ceil(marks))


def _plan_epoch(
    order: Rows, widths: Rows, params: TranslationParams, rng: np.random.Generator
) -> list[Rows]:
    usual = min(params.batch_pairs, params.batch_tokens / widths.sum(axis=1).mean())
    bucket_count = max(1, int(len(order) / (usual * _BATCHES_PER_BUCKET)))
    batches: list[Rows] = []
    for bucket in np.array_split(order, bucket_count):
        by_length = bucket[np.lexsort((widths[bucket, 0], widths[bucket, 1]))]
        batches += _cut(by_length, widths, params)
    return [batches[number] for number in rng.permutation(len(batches))]


def _cut(rows: Rows, widths: Rows, params: TranslationParams) -> list[Rows]:
    """Runs of rows that fit a step when they are padded."""
    batches, begin = [], 0
    widest = np.zeros(2, np.int64)
    for place, row in enumerate(rows):
        wider = np.maximum(widest, widths[row])
        count = place - begin + 1
        if place > begin and (
            count > params.batch_pairs or count * wider.sum() > params.batch_tokens
        ):
            batches.append(rows[begin:place])
            begin, wider = place, widths[row]
        widest = wider
    return [*batches, rows[begin:]]
