"""Drawing tokens so that each text has a seed of its own, whatever stands beside it in a batch.

The largest of logits plus independent Gumbel noise is a draw from their softmax (Gumbel 1954; the
"Gumbel-max trick"). So each row gets noise from its own generator, and decoding stays greedy.
Imports torch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)


class SeededNoise(LogitsProcessor):  # type: ignore[misc]  # transformers states no types
    """Adds Gumbel noise to the scores of each row, from the row's own seed.

    Args:
        seeds: of the rows, in their order.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002 - its interface
        """Return (n, v) scores of which the largest of a row is its draw."""
        width = scores.shape[1]
        uniform = torch.stack([torch.rand(width, generator=one) for one in self._generators])
        noise = -torch.log(-torch.log(uniform.clamp_(1e-20, 1 - 1e-7)))
        return scores + noise.to(scores.device)


def seeded_sampling(seeds: Sequence[int], temperature: float, top_p: float) -> LogitsProcessorList:
    """What greedy decoding needs to draw: temperature, then the nucleus, then noise.

    Args:
        seeds: of the rows of a batch.
        temperature: 0 draws nothing: the likeliest token is taken.
        top_p: share of the probability from which tokens are drawn (Holtzman et al. 2020).
    """
    if temperature == 0:
        return LogitsProcessorList()
    steps = [TemperatureLogitsWarper(temperature), TopPLogitsWarper(top_p), SeededNoise(seeds)]
    return LogitsProcessorList(steps)
