"""Telling the counterpart of a text from others: multiple-negatives ranking, row by row.

Cross-entropy over `scale * cosine` (Henderson et al. 2017). Pure functions over unit rows.
"""

import torch
from torch import Tensor
from torch.nn import functional

SAME_MEANING_COSINE = 0.99
"""Two teacher vectors at least this close stand for one meaning: no negatives of each other."""


def rank_among(
    scores: Tensor, own: Tensor, scale: float, never_negative: Tensor | None = None
) -> Tensor:
    """How badly each text finds its own among candidates that stay where they are.

    Args:
        scores: (n, m) cosines of text and candidate.
        own: (n,) the column that is each text's counterpart; two texts may share one.
        scale: inverse temperature.
        never_negative: (n, m) bool, candidates that mean the same as the text's own.

    Returns:
        (n,) losses. Texts do not depend on one another.
    """
    logits = scale * scores
    if never_negative is not None:
        masked = never_negative.scatter(1, own[:, None], value=False)
        logits = logits.masked_fill(masked, float("-inf"))
    return functional.cross_entropy(logits, own, reduction="none")


def rank_both_ways(
    texts: Tensor,
    candidates: Tensor,
    own: Tensor,
    scale: float,
    never_negative: Tensor | None = None,
) -> Tensor:
    """`rank_among`, averaged with how badly each counterpart finds its text among the others.

    Symmetric as in Feng et al. 2022, LaBSE, where the candidates are the counterparts alone.

    Args:
        texts: (n, d).
        candidates: (m, d).
        own: (n,) the row of the candidates that is each text's counterpart.
        scale: inverse temperature.
        never_negative: (n, m) bool, as in `rank_among`.

    Returns:
        (n,) losses, with gradients into texts and candidates.
    """
    onward = rank_among(texts @ candidates.T, own, scale, never_negative)
    # a product of its own: columns picked from the one above get their gradients in any order
    scores, places = candidates[own] @ texts.T, torch.arange(len(own), device=own.device)
    back = None if never_negative is None else never_negative[:, own].T
    return (onward + rank_among(scores, places, scale, back)) / 2


def rank_in_batch(
    anchors: Tensor,
    counterparts: Tensor,
    scale: float,
    never_negative: Tensor | None = None,
    negatives: Tensor | None = None,
) -> Tensor:
    """`rank_both_ways` of the pairs of a batch, for a student that has no teacher.

    Args:
        anchors: (n, d).
        counterparts: (n, d), row for row.
        scale: inverse temperature.
        never_negative: (n, n + m) bool, of counterparts and negatives, as in `rank_among`.
        negatives: (m, d) hard negatives of any of the anchors; an anchor is told apart from all.

    Returns:
        (n,) losses, with gradients into all three.
    """
    candidates = counterparts if negatives is None else torch.cat([counterparts, negatives])
    own = torch.arange(len(anchors), device=anchors.device)
    return rank_both_ways(anchors, candidates, own, scale, never_negative)
