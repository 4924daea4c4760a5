"""Wrong answers that are hard to tell from the right one: the teacher's neighbours of it.

What is too near says the same in other words and is no wrong answer: neighbours above a cosine are
passed over, as in positive-aware mining (Moreira et al. 2024, "NV-Retriever"); the right answer has
cosine 1 with itself here. Pure.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.distillation.lessons.teacher import TeacherVectors
from pipeline.parameters import DistillationParams, Objective, objective_terms
from pipeline.search import nearest

NONE = -1
_SHARD_ROWS = 50_000  # searched together; more would cost the square
_SPARE = 16

Rows = npt.NDArray[np.int64]


def hard_negatives(
    lessons: pa.Table, vectors: TeacherVectors, params: DistillationParams
) -> npt.NDArray[np.int32] | None:
    """Find for each lesson the lessons whose targets are nearest to its own and wrong.

    Never is a target chosen that any lesson of the same meaning has, nor one text twice. Corpora of
    more than 50,000 targets are searched in parts of that size, drawn by lot.

    Args:
        lessons: of schema `LESSONS`, n of them.
        vectors: with all that the teacher reads in them.
        params: how many are wanted, above which cosine none is, and the seed of the parts.

    Returns:
        (n, `hard_negatives`) rows of `lessons`, nearest first, -1 after the last. None where none
        are wanted.

    Raises:
        InputError: the teacher has not embedded one of the texts.
    """
    count = params.hard_negatives
    if not count:
        return None
    targets, first, target_of = np.unique(
        vectors.of_lessons(lessons), return_index=True, return_inverse=True
    )
    if len(targets) < 2:  # noqa: PLR2004 - a text has no neighbour but itself
        return np.full((lessons.num_rows, count), NONE, np.int32)
    near = _neighbours(vectors.matrix, targets, 4 * count + _SPARE, params)[target_of]
    near[_are_right(near, _numbers(lessons["meaning_id"]), target_of, len(targets))] = NONE
    order = np.argsort(near == NONE, axis=1, kind="stable")[:, :count]
    chosen = np.take_along_axis(near, order, axis=1)
    found = np.full((lessons.num_rows, count), NONE, np.int32)
    found[:, : chosen.shape[1]] = np.where(chosen == NONE, NONE, first[chosen])
    return found


def why_not_mined(
    objectives: Iterable[Objective], vectors: npt.NDArray[np.floating], params: DistillationParams
) -> str:
    """Why wrong answers would change nothing that is learnt; empty where they are worth mining.

    Args:
        objectives: of all that learns from the lessons: the student and its adapters.
        vectors: (n, d) what the lessons are held to.
        params: of the training.
    """
    terms = {term for objective in objectives for term in objective_terms(objective)}
    if not terms & {"mnr", "kl"}:
        return "no objective tells answers apart"
    if params.ranking_negatives == "memory" and _has_at_most(params.memory_vectors, vectors):
        return "every step has all targets among its wrong answers"
    return ""


def _has_at_most(count: int, vectors: npt.NDArray[np.floating]) -> bool:
    """Whether there are no more distinct rows, bit for bit."""
    if len(vectors) <= count:
        return True
    seen: set[bytes] = set()
    for vector in vectors:
        seen.add(vector.tobytes())
        if len(seen) > count:
            return False
    return True


def _neighbours(
    matrix: npt.NDArray[np.float16], targets: Rows, k: int, params: DistillationParams
) -> Rows:
    """For each target the numbers of its k nearest in its part, none above the cosine."""
    found = np.full((len(targets), k), NONE, np.int64)
    order = np.random.default_rng(params.seed).permutation(len(targets))
    for part in np.array_split(order, -(-len(order) // _SHARD_ROWS)):
        own = matrix[targets[part]].astype(np.float32)
        own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
        neighbours = nearest(own, own, k)
        is_itself = neighbours.row == np.arange(len(part))[:, None]
        is_wrong = ~is_itself & (neighbours.cosine <= params.hard_negative_cosine)
        found[part, : neighbours.row.shape[1]] = np.where(is_wrong, part[neighbours.row], NONE)
    return found


def _are_right(near: Rows, meaning: Rows, target_of: Rows, target_count: int) -> np.ndarray:
    """Whether a neighbour is the target of some lesson of the same meaning."""
    known = np.unique(meaning * target_count + target_of)
    asked = meaning[:, None] * target_count + near
    is_right: np.ndarray = np.isin(asked, known) & (near != NONE)
    return is_right


def _numbers(ids: pa.ChunkedArray) -> Rows:
    """A number for each distinct id."""
    _, numbers = np.unique(np.array(ids.to_pylist(), "S24"), return_inverse=True)
    return numbers
