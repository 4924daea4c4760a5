"""Which pairs a step sees and how fast it learns: decided before training starts."""

import numpy as np

_BATCHES_PER_BUCKET = 16


def plan_steps(
    token_counts: np.ndarray, epoch_count: int, batch_pairs: int, seed: int
) -> list[np.ndarray]:
    """Return the pairs of every step, epoch after epoch.

    Each epoch shuffles the pairs, sorts them by length within buckets of a few batches, so that
    little is padding, and shuffles the batches. A last batch that is short is left whole, unless
    it has a single pair, which teaches nothing about telling pairs apart.

    Args:
        token_counts: (n,) length of each pair's longer side.
        epoch_count: passes over the pairs.
        batch_pairs: pairs in a step.
        seed: of the shuffles.

    Returns:
        Arrays of row numbers; a pure function of the arguments.
    """
    rng = np.random.default_rng(seed)
    return [
        batch for _ in range(epoch_count) for batch in _plan_epoch(token_counts, batch_pairs, rng)
    ]


def _plan_epoch(
    token_counts: np.ndarray, batch_pairs: int, rng: np.random.Generator
) -> list[np.ndarray]:
    order = rng.permutation(len(token_counts))
    bucket_pairs = batch_pairs * _BATCHES_PER_BUCKET
    batches = []
    for start in range(0, len(order), bucket_pairs):
        bucket = order[start : start + bucket_pairs]
        by_length = bucket[np.argsort(token_counts[bucket], kind="stable")]
        batches += np.split(by_length, range(batch_pairs, len(by_length), batch_pairs))
    batches = [batch for batch in batches if len(batch) > 1]
    return [batches[number] for number in rng.permutation(len(batches))]


def learning_rate(step: int, step_count: int, peak: float, warmup_fraction: float) -> float:
    """Return the rate of 0-based `step`: a linear rise to `peak`, then a linear fall to zero."""
    warmup_steps = round(step_count * warmup_fraction)
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    return peak * (step_count - step) / max(1, step_count - warmup_steps)
