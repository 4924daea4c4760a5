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
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.student_kind import StudentKind
from pipeline.text.respelling import known_letters

_WORD = re.compile(r"[^\W\d_]+")

Facts = dict[str, int | float | str]
EXTENSION = "vocabulary_extension"
"""Fact of a student: `done`, or `none` and the reason."""


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
    """A model to be taught: its folder, and facts on what was done, plain JSON."""

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
        InputError: the model has not so many layers, cannot be pruned, or cannot be given the
            subwords that the kind asks for.
    """
    shutil.rmtree(work_folder, ignore_errors=True)
    if kind.scratch:
        out = work_folder / "scratch"
        write_student_from_scratch(kind.scratch, readers.texts, out, seed=seed)
        said = "none: the tokenizer was trained on the lessons"
        return Built(out, {"layer_count": kind.scratch.layers, EXTENSION: said})
    built = Built(start_folder, {"layer_count": count_layers(start_folder)})
    if kind.layers is not None:
        built = _with_fewer_layers(built, kind.layers, work_folder / "shallow")
    built = _with_more_pieces(built, kind, readers, work_folder / "extended")
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


def _with_more_pieces(built: Built, kind: StudentKind, readers: Readership, out: Path) -> Built:
    words = Counter(word for text in readers.focus_texts for word in _WORD.findall(text))
    focus = readers.focus if words else None
    if focus is None or (reason := _why_unextended(kind, built.folder, focus)):
        reason = "no words of the focus language are taught" if focus is None else reason
        return Built(built.folder, built.facts | {EXTENSION: f"none: {reason}"})
    report = extend_vocabulary(built.folder, words, focus, out, kind.frequent_subwords)
    return Built(out, built.facts | {EXTENSION: "done"} | asdict(report))


def _why_unextended(kind: StudentKind, folder: Path, focus: str) -> str:
    """What speaks against more pieces; empty where there are some to give."""
    if not (kind.frequent_subwords or kind.is_vocabulary_extended):
        return "not asked for"
    tokenizer = read_json(transformer_folder(folder) / "tokenizer.json")["model"].get("type")
    if tokenizer != "Unigram":
        if kind.frequent_subwords:
            raise InputError(
                f"frequent_subwords: {kind.frequent_subwords}: only a Unigram vocabulary can be"
                f" extended, and the start model's is {tokenizer}; leave the key out"
            )
        return f"the start model's vocabulary is {tokenizer}, not Unigram"
    if not (kind.frequent_subwords or known_letters(focus)):
        return f"no relative of {focus} is known that spells the same sounds"
    return ""


def _with_fewer_pieces(built: Built, readers: Readership, out: Path) -> Built:
    report = prune_vocabulary(built.folder, readers.texts, out, readers.samples)
    return Built(out, {**built.facts, **report.facts})
