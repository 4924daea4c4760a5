"""Cuts a model's vocabulary down to what its texts use.

Most parameters of a small multilingual model are word embeddings of languages that nobody asked
for. Dropping rows leaves the vector of a text unchanged as long as its pieces are kept (Abdaoui et
al. 2020, "Load What You Need"). Works on the files; torch is not imported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from pipeline.distillation.students.coverage import Coverage, measure_coverage
from pipeline.distillation.students.model_files import (
    copy_model,
    prompts_of,
    read_json,
    transformer_folder,
    word_embedding_name,
    write_json,
)
from pipeline.distillation.students.tokenizer_file import indispensable_ids, renumber
from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.pieces import list_pieces

_TEXTS_AT_ONCE = 10_000
# written anew, or repeating the vocabulary in an older form that would contradict tokenizer.json
_LEFT_OUT = ("model.safetensors", "vocab.txt", "unigram.json", "*.model")
_NO_SAMPLES: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True)
class PruneReport:
    """Sizes before and after, and what is still known of each language."""

    kept_piece_count: int
    original_piece_count: int
    parameter_count: int
    original_parameter_count: int
    coverages: tuple[Coverage, ...] = ()

    @property
    def facts(self) -> dict[str, int | float]:
        """As flat plain JSON, e.g. `rus_Cyrl_unchanged_text_fraction`."""
        sizes = {name: value for name, value in asdict(self).items() if name != "coverages"}
        return sizes | {name: value for one in self.coverages for name, value in one.facts.items()}


def prune_vocabulary(
    model_folder: Path,
    texts: Iterable[str],
    out: Path,
    samples: Mapping[str, Sequence[str]] = _NO_SAMPLES,
) -> PruneReport:
    """Write a copy of a model that knows only the pieces which `texts` use.

    Also kept are the special tokens, every piece without a letter, and every single letter, so that
    unseen words can still be spelt; ideographs and syllables are only where they are used. Vectors
    of `texts` stay the same; other texts may be cut into shorter pieces.

    Args:
        model_folder: a sentence-transformers folder with a Unigram or WordPiece tokenizer.
        texts: in every language that the model must still serve, without prompts.
        out: the folder to write; it appears whole or not at all.
        samples: by language, such as words beyond those kept; only looked at for the report.

    Raises:
        InputError: the folder lacks `tokenizer.json`, `model.safetensors` or a table of word
            embeddings, or its tokenizer is of another kind.
    """
    files = transformer_folder(model_folder)
    description = read_json(files / "tokenizer.json")
    pieces = list_pieces(description)
    tokenizer = _whole_texts(files / "tokenizer.json")
    used = _used_ids(tokenizer, texts, prompts_of(model_folder))
    kept = np.array(sorted(used | indispensable_ids(description, pieces)))
    weights = load_file(files / "model.safetensors")
    original_parameter_count = _count(weights)
    table = word_embedding_name(weights, files)
    weights[table] = weights[table][kept]
    with appearing_whole(out) as unfinished:
        target = copy_model(model_folder, unfinished, *_LEFT_OUT)
        save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
        write_json(target / "tokenizer.json", renumber(description, pieces, kept))
        _renumber_configs(target, {int(old): new for new, old in enumerate(kept)})
    coverages = measure_coverage(tokenizer, set(kept.tolist()), samples)
    return PruneReport(len(kept), len(pieces), _count(weights), original_parameter_count, coverages)


def _whole_texts(tokenizer_json: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _used_ids(tokenizer: Tokenizer, texts: Iterable[str], prompts: set[str]) -> set[int]:
    used: set[int] = set()
    remaining = iter(texts)
    while chunk := list(islice(remaining, _TEXTS_AT_ONCE)):
        for prompt in prompts:
            encodings = tokenizer.encode_batch_fast([prompt + text for text in chunk])
            used.update(*(encoding.ids for encoding in encodings))
    return used


def _renumber_configs(folder: Path, new_id: dict[int, int]) -> None:
    config = read_json(folder / "config.json")
    for key, value in config.items():
        if key.endswith("_token_id") and value in new_id:
            config[key] = new_id[value]
    write_json(folder / "config.json", config | {"vocab_size": len(new_id)})
    path = folder / "tokenizer_config.json"
    if path.is_file() and (decoder := read_json(path).get("added_tokens_decoder")):
        renumbered = {str(new_id[int(old)]): token for old, token in decoder.items()}
        write_json(path, read_json(path) | {"added_tokens_decoder": renumbered})


def _count(weights: dict[str, np.ndarray]) -> int:
    return sum(tensor.size for tensor in weights.values())
