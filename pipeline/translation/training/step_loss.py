"""The loss of a step: what the decoder should have said next, piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pipeline.encoders.language_tokens import TokenIds
from pipeline.translation.directed_tokenizer import padded

_IGNORED = -100  # of torch: no target


@dataclass(frozen=True)
class TokenisedPairs:
    """Pairs as token ids.

    Attributes:
        sources: what the encoder reads, n of them.
        targets: what the decoder is to say.
        pad_id: fills batches.
    """

    sources: Sequence[TokenIds]
    targets: Sequence[TokenIds]
    pad_id: int

    def token_count(self, rows: Sequence[int]) -> int:
        """Real tokens of both sides."""
        return sum(len(self.sources[row]) + len(self.targets[row]) for row in rows)

    def batch(self, rows: Sequence[int], start_id: int) -> dict[str, Tensor]:
        """What the model takes of these rows, on the CPU, and `labels`.

        Args:
            rows: numbers of pairs.
            start_id: what the decoder is given before it says anything.
        """
        targets = padded([self.targets[row] for row in rows], _IGNORED)
        said = padded([[start_id, *self.targets[row][:-1]] for row in rows], self.pad_id)
        read = padded([self.sources[row] for row in rows], self.pad_id)
        lengths = torch.tensor([len(self.sources[row]) for row in rows])
        mask = torch.arange(read.shape[1]) < lengths[:, None]
        return {
            "input_ids": torch.from_numpy(read),
            "attention_mask": mask.long(),
            "decoder_input_ids": torch.from_numpy(said),
            "labels": torch.from_numpy(targets),
        }


def step_loss(model: Any, batch: dict[str, Tensor], smoothing: float) -> Tensor:  # noqa: ANN401
    """Mean cross-entropy per target token, with a smoothed distribution; nats."""
    labels = batch["labels"]
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    logits = model(**inputs, use_cache=False).logits
    return cross_entropy(
        logits.flatten(0, 1).float(),
        labels.flatten(),
        ignore_index=_IGNORED,
        label_smoothing=smoothing,
    )
