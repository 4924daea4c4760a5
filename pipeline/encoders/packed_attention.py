"""A transformer over texts laid end to end, without padding.

Linear layers, norms and activations see one long row of tokens; only attention knows where a text
begins and ends, and takes texts of equal length together. The mathematics is that of a padded batch
(Krell et al. 2021, "Efficient Sequence Packing without Cross-contamination"), without the work on
padding. Meant for CPUs: texts of a batch have like lengths, so there are few groups.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface

_NAME = "dutar_packed"
# model types whose positions can be given from outside, and what an XLM-R counts from
_FIRST_POSITION = {"bert": 0, "xlm-roberta": 1}


def can_pack(transformer: nn.Module) -> bool:
    """Whether `PackedTransformer` gives this model's own states: BERT and XLM-R on a CPU."""
    config: Any = transformer.config
    on_cpu = next(transformer.parameters()).device.type == "cpu"
    return on_cpu and config.model_type in _FIRST_POSITION and not config.is_decoder


class PackedTransformer:
    """Runs a transformer on texts of any lengths at once.

    Args:
        transformer: of a type that `can_pack` names; its attention is replaced.
    """

    def __init__(self, transformer: Any) -> None:  # noqa: ANN401 - transformers has no types
        transformer.set_attn_implementation(_NAME)
        self._transformer = transformer
        config = transformer.config
        is_counted_from_padding = _FIRST_POSITION[config.model_type]
        self._first = is_counted_from_padding and config.pad_token_id + 1

    def states(self, token_ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Last hidden states of a batch, padded only now.

        Args:
            token_ids: of each text, special tokens included, none empty; texts of equal length
                should stand together.

        Returns:
            float32 (texts, longest, width), zero where there is no token, and the int64 mask
            (texts, longest) of where there is one.
        """
        lengths = [len(ids) for ids in token_ids]
        positions = [torch.arange(self._first, self._first + length) for length in lengths]
        states = self._transformer(
            input_ids=torch.tensor([token for ids in token_ids for token in ids])[None],
            position_ids=torch.cat(positions)[None],
            packed_lengths=lengths,
        )[0][0]
        mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
        padded = states.new_zeros(*mask.shape, states.shape[1])
        padded[mask] = states
        return padded, mask.long()


def _attend(  # noqa: PLR0913 - the interface is that of transformers
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    packed_lengths: Sequence[int],
    scaling: float,
    **others: object,
) -> tuple[Tensor, None]:
    """Attention within each text; tensors are (1, heads, tokens, width)."""
    del module, attention_mask, others
    _, heads, tokens, width = query.shape
    attended = query.new_empty(tokens, heads, width)
    start = 0
    for length, group in groupby(packed_lengths):
        count = len(list(group))
        stop = start + count * length
        queries, keys, values = (
            states[0, :, start:stop].reshape(heads, count, length, width).transpose(0, 1)
            for states in (query, key, value)
        )
        found = functional.scaled_dot_product_attention(queries, keys, values, scale=scaling)
        attended[start:stop] = found.transpose(1, 2).reshape(stop - start, heads, width)
        start = stop
    return attended[None], None


AttentionInterface.register(_NAME, _attend)
