"""From a start model to what is going to be taught: layers dropped, vocabulary fitted.

Works on files; torch is not imported.
"""

import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.distillation.students.extension import extend_vocabulary
from pipeline.distillation.students.from_scratch import write_student_from_scratch
from pipeline.distillation.students.layers import count_layers, keep_layers, outer_layers
from pipeline.distillation.students.model_files import read_json, transformer_folder
from pipeline.distillation.students.vocabulary import prune_vocabulary
from pipeline.parameters import DistillationParams
from pipeline.student_kind import StudentKind
from pipeline.text.respelling import known_letters

_WORD = re.compile(r"[^\W\d_]+")

Facts = dict[str, int | float]


@dataclass(frozen=True)
class Readership:
    """The texts that a student is made for.

    Attributes:
        texts: all that it is taught, in every language, and words of languages to be retained.
        focus: code of the language that it is taught; None where there is nothing to teach.
        focus_texts: those of `texts` in that language.
        samples: by language, on which the pruned vocabulary's coverage is measured.
    """

    texts: Sequence[str]
    focus: str | None
    focus_texts: Sequence[str]
    samples: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Built:
    """A model to be taught: its folder, and sizes and counts of what was done, plain JSON."""

    folder: Path
    facts: Facts


def build_student(
    kind: StudentKind, start_folder: Path, readers: Readership, work_folder: Path, *, seed: int
) -> Built:
    """Make a model of a kind; the same inputs give the same bytes.

    Args:
        kind: what to do, see its fields. Layers go first, then the vocabulary grows, then it is
            pruned.
        start_folder: a sentence-transformers folder; not looked at by a student from scratch.
        readers: what the vocabulary is for.
        work_folder: cleared; holds what is made on the way.
        seed: of random weights.

    Returns:
        The start folder itself where nothing is to be done.

    Raises:
        InputError: the model has not so many layers, or cannot be pruned.
    """
    shutil.rmtree(work_folder, ignore_errors=True)
    if kind.scratch:
        out = work_folder / "scratch"
        write_student_from_scratch(kind.scratch, readers.texts, out, seed=seed)
        return Built(out, {"layer_count": kind.scratch.layers})
    built = Built(start_folder, {"layer_count": count_layers(start_folder)})
    if kind.layers is not None:
        built = _with_fewer_layers(built, kind.layers, work_folder / "shallow")
    words = Counter(word for text in readers.focus_texts for word in _WORD.findall(text))
    if words and readers.focus and _can_be_extended(kind, start_folder, readers.focus):
        out = work_folder / "extended"
        report = extend_vocabulary(built.folder, words, readers.focus, out, kind.frequent_subwords)
        built = Built(out, built.facts | asdict(report))
    if kind.is_vocabulary_pruned:
        built = _with_fewer_pieces(built, readers, work_folder / "pruned")
    return built


def suited_params(kind: StudentKind, params: DistillationParams) -> DistillationParams:
    """Parameters as a kind needs them.

    A student that is not the whole start model is not moved back towards its start, which is no
    good model: its retention is measured all the same. One from scratch learns its embeddings.
    Where low-rank matrices are trained, they have their own learning rate. What the kind says of
    learning rate and epochs goes before all that.
    """
    rank = params.lora_rank if kind.lora_rank is None else kind.lora_rank
    changes: dict[str, object] = {"lora_rank": 0 if kind.scratch else rank}
    if changes["lora_rank"]:
        changes["learning_rate"] = params.lora_learning_rate
    changes |= kind.model_dump(include={"learning_rate", "epochs"}, exclude_none=True)
    if not kind.is_start_whole:
        changes["retention_floor"] = 0.0
    if kind.scratch:
        changes["is_word_embedding_frozen"] = False
    return params.model_copy(update=changes)


def _with_fewer_layers(built: Built, count: int, out: Path) -> Built:
    keep_layers(built.folder, outer_layers(count_layers(built.folder), count), out)
    return Built(out, built.facts | {"layer_count": count})


def _can_be_extended(kind: StudentKind, folder: Path, focus: str) -> bool:
    """Whether pieces are wanted, there are any to give, and the tokenizer is a Unigram one."""
    has_pieces = kind.frequent_subwords or (kind.is_vocabulary_extended and known_letters(focus))
    tokenizer = read_json(transformer_folder(folder) / "tokenizer.json")
    return bool(has_pieces) and tokenizer["model"].get("type") == "Unigram"


def _with_fewer_pieces(built: Built, readers: Readership, out: Path) -> Built:
    report = prune_vocabulary(built.folder, readers.texts, out, readers.samples)
    return Built(out, built.facts | report.facts)
