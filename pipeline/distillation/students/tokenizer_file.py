"""`tokenizer.json` with fewer pieces: pure functions over its parsed form.

The format is that of the Hugging Face tokenizers library, version 1.0.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.encoders.pieces import WORD_START
from pipeline.errors import InputError

# letters by the thousand that spell no words of other languages, by their Unicode names
_WHOLE_SYLLABLES = ("CJK", "HANGUL", "YI ")
_WORD_MARKS = (WORD_START, "##")  # the second is WordPiece's, before the pieces that continue one


def indispensable_ids(description: dict[str, Any], pieces: Sequence[str]) -> set[int]:
    """Return the ids kept whatever the texts: special tokens, letters, numbers, signs.

    Ideographs and the syllables of Hangul and Yi, thousands in a multilingual vocabulary, are kept
    only where texts use them.

    Unigram prices an unknown character by the vocabulary's lowest score, so that piece stays too.

    Raises:
        InputError: the tokenizer is neither Unigram nor WordPiece, whose cuts stay the same when
            unused pieces go (BPE's do not).
    """
    kind = description["model"].get("type")
    if kind not in {"Unigram", "WordPiece"}:
        raise InputError(f"cannot prune a {kind} tokenizer, only Unigram or WordPiece")
    ids = {token["id"] for token in description["added_tokens"]}
    ids |= {number for number, piece in enumerate(pieces) if _belongs_to_no_language(_bare(piece))}
    model = description["model"]
    if model["type"] == "Unigram":
        ids |= {model["unk_id"], int(np.argmin([score for _, score in model["vocab"]]))}
    return ids


def renumber(
    description: dict[str, Any], pieces: Sequence[str], kept: np.ndarray
) -> dict[str, Any]:
    """Return the tokenizer with the pieces `kept`, ascending ids, numbered 0, 1, 2, ..."""
    new_id = {pieces[old]: new for new, old in enumerate(kept)}
    model = dict(description["model"])
    if model["type"] == "Unigram":
        model["vocab"] = [model["vocab"][old] for old in kept if old < len(model["vocab"])]
        model["unk_id"] = new_id[pieces[model["unk_id"]]]
    else:
        model["vocab"] = {p: new_id[p] for p in model["vocab"] if p in new_id}
    added = [token | {"id": new_id[token["content"]]} for token in description["added_tokens"]]
    return description | {
        "model": model,
        "added_tokens": added,
        "post_processor": _renumber_post_processor(description["post_processor"], new_id),
        "truncation": None,  # both are set by who loads the model
        "padding": None,
    }


def _belongs_to_no_language(piece: str) -> bool:
    if len(piece) == 1 and piece.isalpha():
        return not unicodedata.name(piece, "").startswith(_WHOLE_SYLLABLES)
    return len(piece) <= 1 or not any(map(str.isalpha, piece))


def _bare(piece: str) -> str:
    for mark in _WORD_MARKS:
        piece = piece.removeprefix(mark)
    return piece


def _renumber_post_processor(
    processor: dict[str, Any] | None, new_id: dict[str, int]
) -> dict[str, Any] | None:
    """Renumber the special tokens put around a text; the three kinds that encoders use."""
    if processor is None or processor["type"] == "ByteLevel":
        return processor
    if processor["type"] == "TemplateProcessing":
        special = {
            name: token | {"ids": [new_id[piece] for piece in token["tokens"]]}
            for name, token in processor["special_tokens"].items()
        }
        return processor | {"special_tokens": special}
    if processor["type"] in {"BertProcessing", "RobertaProcessing"}:
        ends = {end: [processor[end][0], new_id[processor[end][0]]] for end in ("cls", "sep")}
        return processor | ends
    raise InputError(f"cannot renumber a tokenizer's post-processor of kind {processor['type']}")
