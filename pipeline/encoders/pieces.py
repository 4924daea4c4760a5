"""The pieces in a `tokenizer.json`, and more of them: pure functions over its parsed form.

The format is that of the Hugging Face tokenizers library, version 1.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError

WORD_START = "▁"
"""What Unigram, and Byte-Pair pieces of translation models, put before the first of a word."""


@dataclass(frozen=True)
class NewPiece:
    """A piece to add.

    Attributes:
        piece: as the tokenizer writes it, such as `▁ýaşaýyş`.
        parts: ids of the known pieces whose mean vector it starts from.
        score: its Unigram log probability; of no use to other tokenizers.
    """

    piece: str
    parts: tuple[int, ...]
    score: float


def list_pieces(description: dict[str, Any]) -> list[str]:
    """Return the pieces of a tokenizer, added tokens among them; a piece's position is its id.

    Raises:
        InputError: there are ids without a piece.
    """
    vocabulary = description["model"]["vocab"]
    if isinstance(vocabulary, dict):  # of WordPiece and BPE
        by_id = {number: piece for piece, number in vocabulary.items()}
    else:  # of Unigram
        by_id = {number: piece for number, (piece, _) in enumerate(vocabulary)}
    for token in description["added_tokens"]:
        by_id.setdefault(token["id"], token["content"])
    if sorted(by_id) != list(range(len(by_id))):
        raise InputError("the tokenizer has ids without a piece; no piece can be added or removed")
    return [by_id[number] for number in range(len(by_id))]


def piece_scores(description: dict[str, Any]) -> dict[int, float]:
    """Return the log probability of each piece of a Unigram tokenizer, by id.

    Raises:
        InputError: the tokenizer is of another kind, which has none.
    """
    model = description["model"]
    if model.get("type") != "Unigram":
        raise InputError(f"cannot extend a {model.get('type')} tokenizer, only Unigram")
    return {number: score for number, (_, score) in enumerate(model["vocab"])}


def append_pieces(description: dict[str, Any], new: Sequence[NewPiece]) -> dict[str, Any]:
    """Return the tokenizer with more pieces behind all others, added tokens among these.

    In a BPE tokenizer no merge makes a new piece: only single letters are ever found.
    """
    pieces = list_pieces(description)
    if description["model"].get("type") == "Unigram":
        scores = piece_scores(description)
        vocabulary: Any = [[piece, scores.get(at, 0.0)] for at, piece in enumerate(pieces)]
        vocabulary += [[one.piece, one.score] for one in new]
    else:
        every = [*pieces, *(one.piece for one in new)]
        vocabulary = {piece: number for number, piece in enumerate(every)}
    return description | {"model": description["model"] | {"vocab": vocabulary}}
