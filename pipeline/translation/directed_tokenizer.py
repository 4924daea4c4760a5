"""A tokenizer that reads one language and writes another, whatever model it belongs to.

Models of many languages (NLLB, M2M100, mBART-50) have a token per language, which stands before
either side's text and is the first that the decoder says; models of one direction (Marian, T5) have
none. Which it is, the vocabulary tells.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from pipeline.errors import InputError
from pipeline.languages import language, language_codes
from pipeline.translation_directions import Direction

TokenIds = list[int]


class DirectedTokenizer:
    """Texts of a direction as token ids, and back.

    Args:
        folder: of a model with its tokenizer.
        direction: of translation.

    Attributes:
        target_token: id of what the decoder must say first; None for a model of one direction.
        pad_id: fills batches.

    Raises:
        InputError: the model has tokens for languages, but not for one of these.
    """

    def __init__(self, folder: Path, direction: Direction) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.pad_id = int(self.tokenizer.pad_token_id)
        self._end = int(self.tokenizer.eos_token_id)
        vocabulary = self.tokenizer.get_vocab()
        found = [
            next((vocabulary[name] for name in language_tokens(code) if name in vocabulary), None)
            for code in direction
        ]
        has_languages = any(token is not None for token in found)
        if has_languages and None in found:
            missing = direction[found.index(None)]
            known = [code for code in language_codes() if {*language_tokens(code)} & {*vocabulary}]
            raise InputError(
                f"the translation model {folder} has no token for {missing}, only for "
                f"{', '.join(known)}"
            )
        self._source_token, self.target_token = found

    def sources(self, texts: Sequence[str], max_tokens: int) -> list[TokenIds]:
        """What the encoder reads of each text: language, pieces, end; at most `max_tokens`."""
        pieces = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return self._framed(pieces, self._source_token, max_tokens)

    def targets(self, texts: Sequence[str], max_tokens: int) -> list[TokenIds]:
        """What the decoder is to say: language, pieces, end; at most `max_tokens`."""
        pieces = self.tokenizer(text_target=list(texts), add_special_tokens=False)["input_ids"]
        return self._framed(pieces, self.target_token, max_tokens)

    def texts(self, rows: Sequence[TokenIds]) -> list[str]:
        """What the decoder said, without language and end."""
        texts = self.tokenizer.batch_decode(rows, skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _framed(
        self, rows: Sequence[TokenIds], first: int | None, max_tokens: int
    ) -> list[TokenIds]:
        start = [] if first is None else [first]
        most = max_tokens - len(start) - 1
        return [[*start, *row[:most], self._end] for row in rows]


def language_tokens(code: str) -> tuple[str, ...]:
    """What models may call a language: as NLLB does, as M2M100 does, or by our own code."""
    found = language(code)
    return tuple(name for name in (found.nllb, f"__{found.iso639_1}__", code) if name)


def padded(rows: Sequence[TokenIds], fill: int) -> np.ndarray:
    """Rows of unequal length as one array (n, longest), int64, filled up at the end."""
    lengths = np.array([len(row) for row in rows])
    array = np.full((len(rows), int(lengths.max())), fill, np.int64)
    array[np.arange(array.shape[1]) < lengths[:, None]] = list(chain.from_iterable(rows))
    return array
