"""Adds pieces to a vocabulary for a language whose words its tokenizer cuts badly.

Two sources of pieces, both initialised from pieces that the model knows:

- *respelt*: where a relative spells the language's sounds in letters that the model knows (see
  `pipeline.text.respelling`), every piece of the respelt words gets a twin in the language's own
  letters, with the same vector and score. Words are then cut, and first understood, as the
  relative's are;
- *frequent*: subwords that a Unigram model of the language's words would have and the tokenizer
  has not get the mean vector of the pieces it cuts them into (Gee et al. 2022, "Fast Vocabulary
  Transfer for Language Model Compression"): texts grow shorter, vectors rougher.

A piece that exists already keeps its meaning, so texts of other languages are cut as before unless
they hold a new piece. Works on the files; torch is not imported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from pipeline.distillation.students.model_files import (
    copy_model,
    read_json,
    transformer_folder,
    word_embedding_name,
    write_json,
)
from pipeline.distillation.students.subwords import frequent_subwords
from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.pieces import (
    WORD_START,
    NewPiece,
    append_pieces,
    list_pieces,
    piece_scores,
)
from pipeline.text.respelling import respell

_WRITTEN_ANEW = ("model.safetensors", "*.model")


@dataclass(frozen=True)
class ExtensionReport:
    """What was added, and what it does to the words.

    Attributes:
        respelt_piece_count: twins of known pieces.
        frequent_piece_count: subwords with mean vectors.
        taken_piece_count: twins not added, for another meaning has their spelling.
        pieces_per_word_before: mean over the words, weighted by their counts.
        pieces_per_word_after: the same with the new vocabulary.
    """

    respelt_piece_count: int
    frequent_piece_count: int
    taken_piece_count: int
    pieces_per_word_before: float
    pieces_per_word_after: float


def extend_vocabulary(
    model_folder: Path,
    word_counts: Mapping[str, int],
    language_code: str,
    out: Path,
    frequent_count: int = 0,
) -> ExtensionReport:
    """Write a copy of a model that has pieces for the words of a language.

    Args:
        model_folder: a sentence-transformers folder with a Unigram tokenizer.
        word_counts: words of the language, in the case in which they occur, and how often.
        language_code: of the words; without `known_spelling` no piece is respelt.
        out: the folder to write; it appears whole or not at all.
        frequent_count: size of the language's own Unigram vocabulary, of which the missing
            subwords are added; 0 for none.

    Raises:
        InputError: the folder lacks a file, or its tokenizer is of another kind.
    """
    files = transformer_folder(model_folder)
    description = read_json(files / "tokenizer.json")
    pieces, scores = list_pieces(description), piece_scores(description)
    tokenizer = Tokenizer.from_file(str(files / "tokenizer.json"))
    known = {piece: number for number, piece in enumerate(pieces)}
    added: dict[str, NewPiece] = {}
    taken = set()
    for new in _respelt(tokenizer, word_counts, language_code, scores):
        if new.piece not in known:
            added.setdefault(new.piece, new)
        elif known[new.piece] != new.parts[0]:
            taken.add(new.piece)
    respelt_count = len(added)
    if frequent_count:
        for new in _frequent(tokenizer, word_counts, language_code, scores, frequent_count):
            if new.piece not in known:
                added.setdefault(new.piece, new)
    weights = load_file(files / "model.safetensors")
    table = word_embedding_name(weights, files)
    old = weights[table][: len(pieces)]
    means = [old[list(new.parts)].mean(axis=0, dtype=np.float32) for new in added.values()]
    weights[table] = np.concatenate([old, *(mean[None].astype(old.dtype) for mean in means)])
    extended = append_pieces(description, list(added.values()))
    with appearing_whole(out) as unfinished:
        target = copy_model(model_folder, unfinished, *_WRITTEN_ANEW)
        save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
        write_json(target / "tokenizer.json", extended)
        config = read_json(target / "config.json") | {"vocab_size": len(weights[table])}
        write_json(target / "config.json", config)
        after = _pieces_per_word(target / "tokenizer.json", word_counts)
    return ExtensionReport(
        respelt_piece_count=respelt_count,
        frequent_piece_count=len(added) - respelt_count,
        taken_piece_count=len(taken),
        pieces_per_word_before=_pieces_per_word(files / "tokenizer.json", word_counts),
        pieces_per_word_after=after,
    )


def _respelt(
    tokenizer: Tokenizer,
    word_counts: Mapping[str, int],
    language_code: str,
    scores: Mapping[int, float],
) -> Iterator[NewPiece]:
    """Twins, in the language's letters, of the pieces that its respelt words are cut into."""
    for word in sorted(word_counts):
        lengths = [len(respell(letter, language_code)) for letter in word]
        encoded = tokenizer.encode(respell(word, language_code), add_special_tokens=False)
        if "".join(encoded.tokens) != WORD_START + respell(word, language_code):
            continue  # its letters are not read one by one
        ends = np.cumsum(lengths)
        begin = 0
        for number, piece in zip(encoded.ids, encoded.tokens, strict=True):
            is_first = begin == 0 and piece.startswith(WORD_START)
            stop = begin + len(piece) - len(WORD_START) * is_first
            first, last = np.searchsorted(ends, [begin, stop], side="right")
            own = word[first:last]
            if sum(lengths[first:last]) == stop - begin:  # the cut is not within a letter
                yield NewPiece(WORD_START * is_first + own, (number,), scores[number])
            begin = stop


def _frequent(
    tokenizer: Tokenizer,
    word_counts: Mapping[str, int],
    language_code: str,
    scores: Mapping[int, float],
    count: int,
) -> Iterator[NewPiece]:
    """Subwords of the language, each with the pieces that it, respelt, is cut into."""
    for piece in frequent_subwords(word_counts, count):
        bare = piece.removeprefix(WORD_START)
        encoded = tokenizer.encode(respell(bare, language_code), add_special_tokens=False)
        parts = [
            number
            for number, token in zip(encoded.ids, encoded.tokens, strict=True)
            if token != WORD_START
        ]
        if len(bare) > 1 and parts:
            mean = sum(scores[number] for number in parts) / len(parts)
            yield NewPiece(piece, tuple(parts), mean)


def _pieces_per_word(tokenizer_json: Path, word_counts: Mapping[str, int]) -> float:
    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    encoded = tokenizer.encode_batch_fast(list(word_counts), add_special_tokens=False)
    counts = list(word_counts.values())
    return sum(len(one.ids) * count for one, count in zip(encoded, counts, strict=True)) / sum(
        counts
    )
