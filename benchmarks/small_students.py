"""What students cost that are cut down: the vocabulary pruned, then half of the layers dropped.

Quality is that of `student_scores`, with differences to the unpruned student. Vocabularies do not
need a training each: with frozen word embeddings a training sees no piece that pruning drops, so
the layers are those of the one student. `small` keeps what the focus language and its pivots need,
and no neighbours. Speed is in seconds of the processor, one thread, the same engine
and texts, models taking turns; a ratio is the median over the rounds. Run from the project's root,
where `benchmarks.turkmen_student FOLDER SEED` has trained or will (half an hour more for the one of
six layers): `OMP_NUM_THREADS=1 python -m benchmarks.small_students FOLDER [SEED]`. With `--layers`
it compares which layers to keep, before any training, in five minutes instead.
"""

import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from statistics import median

import numpy as np
from safetensors.numpy import load_file, save_file

from benchmarks.inference_cost import sample_texts
from benchmarks.int8_exports import flores_lines
from benchmarks.student_scores import score_students, table_lines
from benchmarks.turkmen_pairs import PIVOTS, turkmen_corpus
from benchmarks.turkmen_student import (
    ALIGNER,
    LESSONS,
    MODEL,
    PARAMS,
    make_course,
    train_once,
    word_lists,
)
from pipeline.distillation.lessons.lesson_table import taught_pairs
from pipeline.distillation.students.building import Readership, build_student
from pipeline.distillation.students.layers import keep_layers, outer_layers
from pipeline.distillation.students.model_files import transformer_folder, word_embedding_name
from pipeline.distillation.teaching import Course, retained_words
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder, resolve_model_folder
from pipeline.encoders.folders import appearing_whole
from pipeline.evaluation.cost.size import folder_size
from pipeline.evaluation.measures.scores import START
from pipeline.parameters import EvaluationParams
from pipeline.search import nearest
from pipeline.settings import embedding_cache
from pipeline.student_kind import StudentKind

SMALL_WORDS = 15_000
SIX_LAYERS = StudentKind(layers=6, is_vocabulary_extended=False, is_vocabulary_pruned=False)
SIX_LAYER_PARAMS = {"learning_rate": 3e-4, "balance": 0.5, "retention_fraction": 0.5}
ROUND_COUNT = 7
TEXT_COUNT = 128
LAYER_CHOICES = {
    "lowest four, highest two": outer_layers(12, 6),
    "lowest three, highest three": (0, 1, 2, 9, 10, 11),
    "every other, first and last": (0, 2, 4, 7, 9, 11),
    "every other from the first": (0, 2, 4, 6, 8, 10),
    "lowest six": (0, 1, 2, 3, 4, 5),
    "highest six": (6, 7, 8, 9, 10, 11),
}


def with_vocabulary(course: Course, words: int | None, student: Path, out: Path) -> Path:
    """The trained student with another vocabulary.

    Args:
        course: of the student.
        words: of the focus language and of each pivot, kept besides the lessons; None for all
            pieces there are.
        student: the trained one.
        out: folder to be made.
    """
    lessons = taught_pairs(course.lessons)
    focus, texts = lessons["source_language"][0].as_py(), lessons["source_text"].to_pylist()
    known = retained_words((focus, *PIVOTS.values()), words or 0, word_lists()).values()
    read = [*texts, *lessons["target_text"].to_pylist(), *chain(*known)]
    readers = Readership(texts=read, focus=focus, focus_texts=texts, samples={})
    work = out.with_name(f"{out.name}-made")
    kind = course.kind.model_copy(update={"is_vocabulary_pruned": words is not None})
    start = build_student(kind, course.start_folder, readers, work, seed=course.params.seed).folder
    files = transformer_folder(start)
    weights, trained = (
        load_file(transformer_folder(folder) / "model.safetensors") for folder in (start, student)
    )
    table = word_embedding_name(weights, files)
    layers = {name: tensor for name, tensor in trained.items() if name != table}
    with appearing_whole(out) as unfinished:
        shutil.copytree(start, unfinished, dirs_exist_ok=True)
        target = unfinished / files.relative_to(start) / "model.safetensors"
        save_file(weights | layers, target, metadata={"format": "pt"})
    shutil.rmtree(work, ignore_errors=True)
    return out


