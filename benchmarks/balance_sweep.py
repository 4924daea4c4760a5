"""What the balance of the languages trades: a student for each of seven values.

The bitexts of a recipe are read, cleaned and split as in the graph. Its first student is taught
with every balance value and a fixed number of the pairs, texts with several counterparts their
mean, with nothing moved back towards the start afterwards (`--floor` of the recipe's own gives what
the graph would release). Each is scored on FLORES dev, which none has seen, and on what it keeps of
the start model's agreement with people's ratings (STS-B dev) in every pivot. Run from the project's
root, half an hour of a processor; what was taught is taken up:
`DUTAR_OFFLINE=1 OMP_NUM_THREADS=1 python -m benchmarks.balance_sweep FOLDER`.
Prints the leaderboard and what the gate says, and writes `balance_sweep.md` and its plot to
`--out`.
"""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from benchmarks.data_curves import corpus_of, course_at, neighbours_of, scored, trained_quickly
from pipeline import settings
from pipeline.data_curve import CurvePoint
from pipeline.distillation.lessons.data_curve import corpus_at
from pipeline.distillation.teaching import Course, teach
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.models import as_models
from pipeline.evaluation.release.leaderboard import leaderboard, release_verdicts
from pipeline.evaluation.report.drawing import on_white
from pipeline.evaluation.report.pareto import leaderboard_plot
from pipeline.evaluation.suites.running import tasks_of
from pipeline.evaluation.tasks.sts_retention import pivot_ratings, score_sts_retention
from pipeline.progress import silent
from pipeline.recipe import Recipe
from pipeline.recipe_files import load_recipe
from pipeline.suites import load_suites

BALANCES = (0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0)


def taught(course: Course, balances: Iterable[float], folder: Path) -> dict[str, Path]:
    """A student's folder for each balance value, by the name it has in a recipe."""
    students = {}
    for balance in balances:
        name = f"{course.objective}@{balance:g}"
        student = folder / "students" / name
        if not student.is_dir():
            params = course.params.model_copy(update={"balance": balance})
            own = replace(course, params=params)
            made = teach(own, folder / "work" / name, silent).folder
            student.parent.mkdir(exist_ok=True)
            made.rename(student)
        print(f"taught: {name}", flush=True)
        students[name] = student
    return students


def kept(recipe: Recipe, students: Mapping[str, Path]) -> pa.Table:
    """What every student keeps of the start model's agreement with people, by pivot."""
    cache = EmbeddingCache(settings.embedding_cache())
    folders = {START: recipe.models.start} | {name: str(at) for name, at in students.items()}
    models = as_models({name: load_encoder(at, cache=cache) for name, at in folders.items()})
    tasks = [task for suite in load_suites(["stsb_dev"]) for task in tasks_of(suite, 13)]
    return score_sts_retention(pivot_ratings(tasks, recipe.pivots), models, recipe.evaluation)


def as_markdown(board: pa.Table, retention: pa.Table, verdicts: Iterable[str]) -> str:
    """A line for each model, then the gates' sentences."""
    pivots = list(dict.fromkeys(retention["direction"].to_pylist()))
    by_place = {(row["model"], row["direction"]): row for row in retention.to_pylist()}
    columns = " | ".join(f"keeps of {pivot}" for pivot in pivots)
    lines = [
        f"| model | P@1 [95 % interval], N | {columns} | gate |",
        "| --- " * (3 + len(pivots)) + "|",
    ]
    for row in board.to_pylist():
        found = f"{row['value']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}], {row['n']}"
        cells = [_kept_cell(by_place.get((row["model"], pivot))) for pivot in pivots]
        lines.append(f"| {row['model']} | {found} | {' | '.join(cells)} | {row['reason']} |")
    return "\n".join([*lines, "", *verdicts]) + "\n"


def _kept_cell(row: Mapping[str, float] | None) -> str:
    if row is None:
        return ""
    return f"{row['value']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}], {row['n']}"


def main() -> None:
    """Teach, score, rank, print and draw."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recipe", default="turkmen_russian")
    parser.add_argument("--balances", type=float, nargs="+", default=BALANCES)
    parser.add_argument("--pairs", type=int, default=5000)
    parser.add_argument("--floor", type=float, default=0.0, help="retention_floor of the training")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    asked = parser.parse_args()
    for folder in (asked.folder, asked.out):
        folder.mkdir(parents=True, exist_ok=True)
    seed = {} if asked.seed is None else {"seed": asked.seed}
    recipe = trained_quickly(load_recipe(asked.recipe), retention_floor=asked.floor, **seed)
    corpus = corpus_at(corpus_of(recipe), CurvePoint(asked.pairs), recipe.distillation.seed)
    course = course_at(recipe, corpus, neighbours_of(recipe), asked.folder)
    students = taught(course, asked.balances, asked.folder)
    retention = kept(recipe, students)
    board = leaderboard(scored(recipe, students), retention, {}, recipe.evaluation)
    verdicts = [gate.reason for gate in release_verdicts(board)]
    text = as_markdown(board, retention, verdicts)
    print(text)
    (asked.out / "balance_sweep.md").write_text(text, encoding="utf-8")
    plot = leaderboard_plot(board)
    if plot is not None:
        (asked.out / "balance_sweep.svg").write_text(on_white(plot), encoding="utf-8")


if __name__ == "__main__":
    main()
