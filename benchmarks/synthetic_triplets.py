"""Does a student gain by triplets? Synthetic ones, ones that a teacher finds, beside distillation.

Arms, each by seed and each with the start model's own vectors as the teacher's:

- `distilled`: pairs of `turkmen_pairs` in English, by `mse+mnr+kl`;
- `synthetic`: triplets of files that `dutar synthesize` wrote, or of the artefact
  `filtered_triplets` of recipes, all together, by `simcse`;
- `retrieved`: Turkmen texts of the same pairs, each with the English text that the encoder finds
  for it (both find one another) and the next one as hard negative, by `simcse`: what the training
  does where triplets are good. Which texts are counterparts is not looked at.

Each arm has pieces of Turkmen words added to its vocabulary, which helps by itself: `untaught` is
what an arm begins with.

Run from the project's root:
`OMP_NUM_THREADS=1 python -m benchmarks.synthetic_triplets FOLDER --triplets T.parquet ...`;
`--most 200 --sets stsb_dev --seeds 1` shows in minutes that it works.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from benchmarks.student_scores import table_lines
from benchmarks.turkmen_pairs import FOCUS, turkmen_corpus
from benchmarks.turkmen_student import ALIGNER, MODEL, train_once
from pipeline.distillation.lessons.lesson_table import make_lessons
from pipeline.distillation.lessons.teacher import (
    TeacherVectors,
    teacher_texts,
    write_teacher_vectors,
)
from pipeline.distillation.students.building import build_student
from pipeline.distillation.teaching import Course, readership, retained_words
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder, resolve_model_folder
from pipeline.evaluation.measures.geometry import geometry
from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.suites.running import score_tasks, tasks_of
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.parameters import DistillationParams, EvaluationParams, LessonParams
from pipeline.search import nearest
from pipeline.settings import embedding_cache
from pipeline.suites import load_suites
from pipeline.tables import FILTERED_TRIPLETS, NEIGHBOUR_TEXTS, as_table, identify, kept

PIVOT = "eng_Latn"
SETS = {
    "flores200_dev": ("tuk_Latn-eng_Latn", "tuk_Latn-rus_Cyrl"),
    "stsb_dev": ("eng_Latn-eng_Latn", "rus_Cyrl-rus_Cyrl"),
    "sib200": ("tuk_Latn-tuk_Latn",),
}
METRICS = ("p_at_1", "spearman", "macro_f1", "accuracy")
DISTILLED = DistillationParams(epochs=1)
TRIPLETS = DistillationParams(
    epochs=3, learning_rate=5e-5, batch_tokens=8192, batch_pairs=512, max_tokens=64
)
FREQUENT_WORDS = 20_000
SEED = 13
NOT_THE_SAME_COSINE = 0.98  # a nearer neighbour says the same, and is no negative


def english_pairs(most: int, cache: EmbeddingCache) -> pa.Table:
    """The corpus's pairs in English, the first ones of an order that the texts decide."""
    corpus = turkmen_corpus(load_encoder(ALIGNER, cache=cache))
    found = corpus.filter(pc.equal(corpus["target_language"], PIVOT)).sort_by("pair_id")
    return found.slice(0, most)


def retrieved_triplets(corpus: pa.Table, encoder: Encoder) -> pa.Table:
    """Triplets of the training split's texts, found by the encoder alone."""
    train = corpus.filter(pc.equal(corpus["split"], "train"))
    anchors, pool = (
        sorted(set(train[f"{side}_text"].to_pylist())) for side in ("source", "target")
    )
    one = encoder.encode(anchors, language=FOCUS)
    other = encoder.encode(pool, language=PIVOT)
    there, back = nearest(one, other, 8), nearest(other, one, 1)
    same = other @ other.T
    rows = []
    for place, anchor in enumerate(anchors):
        best = int(there.row[place, 0])
        if back.row[best, 0] != place:
            continue
        others = [int(row) for row in there.row[place, 1:] if same[best, row] < NOT_THE_SAME_COSINE]
        if others:
            rows.append(_triplet("retrieved", anchor, pool[best], pool[others[0]]))
    return as_table(rows, FILTERED_TRIPLETS)


def synthetic_triplets(path: Path) -> pa.Table:
    """What was written and kept: JSON lines of `dutar synthesize`, or Parquet of a recipe."""
    if path.suffix == ".parquet":
        return kept(parquet.read_table(path, schema=FILTERED_TRIPLETS))
    lines = path.read_text(encoding="utf-8").splitlines()
    return as_table([json.loads(line) for line in lines], FILTERED_TRIPLETS)


