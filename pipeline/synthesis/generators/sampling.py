"""Drawing tokens so that each text has a seed of its own, whatever stands beside it in a batch.

The largest of logits plus independent Gumbel noise is a draw from their softmax (Gumbel 1954; the
"Gumbel-max trick"). So each row gets noise from its own generator, and decoding stays greedy. No
row ends before it says something. Imports torch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Silence:
    """Tokens that say nothing.

    Attributes:
        blanks: (b) ids of tokens without a visible character.
        ends: (e) ids of tokens that end an answer: the model's own, and blanks that break a line.
    """

    blanks: Tensor
    ends: Tensor


def silence_of(tokenizer: Any, model_ends: Iterable[int], device: torch.device) -> Silence:  # noqa: ANN401 - of transformers
    """Read every token of a vocabulary once.

    Args:
        tokenizer: of the model.
        model_ends: ids after which the model stops by itself.
        device: of the model.
    """
    tokens = [[token] for token in range(len(tokenizer))]
    texts = tokenizer.batch_decode(tokens, skip_special_tokens=True)
    blanks = [token for token, text in enumerate(texts) if not text.strip()]
    ends = {*model_ends, *(token for token in blanks if "\n" in texts[token])}
    return Silence(torch.tensor(blanks, device=device), torch.tensor(sorted(ends), device=device))


class SpeakFirst(LogitsProcessor):  # type: ignore[misc]  # transformers states no types
    """Lets no row end before its first visible character.

    Ends are taken out of the nucleus, so that a row that would have drawn another token draws that
    still; where the nucleus holds nothing else, it is made of the other tokens.

    Args:
        silence: of the vocabulary.
        nucleus: makes scores into those that are drawn from.
    """

    def __init__(self, silence: Silence, nucleus: LogitsProcessorList) -> None:
        self._silence, self._nucleus = silence, nucleus
        self._is_silent: Tensor | None = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return (n, v) scores; the first call is for the first new token, each later one next."""
        if self._is_silent is None:
            self._is_silent = torch.ones(len(scores), dtype=torch.bool, device=scores.device)
        else:
            self._is_silent &= torch.isin(input_ids[:, -1], self._silence.blanks)
        drawn_from: Tensor = self._nucleus(input_ids, scores)
        if not self._is_silent.any():
            return drawn_from
        speaking = self._without_ends(drawn_from)
        others = self._nucleus(input_ids, self._without_ends(scores))
        is_nothing = speaking.isneginf().all(dim=1, keepdim=True)
        speaking = torch.where(is_nothing, others, speaking)
        return torch.where(self._is_silent[:, None], speaking, drawn_from)

    def _without_ends(self, scores: Tensor) -> Tensor:
        ends = self._silence.ends
        known = ends[ends < scores.shape[1]]  # a tokenizer may have more tokens than its model
        return scores.index_fill(1, known, -torch.inf)


def seeded_sampling(
    seeds: Sequence[int], temperature: float, top_p: float, silence: Silence
) -> LogitsProcessorList:
    """What greedy decoding needs to draw: temperature, then the nucleus, then noise.

    Args:
        seeds: of the rows of a batch.
        temperature: 0 draws nothing: the likeliest token is taken.
        top_p: share of the probability from which tokens are drawn (Holtzman et al. 2020).
        silence: tokens that may not come before a visible one.
    """
    if temperature == 0:
        return LogitsProcessorList([SpeakFirst(silence, LogitsProcessorList())])
    nucleus = [TemperatureLogitsWarper(temperature), TopPLogitsWarper(top_p)]
    first = SpeakFirst(silence, LogitsProcessorList(nucleus))
    return LogitsProcessorList([first, SeededNoise(seeds)])
