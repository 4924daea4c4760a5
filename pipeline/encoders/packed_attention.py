"""A transformer over texts laid end to end, without padding.

Linear layers, norms and activations see one long row of tokens; only attention knows where a text
begins and ends, and takes texts of equal length together. The mathematics is that of a padded batch
(Krell et al. 2021, "Efficient Sequence Packing without Cross-contamination"), without the work on
padding. Meant for CPUs: texts of a batch have like lengths, so there are few groups.
"""

from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any

import numpy as np
import numpy.typing as npt
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
    """Runs a transformer on texts of any lengths at once, with gradients where they are wanted.

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
        flat = np.fromiter(chain.from_iterable(token_ids), np.int64)
        return self.flat_states(flat, np.array([len(ids) for ids in token_ids]))

    def flat_states(
        self, token_ids: npt.NDArray[np.integer], lengths: npt.NDArray[np.int64]
    ) -> tuple[Tensor, Tensor]:
        """As `states`, of token numbers laid end to end and the lengths of the texts."""
        count, longest = len(lengths), int(lengths.max())
        within = np.arange(len(token_ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        places = np.repeat(np.arange(count) * longest, lengths) + within
        states = self._transformer(
            input_ids=torch.from_numpy(token_ids.astype(np.int64))[None],
            position_ids=torch.from_numpy(within + self._first)[None],
            packed_lengths=lengths.tolist(),
        )[0][0]
        padded = states.new_zeros(count * longest, states.shape[1])
        padded = padded.index_copy(0, torch.from_numpy(places), states)
        mask = torch.arange(longest) < torch.from_numpy(lengths)[:, None]
        return padded.view(count, longest, -1), mask.long()


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
    _, heads, _, width = query.shape
    groups = [(length, len(list(group))) for length, group in groupby(packed_lengths)]
    sizes = [length * count for length, count in groups]
    attended = []
    # one split, whose gradient is one concatenation: slices would each fill a whole tensor of zeros
    for (length, count), *sides in zip(
        groups,
        *(torch.split(states[0], sizes, dim=1) for states in (query, key, value)),
        strict=True,
    ):
        queries, keys, values = (
            side.reshape(heads, count, length, width).transpose(0, 1) for side in sides
        )
        found = functional.scaled_dot_product_attention(queries, keys, values, scale=scaling)
        attended.append(found.transpose(1, 2).reshape(count * length, heads, width))
    return torch.cat(attended)[None], None


AttentionInterface.register(_NAME, _attend)
