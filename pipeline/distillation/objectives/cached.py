"""A loss over more texts than fit into memory at once, with the very same gradients.

A loss that compares the texts of a batch with one another cannot be added up from parts of the
batch. But its gradient reaches the model through the vectors alone: so they are made first, without
keeping what made them; the loss tells each vector its gradient; and each part of the batch is run
again to pass it on (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory
Limited Setup"). It costs one forward pass more.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from pipeline.distillation.objectives.weighing import Weighed

Chunk = TypeVar("Chunk")


def backward_cached(
    chunks: Sequence[Chunk], embed: Callable[[Chunk], Tensor], loss_of: Callable[[Tensor], Weighed]
) -> Weighed:
    """Add the gradients of a batch's loss to the parameters' `grad`.

    Args:
        chunks: parts of the batch, each small enough. A single one is run only once.
        embed: (n, d) vectors of a chunk; the same at each call, so without dropout. For a lower
            precision it enters autocast itself, which keeps casts that were made without gradients.
        loss_of: of all vectors in the order of the chunks. Parameters of its own get gradients too.

    Returns:
        What `loss_of` returned, the loss detached.
    """
    if len(chunks) == 1:
        weighed = loss_of(embed(chunks[0]))
        torch.autograd.backward(weighed.loss)
        return Weighed(weighed.loss.detach(), weighed.terms)
    with torch.no_grad():
        parts = [embed(chunk) for chunk in chunks]
    vectors = torch.cat(parts).requires_grad_()
    weighed = loss_of(vectors)
    torch.autograd.backward(weighed.loss)
    if vectors.grad is not None:
        counts = [len(part) for part in parts]
        for chunk, gradient in zip(chunks, torch.split(vectors.grad, counts), strict=True):
            torch.autograd.backward(embed(chunk), gradient)
    return Weighed(weighed.loss.detach(), weighed.terms)
