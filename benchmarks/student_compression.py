"""What a smaller vocabulary and 8-bit weights cost a student, over several trainings.

One training decides in each direction over a handful of sentences. So the same sentences of FLORES
dev are asked of students of several seeds: `small` beside the same student with all pieces, and
the int8 export beside the student it is made of. A gap is in points of precision at 1, the mean
over seeds, with a paired bootstrap over sentences. Run from the project's root, where
`benchmarks.turkmen_student FOLDER` has trained or will:
`OMP_NUM_THREADS=1 python -m benchmarks.student_compression FOLDER [--words N] [--seeds N ...]`.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.inference_cost import sample_texts
from benchmarks.int8_exports import CALIBRATION_TEXTS, DIRECTIONS, SEED, flores_lines
from benchmarks.small_students import SMALL_WORDS, with_vocabulary
from benchmarks.turkmen_pairs import turkmen_corpus
from benchmarks.turkmen_student import ALIGNER, LESSONS, PARAMS, SEEDS, make_course, train_once
from pipeline.distillation.exports.student_export import ExportTexts, export_student
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.encoders.onnx import load_onnx_encoder
from pipeline.evaluation.cost.size import folder_size
from pipeline.search import nearest
from pipeline.settings import embedding_cache
from pipeline.statistics import paired_bootstrap

Hits = npt.NDArray[np.float64]
COMPARISONS = {"small - all pieces": ("all pieces", "small"), "int8 - fp32": ("student", "int8")}


def encoders_of_seed(folder: Path, seed: int, words: int) -> dict[str, Encoder]:
    """The student of a seed in its four forms, trained and made where they are missing.

    Args:
        folder: of `turkmen_student`.
        seed: of the training.
        words: frequent words of each pivot whose pieces `small` keeps.
    """
    cache = EmbeddingCache(embedding_cache())
    params = PARAMS.model_copy(update={"seed": seed})
    course = make_course(
        folder, turkmen_corpus(load_encoder(ALIGNER, cache=cache)), LESSONS, params
    )
    student = train_once(course, folder / f"seed-{seed}")
    whole, small = folder / f"whole-{seed}", folder / f"small{words}-{seed}"
    for form, kept in ((whole, None), (small, words)):
        if not form.is_dir():
            with_vocabulary(course, kept, student, form)
    exported = folder / f"onnx-{seed}"
    if not exported.is_dir():
        texts = sample_texts(CALIBRATION_TEXTS)
        export_student(student, exported, ExportTexts(texts[::2], calibration=texts[1::2]))
    share = folder_size(small).disk_bytes / folder_size(course.start_folder).disk_bytes
    forms = {"student": student, "all pieces": whole, "small": small}
    print(f"seed {seed}: small has {share:.3f} of the start's disk")
    encoders = {name: load_encoder(str(form), cache=cache) for name, form in forms.items()}
    return {**encoders, "int8": load_onnx_encoder(exported, "int8", cache=cache)}


def hits(encoder: Encoder, source: str, target: str) -> npt.NDArray[np.bool_]:
    """Whether each sentence of FLORES dev finds its own translation first, (997,)."""
    queries, pool = (encoder.encode(flores_lines(code), language=code) for code in (source, target))
    found: npt.NDArray[np.int64] = nearest(queries, pool, 1).row[:, 0]
    are_hits: npt.NDArray[np.bool_] = found == np.arange(len(queries))
    return are_hits


def print_gaps(by_seed: Mapping[int, Mapping[str, Encoder]]) -> None:
    """A row for each comparison and direction, and for all; the seeds' own gaps behind."""
    print(f"| comparison | direction | N | mean of {len(by_seed)} seeds | each |")
    print("| --- | --- | --- | --- | --- |")
    for comparison, (first, second) in COMPARISONS.items():
        found = {
            name: np.array(
                [[hits(one[name], *way) for way in DIRECTIONS] for one in by_seed.values()]
            )
            for name in (first, second)
        }  # (seeds, directions, sentences)
        for place, direction in enumerate(DIRECTIONS):
            told = {name: each[:, place] for name, each in found.items()}
            print(_line(comparison, "-".join(direction), told[first], told[second]))
        first_mean, second_mean = (found[name].mean(axis=1) for name in (first, second))
        print(_line(comparison, "all directions", first_mean, second_mean))


def _line(comparison: str, direction: str, first: Hits, second: Hits) -> str:
    gap = paired_bootstrap(first.mean(axis=0), second.mean(axis=0), seed=SEED)
    each = second.mean(axis=1) - first.mean(axis=1)
    mean = f"{100 * gap.value:+.2f} [{100 * gap.ci_low:+.2f}, {100 * gap.ci_high:+.2f}]"
    told = ", ".join(f"{100 * value:+.1f}" for value in each)
    return f"| {comparison} | {direction} | {gap.n} | {mean} | {told} |"


def main() -> None:
    """Train and make what is missing, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=int, default=SMALL_WORDS, help="of each pivot, in `small`")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    asked = parser.parse_args()
    print_gaps({seed: encoders_of_seed(asked.folder, seed, asked.words) for seed in asked.seeds})


if __name__ == "__main__":
    main()