def _triplet(strategy: str, anchor: str, positive: str, negative: str) -> dict[str, object]:
    return {
        "triplet_id": identify(strategy, anchor),
        "strategy": strategy,
        "anchor_language": FOCUS,
        "written_language": PIVOT,
        "anchor_text": anchor,
        "positive_text": positive,
        "negative_text": negative,
    }


def course_of(
    folder: Path, corpus: pa.Table, triplets: pa.Table | None, seed: int, cache: EmbeddingCache
) -> Course:
    """Distillation where there are no triplets."""
    neighbours = NEIGHBOUR_TEXTS.empty_table()
    lessons = make_lessons(
        corpus, neighbours, LessonParams(), () if triplets is None else (triplets,)
    )
    vectors = folder / "teacher"
    if not vectors.is_dir():
        write_teacher_vectors(load_encoder(MODEL, cache=cache), teacher_texts(lessons), vectors)
    params = (DISTILLED if triplets is None else TRIPLETS).model_copy(update={"seed": seed})
    return Course(
        start_folder=resolve_model_folder(MODEL),
        corpus=corpus,
        lessons=lessons,
        teacher=TeacherVectors.open(vectors),
        retained_words=retained_words((PIVOT, "rus_Cyrl"), FREQUENT_WORDS),
        params=params,
        objective="mse+mnr+kl" if triplets is None else "simcse",
    )


def untaught(course: Course, folder: Path) -> Path:
    """What an arm begins with: the start model with the arm's vocabulary, before any step."""
    made = folder / "untaught"
    if not made.is_dir():
        readers, work = readership(course), folder / "untaught-made"
        built = build_student(course.kind, course.start_folder, readers, work, seed=SEED)
        shutil.copytree(built.folder, made)
    return made


def tasks_in(sets: Sequence[str], params: EvaluationParams) -> list[Any]:
    """Those that are scored."""
    return [
        task
        for suite in load_suites(tuple(sets))
        for task in tasks_of(suite, params.seed)
        if _direction(task) in SETS[suite.name]
    ]


def _direction(task: Any) -> str:  # noqa: ANN401 - a task of any kind
    if hasattr(task, "languages"):
        return "-".join(task.languages)
    return f"{task.train.language}-{task.test.language}"


def geometry_lines(tasks: Sequence[Any], encoders: dict[str, Encoder]) -> list[str]:
    """Anisotropy, alignment and uniformity on the first parallel texts."""
    parallel = next((task for task in tasks if isinstance(task, ParallelTexts)), None)
    if parallel is None:
        return []
    lines = ["", "| model | anisotropy | alignment | uniformity |", "| --- | --- | --- | --- |"]
    sentences = list(parallel.sources), list(parallel.targets)
    for name, encoder in encoders.items():
        sides = (
            np.asarray(encoder.encode(texts, language=code))
            for texts, code in zip(sentences, parallel.languages, strict=True)
        )
        found = geometry(*sides)
        lines.append(f"| {name} | " + " | ".join(f"{value:.4f}" for value in found) + " |")
    return lines


def main() -> None:
    """Train every arm for every seed and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--triplets", type=Path, nargs="+", help="JSON lines or Parquet")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--most", type=int, default=100_000, help="English pairs of the corpus")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    asked = parser.parse_args()
    cache, params = EmbeddingCache(embedding_cache()), EvaluationParams()
    corpus = english_pairs(asked.most, cache)
    retrieved = retrieved_triplets(corpus, load_encoder(ALIGNER, cache=cache))
    arms: dict[str, pa.Table | None] = {"distilled": None, "retrieved": retrieved}
    if asked.triplets:
        arms["synthetic"] = pa.concat_tables(map(synthetic_triplets, asked.triplets))
    names = {START: MODEL}
    for name, triplets in arms.items():
        count = corpus.num_rows if triplets is None else triplets["reject_reason"].null_count
        print(f"{name}: {count} {'pairs' if triplets is None else 'triplets'}", flush=True)
        for seed in asked.seeds:
            folder = asked.folder / name / f"seed-{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            course = course_of(asked.folder / name, corpus, triplets, seed, cache)
            names.setdefault(f"{name}, untaught", str(untaught(course, asked.folder / name)))
            names[f"{name} {seed}"] = str(train_once(course, folder))
    encoders = {name: load_encoder(path, cache=cache) for name, path in names.items()}
    tasks = tasks_in(asked.sets, params)
    models = {name: EncoderModel(encoder) for name, encoder in encoders.items()}
    rows = score_tasks(tasks, models, params).table().to_pylist()
    scores = [row for row in rows if row["metric"] in METRICS and not row["slice"]]
    print(*table_lines(scores, list(names)), *geometry_lines(tasks, encoders), sep="\n")


if __name__ == "__main__":
    main()
