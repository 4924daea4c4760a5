"""What each choice of the training is worth: a student for each line, one thing changed in it.

All are multilingual-e5-small, taught once over a fixed number of the pairs of `turkmen_pairs`,
texts with a Russian and an English counterpart their mean, with nothing moved back towards the
start afterwards, and differ from the first line in what their name says; what stands in brackets
is the paired difference to it. Where a source is left out, others fill its place as far as they
reach. Scored as in `student_scores`, on the directions that decide. Run from the project's root,
some ten minutes of a processor a line; what was taught is taken up again:
`OMP_NUM_THREADS=1 python -m benchmarks.ablation FOLDER [LINE ...]`.
Writes `ablation.md` into benchmarks/results.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.student_scores import (
    FOCUS_DIRECTIONS,
    WANTED,
    lines_of_models,
    score_students,
)
from benchmarks.turkmen_pairs import turkmen_corpus
from benchmarks.turkmen_student import (
    ALIGNER,
    KIND,
    LESSONS,
    MODEL,
    OBJECTIVE,
    PARAMS,
    make_course,
    train_once,
)
from pipeline.data_curve import CurvePoint
from pipeline.distillation.lessons.data_curve import corpus_at
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.evaluation.measures.scores import START
from pipeline.parameters import EvaluationParams
from pipeline.settings import embedding_cache

PAIRS, SEED = 5000, 1
AVERAGED = LESSONS.model_copy(update={"are_pivots_averaged": True})  # half the steps
DIRECTIONS = (*FOCUS_DIRECTIONS, *WANTED["stsb_dev"])
RESULT = Path("benchmarks/results/ablation.md")


@dataclass(frozen=True)
class Change:
    """How a line differs from the first.

    Attributes:
        objective: instead of the one chosen.
        params: fields of the training.
        lessons: fields of what is learnt.
        kind: fields of what is made of the start model.
        left_out: beginnings of the keys of documents whose pairs are not taught.
    """

    objective: str = OBJECTIVE
    params: Mapping[str, Any] = field(default_factory=dict)
    lessons: Mapping[str, Any] = field(default_factory=dict)
    kind: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


CHOSEN, UNTRAINED = "as chosen", "untrained"
CHANGES = {
    CHOSEN: Change(),
    "squared distance alone": Change(objective="mse"),
    "ranking alone": Change(objective="mnr"),
    "similarity distribution alone": Change(objective="kl"),
    "distance and ranking": Change(objective="mse+mnr"),
    "negatives of the batch alone": Change(params={"ranking_negatives": "batch"}),
    "word embeddings trained too": Change(params={"is_word_embedding_frozen": False}),
    "LoRA of rank 16": Change(params={"lora_rank": 16}),
    "vocabulary not extended": Change(kind={"is_vocabulary_extended": False}),
    "vocabulary not pruned": Change(kind={"is_vocabulary_pruned": False}),
    "no neighbours held in place": Change(lessons={"neighbour_texts": 0}),
    "pivots not averaged": Change(lessons={"are_pivots_averaged": False}),
    "two epochs": Change(params={"epochs": 2}),
    "no composites, no paragraphs": Change(
        lessons={"composite_fraction": 0, "paragraph_fraction": 0}
    ),
    "no aligned laws and pages": Change(left_out=("standards/",)),
    "no titles of standards": Change(left_out=("titles/",)),
    "no interface strings, names, emoji": Change(left_out=("interface/", "names/", "emoji/")),
}


def without(corpus: pa.Table, beginnings: tuple[str, ...]) -> pa.Table:
    """Training pairs but those of documents whose keys begin so; all of the other splits."""
    is_kept = pc.not_equal(corpus["split"], "train")
    matches = [pc.starts_with(corpus["source_document"], pattern) for pattern in beginnings]
    is_left_out = matches[0]
    for match in matches[1:]:
        is_left_out = pc.or_(is_left_out, match)
    return corpus.filter(pc.or_(is_kept, pc.invert(is_left_out)))


def student_of(change: Change, corpus: pa.Table, folder: Path) -> Path:
    """Teach the student of a line, or find it."""
    pairs = without(corpus, change.left_out) if change.left_out else corpus
    changed = {"seed": SEED, "epochs": 1, "retention_floor": 0, **change.params}
    course = make_course(
        folder,
        corpus_at(pairs, CurvePoint(PAIRS), SEED),
        AVERAGED.model_copy(update=dict(change.lessons)),
        PARAMS.model_copy(update=changed),
    )
    kind = KIND.model_copy(update=dict(change.kind))
    return train_once(replace(course, objective=change.objective, kind=kind), folder)


def main(folder: Path, lines: list[str]) -> None:
    """Teach, score, print and write."""
    cache = EmbeddingCache(embedding_cache())
    corpus = turkmen_corpus(load_encoder(ALIGNER, cache=cache))
    students = {}
    for name in (CHOSEN, *lines):
        place = folder / name.replace(" ", "-").replace(",", "")
        place.mkdir(parents=True, exist_ok=True)
        students[name] = load_encoder(str(student_of(CHANGES[name], corpus, place)), cache=cache)
    encoders = {START: students.pop(CHOSEN), UNTRAINED: load_encoder(MODEL, cache=cache)}
    encoders |= students
    scores = score_students(encoders, EvaluationParams(), DIRECTIONS)
    text = "\n".join(lines_of_models(scores, list(encoders))) + "\n"
    text = text.replace(f"| {START} |", f"| {CHOSEN} |")  # what the others are compared with
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or [name for name in CHANGES if name != CHOSEN])