def speed_ratios(encoders: Mapping[str, Encoder], first: str) -> dict[str, float]:
    """How many times as fast as the one called `first` each is; medians over the rounds."""
    texts = sample_texts(TEXT_COUNT)
    seconds: dict[str, list[float]] = {name: [] for name in encoders}
    for number in range(ROUND_COUNT + 1):
        for name, encoder in encoders.items():
            start = time.process_time()
            encoder.encode(texts, language="mul")
            if number:  # in the first round weights are read
                seconds[name].append(time.process_time() - start)
    rounds = np.array([seconds[name] for name in encoders])
    reference = np.array(seconds[first])
    return {
        name: median((reference / own).tolist()) for name, own in zip(encoders, rounds, strict=True)
    }


def print_costs(names: Mapping[str, str]) -> None:
    """Size and speed beside the start model's."""
    folders = {name: resolve_model_folder(path) for name, path in names.items()}
    sizes = {name: folder_size(folder) for name, folder in folders.items()}
    ratios = speed_ratios({name: load_encoder(str(at)) for name, at in folders.items()}, MODEL)
    print("| model | parameters | disk MB | share of the start's disk | speed |")
    print("| --- | --- | --- | --- | --- |")
    for name, size in sizes.items():
        share = size.disk_bytes / sizes[MODEL].disk_bytes
        megabytes = size.disk_bytes / 1e6
        cells = f"{size.parameter_count:,} | {megabytes:,.0f} | {share:.2f} | {ratios[name]:.2f}x"
        print(f"| {name} | {cells} |", flush=True)


def print_layer_choices(folder: Path) -> None:
    """What is left of the start model, untrained, with six of its layers."""
    lines = {code: flores_lines(code) for code in ("tuk_Latn", "rus_Cyrl", "eng_Latn")}
    print(f"| layers kept, N = {len(lines['eng_Latn'])} | tuk-rus P@1 | rus-eng P@1 |")
    print("| --- | --- | --- |")
    for name, kept in LAYER_CHOICES.items():
        out = folder / "shallow"
        keep_layers(resolve_model_folder(MODEL), kept, out)
        encoder = load_encoder(str(out))
        vectors = [encoder.encode(lines[code], language=code) for code in lines]
        hits = [
            nearest(queries, pool, 1).row[:, 0] == np.arange(len(queries))
            for queries, pool in pairwise(vectors)
        ]
        print(f"| {name} | " + " | ".join(f"{hit.mean():.3f}" for hit in hits) + " |", flush=True)
        shutil.rmtree(out)


def main(folder: Path, seed: int) -> None:
    """Train or find the students, and print both tables."""
    params = PARAMS.model_copy(update={"seed": seed})
    cache = EmbeddingCache(embedding_cache())
    corpus = turkmen_corpus(load_encoder(ALIGNER, cache=cache))
    course = make_course(folder, corpus, LESSONS, params)
    trained = train_once(course, folder / f"seed-{seed}")
    whole = with_vocabulary(course, None, trained, folder / f"whole-{seed}")
    small = with_vocabulary(course, SMALL_WORDS, trained, folder / f"small-{seed}")
    few = params.model_copy(update=SIX_LAYER_PARAMS)
    shallow = train_once(
        replace(course, start_folder=small, kind=SIX_LAYERS, params=few), folder / f"six-{seed}"
    )
    students = {
        START: str(whole),
        "pruned, neighbours kept": str(trained),
        "small": str(small),
        "small, six layers": str(shallow),
    }
    print_costs({MODEL: MODEL, **students})
    encoders = {name: load_encoder(path, cache=cache) for name, path in students.items()}
    print(f"\nBelow, `{START}` is the unpruned student; gains are over it.\n")
    print(*table_lines(score_students(encoders, EvaluationParams()), list(students)), sep="\n")


if __name__ == "__main__":
    _, *words = sys.argv
    if "--layers" in words:
        print_layer_choices(Path(next(word for word in words if word != "--layers")))
    else:
        main(Path(words[0]), int(words[1]) if words[1:] else 1)
