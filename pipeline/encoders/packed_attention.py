"""A transformer over texts laid end to end, without padding.

Linear layers, norms and activations see one long row of tokens; only attention knows where a text
begins and ends. The mathematics is that of a padded batch (Krell et al. 2021, "Efficient Sequence
Packing without Cross-contamination"), without the work on padding. On a CPU attention takes texts
of equal length together: texts of a batch have like lengths, so there are few groups. On a GPU it
is FlashAttention (Dao 2023) of all of them at once, in bfloat16.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
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
_VARLEN = "torch.nn.attention.varlen"  # of torch 2.10 and newer
_FLASH_CAPABILITY = (8, 0)


def can_pack(transformer: nn.Module, *, is_bf16: bool = False) -> bool:
    """Whether `PackedTransformer` gives this model's own states: BERT and XLM-R.

    Args:
        transformer: on any device.
        is_bf16: it runs under autocast to bfloat16, without which no GPU is fit for it.
    """
    config: Any = transformer.config
    device = next(transformer.parameters()).device
    is_fit = device.type == "cpu" or (is_bf16 and _has_flash_attention(device))
    return is_fit and config.model_type in _FIRST_POSITION and not config.is_decoder


def _has_flash_attention(device: torch.device) -> bool:
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < _FLASH_CAPABILITY:
        return False
    return find_spec(_VARLEN) is not None


class PackedTransformer:
    """Runs a transformer on texts of any lengths at once, with gradients where they are wanted.

    Args:
        transformer: of a type that `can_pack` names; its attention is replaced.
    """

    def __init__(self, transformer: Any) -> None:  # noqa: ANN401 - transformers has no types
        config = transformer.config
        self._padded_attention = config._attn_implementation  # noqa: SLF001 - no other name for it
        transformer.set_attn_implementation(_NAME)
        self._transformer = transformer
        is_counted_from_padding = _FIRST_POSITION[config.model_type]
        self._first = is_counted_from_padding and config.pad_token_id + 1

    def restore(self) -> None:
        """Give the transformer the attention back that it had."""
        self._transformer.set_attn_implementation(self._padded_attention)

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
        device = self._transformer.device
        count, longest = len(lengths), int(lengths.max())
        within = np.arange(len(token_ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        places = np.repeat(np.arange(count) * longest, lengths) + within
        states = self._transformer(
            input_ids=_sent(token_ids.astype(np.int64), device)[None],
            position_ids=_sent(within + self._first, device)[None],
            **_bounds(lengths, device),
        )[0][0]
        padded = states.new_zeros(count * longest, states.shape[1])
        padded = padded.index_copy(0, _sent(places, device), states)
        mask = _sent(np.arange(longest) < lengths[:, None], device)
        return padded.view(count, longest, -1), mask.long()


def _sent(array: npt.NDArray[Any], device: torch.device) -> Tensor:
    return torch.from_numpy(array).to(device, non_blocking=True)


def _bounds(lengths: npt.NDArray[np.int64], device: torch.device) -> dict[str, Any]:
    """Where texts begin and end, as `_attend` wants it on a device."""
    if device.type == "cpu":
        return {"packed_lengths": lengths.tolist()}
    return ends_of_texts(lengths, device)


def ends_of_texts(lengths: npt.NDArray[np.int64], device: torch.device) -> dict[str, Any]:
    """What FlashAttention is told of n texts: n + 1 bounds, int32, and a length none exceeds.

    That is a power of two, lest compiled code be compiled anew for every length.
    """
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return {"packed_ends": _sent(ends, device), "longest": 1 << int(lengths.max() - 1).bit_length()}


def _attend(  # noqa: PLR0913 - the interface is that of transformers
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float,
    packed_lengths: Sequence[int] = (),
    packed_ends: Tensor | None = None,
    longest: int = 0,
    **others: object,
) -> tuple[Tensor, None]:
    """Attention within each text; tensors are (1, heads, tokens, width)."""
    del module, attention_mask, others
    if packed_ends is None:
        return _attend_in_groups(query, key, value, packed_lengths, scaling), None
    return _attend_at_once(query, key, value, packed_ends, longest, scaling), None


def _attend_in_groups(
    query: Tensor, key: Tensor, value: Tensor, lengths: Sequence[int], scaling: float
) -> Tensor:
    """Texts of equal length together; (1, tokens, heads, width)."""
    _, heads, _, width = query.shape
    groups = [(length, len(list(group))) for length, group in groupby(lengths)]
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
    return torch.cat(attended)[None]


def _attend_at_once(
    query: Tensor, key: Tensor, value: Tensor, ends: Tensor, longest: int, scaling: float
) -> Tensor:
    """All texts by FlashAttention; (1, tokens, heads, width)."""
    varlen = import_module(_VARLEN)
    sides = (states[0].transpose(0, 1).bfloat16() for states in (query, key, value))
    found: Tensor = varlen.varlen_attn(*sides, ends, ends, longest, longest, scale=scaling)
    return found.to(query.dtype)[None]


AttentionInterface.register(_NAME, _attend)
