"""A tokenizer that reads one language and writes another, whatever model it belongs to."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from pipeline.encoders.language_tokens import (
    TokenIds,
    asked_language_token,
    framed,
    language_token,
    target_pieces,
)
from pipeline.translation_directions import Direction


class DirectedTokenizer:
    """Texts of a direction as token ids, and back.

    Args:
        folder: of a model with its tokenizer.
        direction: of translation.

    Attributes:
        target_token: id of what the decoder must say first; None for a model that must not, of
            one direction or told by the source which language to write.
        pad_id: fills batches.

    Raises:
        InputError: the model has tokens for languages, but not for one of these.
    """

    def __init__(self, folder: Path, direction: Direction) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.pad_id = int(self.tokenizer.pad_token_id)
        self._end = int(self.tokenizer.eos_token_id)
        self._source_token, self.target_token = (
            language_token(code, self.tokenizer, folder) for code in direction
        )
        if self.target_token is None:
            self._source_token = asked_language_token(direction.target, self.tokenizer, folder)

    @property
    def has_languages(self) -> bool:
        """Whether the model can be told which language to write."""
        return self._source_token is not None

    def sources(self, texts: Sequence[str], max_tokens: int) -> list[TokenIds]:
        """What the encoder reads of each text: language, pieces, end; at most `max_tokens`."""
        pieces = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return framed(pieces, self._source_token, self._end, max_tokens)

    def targets(self, texts: Sequence[str], max_tokens: int) -> list[TokenIds]:
        """What the decoder is to say: language, pieces, end; at most `max_tokens`."""
        pieces = target_pieces(self.tokenizer, texts)
        return framed(pieces, self.target_token, self._end, max_tokens)

    def texts(self, rows: Sequence[TokenIds]) -> list[str]:
        """What the decoder said, without language and end."""
        pieces = [[one for one in row if one != self.target_token] for row in rows]
        texts = self.tokenizer.batch_decode(pieces, skip_special_tokens=True)
        return [text.strip() for text in texts]


def padded(rows: Sequence[TokenIds], fill: int) -> np.ndarray:
    """Rows of unequal length as one array (n, longest), int64, filled up at the end."""
    lengths = np.array([len(row) for row in rows])
    array = np.full((len(rows), int(lengths.max())), fill, np.int64)
    array[np.arange(array.shape[1]) < lengths[:, None]] = list(chain.from_iterable(rows))
    return array
