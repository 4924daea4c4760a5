"""Which texts are encoded together: pure arithmetic over token counts."""

import numpy as np

TOKEN_BUDGET = 1024
"""Tokens in one batch on a CPU; measured in benchmarks/encoding.py."""

GPU_TOKEN_BUDGET = 16384


def plan_batches(token_counts: np.ndarray, token_budget: int = TOKEN_BUDGET) -> list[np.ndarray]:
    """Group texts of like length, so that little of a batch is padding.

    Args:
        token_counts: (n,) integers >= 1, one per text.
        token_budget: most tokens in a batch once all its texts are padded to its longest; a text
            that is longer by itself has a batch of its own.

    Returns:
        Batches of row numbers, int64, each row in exactly one; longest texts first, so that a lack
        of memory shows at once. Texts of one length keep their order.
    """
    order = np.argsort(-np.asarray(token_counts), kind="stable")
    batches = []
    start = 0
    while start < len(order):
        longest = int(token_counts[order[start]])
        batches.append(order[start : start + max(1, token_budget // longest)])
        start += len(batches[-1])
    return batches
