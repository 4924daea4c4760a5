"""A pretrained translation model that can write its languages' letters. Imports torch.

New rows of the embeddings, and of the head that is tied to them, start as the mean of known rows
(Gee et al. 2022, "Fast Vocabulary Transfer for Language Model Compression"). What the model says of
its old pieces stays as it was.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoTokenizer, TokenizersBackend

from pipeline.directed_pairs import TextPairs
from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.language_tokens import target_pieces
from pipeline.encoders.pieces import NewPiece, append_pieces, list_pieces, piece_scores
from pipeline.errors import InputError
from pipeline.translation.devices import open_model
from pipeline.translation.missing_letters import missing_letters
from pipeline.translation_directions import Direction

_MEASURED_PAIRS = 5000


@dataclass(frozen=True)
class Extension:
    """What was added to a translation model.

    Attributes:
        folder: of the model with its new letters; the model before where none was missing.
        letters: that it had no piece for, in the order of their ids.
        first_id: of the new pieces, which follow one another.
        unknown_share_before: of the tokens of the training texts, 0 to 1, that were unknown.
        unknown_share_after: the same with the new letters.
    """

    folder: Path
    letters: tuple[str, ...]
    first_id: int
    unknown_share_before: float
    unknown_share_after: float

    @property
    def ids(self) -> tuple[int, ...]:
        """Of the new pieces."""
        return tuple(range(self.first_id, self.first_id + len(self.letters)))

    @property
    def facts(self) -> dict[str, int | float | str]:
        """As plain JSON."""
        return {
            "added_letters": " ".join(self.letters),
            "added_letter_count": len(self.letters),
            "unknown_token_share_before": self.unknown_share_before,
            "unknown_token_share_after": self.unknown_share_after,
        }


def extend_translator(
    model_folder: Path, direction: Direction, pairs: TextPairs, out: Path
) -> Extension:
    """Write a copy of a model that has pieces for the letters its tokenizer could not write.

    A tokenizer of sentencepiece files (Marian, the first M2M100) stays as it is; the shares tell
    what it costs.

    Args:
        model_folder: of transformers.
        direction: whose letters are wanted.
        pairs: to be learnt; their frequent signs are wanted too, and coverage is measured on them.
        out: the folder to write where letters are missing; it appears whole or not at all. One
            that is there is taken for the work of an earlier call.

    Raises:
        InputError: the tokenizer cannot be given more pieces.
    """
    tokenizer = AutoTokenizer.from_pretrained(str(model_folder), local_files_only=True)
    measured = pairs.evenly(_MEASURED_PAIRS)
    before = unknown_share(tokenizer, measured)
    new: list[NewPiece] = []
    if isinstance(tokenizer, TokenizersBackend):
        description = json.loads(tokenizer.backend_tokenizer.to_str())
        texts = [*pairs.sources, *pairs.targets]
        lowest = _lowest_score(description)
        new = missing_letters(tokenizer.backend_tokenizer, direction, texts, lowest)
    if not new:
        return Extension(model_folder, (), len(tokenizer), before, before)
    first = len(list_pieces(description))
    if not out.is_dir():
        extended = Tokenizer.from_str(json.dumps(append_pieces(description, new)))
        tokenizer._tokenizer = extended  # noqa: SLF001 - transformers has no other way
        with appearing_whole(out) as unfinished:
            tokenizer.save_pretrained(unfinished)
            _refuse_other_ids(unfinished, model_folder, new, first)
            _with_rows(model_folder, new, first).save_pretrained(unfinished)
    written = AutoTokenizer.from_pretrained(str(out), local_files_only=True)
    after = unknown_share(written, measured)
    return Extension(out, tuple(one.piece for one in new), first, before, after)


def unknown_share(tokenizer: Any, pairs: TextPairs) -> float:  # noqa: ANN401 - of transformers
    """Of the tokens of texts, those that are unknown; 0 to 1, of no text 0."""
    if not len(pairs):
        return 0.0
    sources = tokenizer(list(pairs.sources), add_special_tokens=False)["input_ids"]
    targets = target_pieces(tokenizer, pairs.targets)
    ids = [one for row in (*sources, *targets) for one in row]
    return ids.count(tokenizer.unk_token_id) / max(1, len(ids))


def _lowest_score(description: dict[str, Any]) -> float:
    """That of the rarest piece: a letter's only competitor is the unknown token, which is lower."""
    is_unigram = description["model"].get("type") == "Unigram"
    return min(piece_scores(description).values()) if is_unigram else 0.0


def _with_rows(folder: Path, new: Sequence[NewPiece], first: int) -> Any:  # noqa: ANN401
    """The model with a row for each new piece; spare rows that it may have are taken first."""
    model = open_model(folder, torch.device("cpu"))
    rows = max(first + len(new), model.get_input_embeddings().weight.shape[0])
    model.resize_token_embeddings(rows, mean_resizing=False)
    tables = (model.get_input_embeddings().weight, model.get_output_embeddings().weight)
    for table in {weight.data_ptr(): weight for weight in tables}.values():
        _fill(table, new, first)
    return model


@torch.no_grad()
def _fill(table: Tensor, new: Sequence[NewPiece], first: int) -> None:
    usual = table[:first].mean(dim=0)
    for number, piece in enumerate(new, first):
        table[number] = table[list(piece.parts)].mean(dim=0) if piece.parts else usual


def _refuse_other_ids(folder: Path, model: Path, new: Sequence[NewPiece], first: int) -> None:
    written = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    ids = written.convert_tokens_to_ids([one.piece for one in new])
    if ids != list(range(first, first + len(new))):
        raise InputError(
            f"the tokenizer of {model} takes no more pieces, and {len(new)} letters are missing; "
            "`translating: { is_vocabulary_extended: false }` trains it as it is"
        )
