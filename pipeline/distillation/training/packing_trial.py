"""Whether a way of encoding that no test of ours could run gives what the plain way gives here.

FlashAttention depends on the GPU, its driver and the build of torch. So before a training relies on
it, vectors and gradients of a few texts are compared with those of padded texts on the machine.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cosine_similarity

from pipeline.distillation.training.flat_texts import FlatTexts

Embed = Callable[[FlatTexts], Tensor]
LEAST_COSINE = 0.98
"""Of vectors and of gradients; both ways are in bfloat16, with eight bits of fraction."""

_LENGTHS = (33, 17, 9, 9, 2)
_SEED = 5


def trial_texts(vocabulary_size: int) -> FlatTexts:
    """Some texts of random tokens, of several lengths, the longest first."""
    rng = np.random.default_rng(_SEED)
    return FlatTexts.of([rng.integers(0, vocabulary_size, length).tolist() for length in _LENGTHS])


def vectors_and_gradient(
    embed: Embed, texts: FlatTexts, parameters: Sequence[Parameter]
) -> tuple[Tensor, Tensor]:
    """(n, d) vectors, and a gradient through all of them, laid end to end."""
    vectors = embed(texts)
    direction = torch.linspace(-1, 1, vectors.numel(), device=vectors.device).view_as(vectors)
    gradients = torch.autograd.grad((vectors * direction).sum(), parameters, allow_unused=True)
    flat = [one.float().flatten() for one in gradients if one is not None]
    return vectors.detach(), torch.cat(flat)


def disagreement(
    embed: Embed, wanted: tuple[Tensor, Tensor], texts: FlatTexts, parameters: Sequence[Parameter]
) -> str:
    """Why `embed` cannot stand for what gave `wanted`; empty if it can.

    Args:
        embed: (n, d) unit rows of n texts.
        wanted: what `vectors_and_gradient` says of the other way.
        texts: the same as there.
        parameters: the same as there.
    """
    try:
        vectors, gradient = vectors_and_gradient(embed, texts, parameters)
    except (RuntimeError, NotImplementedError, ImportError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    nearness = torch.cat(
        [cosine_similarity(vectors, wanted[0]), cosine_similarity(gradient, wanted[1], dim=0)[None]]
    )
    if (nearness >= LEAST_COSINE).all():
        return ""
    return f"vectors and gradients agree by {nearness.min():.3f} only"
