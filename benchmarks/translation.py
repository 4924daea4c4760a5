"""A small translation model from scratch on two cores: what it is worth beside easy answers.

Learnt are the pairs of `translation_pairs`, all by the code that assets run; taken up where it was
killed. Scored are held-out pairs of the same sources, and FLORES-200 dev, sentences of another kind
altogether. Beside the model stand a copy of the source and a translation word for word, by a
dictionary learnt from the same pairs; gains are over the latter. Run from the project's root, a
quarter of an hour of a processor for each direction:
`OMP_NUM_THREADS=1 python -m benchmarks.translation FOLDER [DIRECTION ...]`.
"""

import json
import resource
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from benchmarks.translation_pairs import HeldOut, held_out_pairs
from pipeline.evaluation.held_out.translations import TRAINED, translation_tasks
from pipeline.evaluation.measures.scores import DIFFERENCE
from pipeline.evaluation.tasks.translation import (
    COPY,
    TranslationTask,
    copied_sources,
    score_translation,
)
from pipeline.evaluation.tasks.word_for_word import (
    WORD_FOR_WORD,
    learn_dictionary,
    word_for_word,
)
from pipeline.measurements import software_versions
from pipeline.parameters import EvaluationParams, TranslationParams
from pipeline.suites import load_suites
from pipeline.tables import PARALLEL_CORPUS
from pipeline.translation.teaching import (
    TranslationCourse,
    read_translation_log,
    teach_translator,
)
from pipeline.translation.translating import translate_texts
from pipeline.translation_directions import Direction
from pipeline.translation_models import TranslatorSize

DIRECTIONS = ("tuk_Latn-rus_Cyrl",)
SUITE = "flores200_dev"
SIZE = TranslatorSize()
PARAMS = TranslationParams(preset="scratch", epochs=40, dev_checks=12)
SCORING = EvaluationParams()
BEAMS = 1  # the next piece is the likeliest: four beams take four times as long


def train_once(direction: Direction, pairs: HeldOut, folder: Path) -> Path:
    """Train a model in a folder, or find the one that is there; print what it cost."""
    model = folder / f"rate_{PARAMS.learning_rate:g}" / "model"
    if not model.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        course = TranslationCourse(SIZE, direction, pairs.train, pairs.dev, PARAMS)
        taught = teach_translator(course, folder, _tell)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = round(usage.ru_utime + usage.ru_stime)
        print(json.dumps({**taught.facts, "cpu_seconds": seconds}), flush=True)
    return model


def score(direction: Direction, pairs: HeldOut, model: Path) -> Iterator[pa.Table]:
    """Scores on the held-out pairs, then on the suite."""
    own = TranslationTask(
        "held out",
        direction,
        pairs.test.sources,
        pairs.test.targets,
        {"domain": pairs.test_domains},
    )
    suite = translation_tasks(PARALLEL_CORPUS.empty_table(), direction, load_suites([SUITE]))
    dictionary = learn_dictionary(pairs.train.sources, pairs.train.targets)
    for task in (own, *suite):
        systems = {
            COPY: copied_sources(task),
            WORD_FOR_WORD: word_for_word(task.sources, dictionary),
            TRAINED: translate_texts(model, direction, task.sources, BEAMS),
        }
        yield score_translation(task, systems, SCORING, WORD_FOR_WORD).table()


def table_lines(scores: pa.Table) -> Iterator[str]:
    """One row per system, and what it is ahead of the dictionary by."""
    rows = [row for row in scores.to_pylist() if not row["slice"]]
    found = {
        (row["model"], row["metric"], row["note"] * (row["model"] == DIFFERENCE)): row
        for row in rows
    }
    first = rows[0]
    yield f"\n{first['suite']}, {first['direction']}, N = {first['n']}\n"
    yield "| system | chrF++ | ahead of word for word | BLEU | TER |"
    yield "| --- | --- | --- | --- | --- |"
    for system in (COPY, WORD_FOR_WORD, TRAINED):
        gain = found.get((DIFFERENCE, "chrf2pp", f"{system} minus {WORD_FOR_WORD}"))
        figures = [_figure(found[system, name, ""]) for name in ("chrf2pp", "bleu", "ter")]
        ahead = _figure(gain) if gain else ""
        yield f"| {system} | {figures[0]} | {ahead} | {figures[1]} | {figures[2]} |"
    for name in ("chrf2pp", "bleu", "ter"):
        yield f"\n`{found[TRAINED, name, '']['note']}`"
    parts = [
        row
        for row in scores.to_pylist()
        if row["slice"] and row["model"] in {WORD_FOR_WORD, TRAINED}
    ]
    for row in parts:
        yield f"- {row['slice']}, N = {row['n']}, {row['model']}: chrF++ {_figure(row)}"


def _figure(row: dict[str, float]) -> str:
    return f"{row['value']:.1f} ({row['ci_low']:.1f} to {row['ci_high']:.1f})"


def _tell(done: int, total: int, message: str) -> None:
    if done % 50 == 0 or "judged" in message:
        print(f"{done} of {total}: {message}", file=sys.stderr, flush=True)


def main(folder: Path, names: Sequence[str]) -> None:
    """Train and score each direction; print tables."""
    print(f"seed {PARAMS.seed}, 95 % intervals of {SCORING.bootstrap_count} resamples")
    print(software_versions())
    for direction in map(Direction.named, names):
        pairs = held_out_pairs(direction)
        counts = f"{len(pairs.train)} pairs learnt, {len(pairs.dev)} to choose by"
        model = train_once(direction, pairs, folder / direction.name)
        best = read_translation_log(model).best
        print(f"\n{direction.name}: {counts}; best after {best.step} steps, dev {best.chrf2pp:.1f}")
        for scores in score(direction, pairs, model):
            print(*table_lines(scores), sep="\n", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or DIRECTIONS)
