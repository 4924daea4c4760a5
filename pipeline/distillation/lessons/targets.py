"""The vectors that a training is held to, in the order of its lessons, as files to be mapped.

A focus text with counterparts in several pivots, or with several in one, is taught one vector: the
weighted mean of the teacher's vectors of all of them, made unit. Left apart they would pull the
same text towards several places, and each would be another's wrong answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.distillation.lessons.teacher import TeacherVectors

_BLOCK_ROWS = 65_536

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Targets:
    """What n lessons are held to; mapped read-only.

    Attributes:
        pivot: (n, d) float16 unit rows, the teacher's vectors of the pivot texts.
        focus: (n, d) likewise, where the focus texts are to go; None where that is the same.
    """

    pivot: Halves
    focus: Halves | None


def write_targets(lessons: pa.Table, vectors: TeacherVectors, folder: Path) -> Targets:
    """Write the vectors of every lesson, in the lessons' order.

    Args:
        lessons: of schema `LESSONS`.
        vectors: with all that the teacher reads in them.
        folder: made if need be; holds the files for as long as the targets are used.

    Raises:
        InputError: the teacher has not embedded one of the texts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = vectors.of_lessons(lessons)
    pivot = _write_rows(folder / "pivot.npy", vectors.matrix, rows)
    meanings = list(_shared_meanings(lessons))
    if not meanings:
        return Targets(pivot, None)
    path = folder / "focus.npy"
    focus = np.lib.format.open_memmap(path, "w+", np.float16, pivot.shape)
    for start in range(0, len(pivot), _BLOCK_ROWS):
        focus[start : start + _BLOCK_ROWS] = pivot[start : start + _BLOCK_ROWS]
    weights = lessons["weight"].to_numpy()
    for members in meanings:
        mean = weights[members] @ pivot[members].astype(np.float32)
        focus[members] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    focus.flush()
    return Targets(pivot, np.load(path, mmap_mode="r"))


def _write_rows(path: Path, matrix: Halves, rows: npt.NDArray[np.int64]) -> Halves:
    written = np.lib.format.open_memmap(path, "w+", np.float16, (len(rows), matrix.shape[1]))
    for start in range(0, len(rows), _BLOCK_ROWS):
        written[start : start + _BLOCK_ROWS] = matrix[rows[start : start + _BLOCK_ROWS]]
    written.flush()
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]  # as it was written


def _shared_meanings(lessons: pa.Table) -> Iterator[npt.NDArray[np.int64]]:
    """Rows of every meaning that more than one lesson has."""
    if not lessons.num_rows:
        return
    ids = np.array(lessons["meaning_id"].to_pylist(), "S24")
    order = np.argsort(ids, kind="stable")
    bounds = np.flatnonzero(ids[order][1:] != ids[order][:-1]) + 1
    yield from (members for members in np.split(order, bounds) if len(members) > 1)
