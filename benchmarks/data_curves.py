"""What more pairs, and wrong ones, do to a student of one recipe.

Its bitexts are read, cleaned and split as in the graph. The recipe's first student is taught anew
with 1,000, 3,000 and 10,000 of the pairs, and with 10 % and 30 % of the most given the translation
of another pair, each for two epochs, texts with several counterparts their mean, and scored on
FLORES dev, which none has seen. A smaller set is part of every larger one. Run from the project's
root, half an hour of a processor; what was taught is taken up again:
`DUTAR_OFFLINE=1 OMP_NUM_THREADS=1 python -m benchmarks.data_curves FOLDER`.
Prints the table and writes `data_curves.md` and the plots beside it into `--out`.
"""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from benchmarks.int8_exports import flores_lines
from pipeline import settings
from pipeline.bitexts import read_bitext, read_neighbours
from pipeline.corpus.build import build_corpus
from pipeline.data_curve import CurvePoint, curve_points
from pipeline.distillation.lessons.data_curve import corpus_at
from pipeline.distillation.lessons.lesson_table import lesson_facts, make_lessons
from pipeline.distillation.lessons.teacher import teacher_texts, write_teacher_vectors
from pipeline.distillation.teaching import Course, retained_words, teach
from pipeline.encoders import EmbeddingCache, load_encoder, resolve_model_folder
from pipeline.evaluation.measures.scores import START, Scored
from pipeline.evaluation.models import as_models
from pipeline.evaluation.report.data_curves import data_curves
from pipeline.evaluation.report.drawing import on_white
from pipeline.evaluation.tasks.retrieval import ParallelTexts, score_retrieval
from pipeline.progress import silent
from pipeline.recipe import Recipe
from pipeline.recipe_files import load_recipe
from pipeline.tables import FILTERED_PAIRS, as_table


def trained_quickly(recipe: Recipe, **changes: float) -> Recipe:
    """The recipe with other parameters of training, and with lessons that take half the steps.

    What such a benchmark compares is learnt from the same lessons in every student.

    Args:
        recipe: as it is read.
        changes: fields of `distillation`.
    """
    lessons = recipe.lessons.model_copy(update={"are_pivots_averaged": True})
    params = recipe.distillation.model_copy(update=changes)
    return recipe.model_copy(update={"lessons": lessons, "distillation": params})


def corpus_of(recipe: Recipe) -> pa.Table:
    """The corpus of a recipe's bitexts, without scores: nothing here was aligned or mined."""
    rows = []
    for name, source in recipe.bitexts.items():
        key = f"bitexts/{name}"
        for row in read_bitext(source, recipe.focus, recipe.pivots, key, recipe.sample).to_pylist():
            known = {column: row[column] for column in FILTERED_PAIRS.names if column in row}
            group = f"{key}/{row['group_key']}"
            rows.append(
                {"origin": "bitexts", "source_document": key, "target_document": key}
                | known
                | {"group_key": group, "is_reviewed": False}
            )
    return build_corpus(as_table(rows, FILTERED_PAIRS), recipe.corpus).pairs


def neighbours_of(recipe: Recipe) -> pa.Table:
    """Texts in languages that must not get worse."""
    languages = (recipe.focus, *recipe.pivots)
    return read_neighbours(recipe.bitexts, recipe.students.neighbours, languages)


def course_at(recipe: Recipe, corpus: pa.Table, neighbours: pa.Table, folder: Path) -> Course:
    """The recipe's first student, of this corpus."""
    students = recipe.students
    variant = students.variants()[0]
    kind, languages = students.kind_of(variant), (*recipe.pivots, *students.neighbours)
    lessons = make_lessons(corpus, neighbours, recipe.lessons)
    print({name: round(value, 2) for name, value in lesson_facts(lessons).items()}, flush=True)
    cache = EmbeddingCache(settings.embedding_cache())
    teacher = load_encoder(recipe.models.teacher, cache=cache)
    return Course(
        start_folder=resolve_model_folder(kind.start or recipe.models.start),
        corpus=corpus,
        lessons=lessons,
        teacher=write_teacher_vectors(teacher, teacher_texts(lessons), folder / "teacher"),
        retained_words=retained_words(languages, students.frequent_words, students.word_lists),
        params=recipe.distillation.model_copy(update={"balance": students.balance_of(variant)}),
        objective=students.objective_of(variant),
        kind=kind,
    )


def taught(recipe: Recipe, points: Iterable[CurvePoint], folder: Path) -> dict[str, Path]:
    """A student's folder for each point; those that are there already are not taught again."""
    students: dict[str, Path] = {}
    corpus, neighbours = corpus_of(recipe), neighbours_of(recipe)
    for point in points:
        student, work = folder / "students" / point.name, folder / "work" / point.name
        if not student.is_dir():
            own = corpus_at(corpus, point, recipe.distillation.seed)
            work.mkdir(parents=True, exist_ok=True)
            made = teach(course_at(recipe, own, neighbours, work), work, silent).folder
            student.parent.mkdir(exist_ok=True)
            made.rename(student)
        print(f"taught: {point.name}", flush=True)
        students[point.name] = student
    return students


def scored(recipe: Recipe, students: Mapping[str, Path]) -> pa.Table:
    """Retrieval of FLORES dev between focus and pivots, of the start and of every student."""
    cache = EmbeddingCache(settings.embedding_cache())
    folders = {START: recipe.models.start} | {name: str(at) for name, at in students.items()}
    models = as_models({name: load_encoder(at, cache=cache) for name, at in folders.items()})
    focus = flores_lines(recipe.focus)
    tasks = [
        ParallelTexts("flores200_dev", (recipe.focus, pivot), focus, flores_lines(pivot))
        for pivot in recipe.pivots
    ]
    return Scored.all_of(score_retrieval(task, models, recipe.evaluation) for task in tasks).table()


def as_markdown(scores: pa.Table) -> str:
    """A line for each student and direction."""
    lines = [
        "| taught with | direction | P@1 | 95 % interval | N |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in scores.to_pylist():
        if row["metric"] == "p_at_1" and not row["slice"] and row["model"] != "difference":
            interval = f"{row['ci_low']:.3f} to {row['ci_high']:.3f}"
            name = "nothing: the start model" if row["model"] == START else row["model"]
            lines.append(
                f"| {name} | {row['direction']} | {row['value']:.3f} | {interval} | {row['n']} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Teach, score, print and draw."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recipe", default="turkmen_russian")
    parser.add_argument("--pairs", type=int, nargs="+", default=[1000, 3000, 10_000])
    parser.add_argument("--wrong", type=float, nargs="+", default=[0.0, 0.1, 0.3])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--floor", type=float, default=0.92, help="retention_floor of the training")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    asked = parser.parse_args()
    for folder in (asked.folder, asked.out):
        folder.mkdir(parents=True, exist_ok=True)
    seed = {} if asked.seed is None else {"seed": asked.seed}
    changes = {"epochs": asked.epochs, "retention_floor": asked.floor, **seed}
    recipe = trained_quickly(load_recipe(asked.recipe), **changes)
    students = taught(recipe, curve_points(asked.pairs, asked.wrong), asked.folder)
    scores = scored(recipe, students)
    print(as_markdown(scores))
    (asked.out / "data_curves.md").write_text(as_markdown(scores), encoding="utf-8")
    for curve in data_curves(scores):
        name = curve.title.lower().replace(" ", "_")
        (asked.out / f"data_curves.{name}.svg").write_text(on_white(curve.plot), encoding="utf-8")


if __name__ == "__main__":
    main()
