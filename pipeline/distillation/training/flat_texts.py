"""Tokenised texts as two flat arrays: what a step needs is found without a walk over lists.

Pure; torch is not imported.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]

_TEXTS_AT_ONCE = 10_000


@dataclass(frozen=True)
class FlatTexts:
    """n texts of token numbers, laid end to end.

    Attributes:
        token_ids: (tokens,) int32.
        offsets: (n + 1,) int64, ascending: text i is `token_ids[offsets[i] : offsets[i + 1]]`.
    """

    token_ids: npt.NDArray[np.int32]
    offsets: Rows

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]]) -> "FlatTexts":
        """Lay lists of token numbers end to end."""
        lengths = [len(text) for text in texts]
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        tokens = np.fromiter(chain.from_iterable(texts), np.int32, int(offsets[-1]))
        return cls(tokens, offsets)

    @classmethod
    def joined(cls, parts: Iterable["FlatTexts"]) -> "FlatTexts":
        """All texts of the parts, in order."""
        parts = list(parts)
        lengths = np.concatenate([part.lengths for part in parts])
        tokens = np.concatenate([part.token_ids for part in parts])
        return cls(tokens, np.concatenate([[0], np.cumsum(lengths)]))

    @property
    def lengths(self) -> Rows:
        """(n,) tokens of each text."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: Rows) -> "FlatTexts":
        """The texts of these rows, in their order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        shifts = np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return FlatTexts(self.token_ids[np.arange(offsets[-1]) + shifts], offsets)


def tokenised(
    texts: Sequence[str], tokenise: Callable[[Sequence[str]], Sequence[Sequence[int]]]
) -> FlatTexts:
    """Tokenise any number of texts, some thousands at a time: lists take ten times the memory."""
    starts = range(0, len(texts), _TEXTS_AT_ONCE)
    parts = (FlatTexts.of(tokenise(texts[start : start + _TEXTS_AT_ONCE])) for start in starts)
    return FlatTexts.joined([FlatTexts.of([]), *parts])
