"""What a training is asked to do: all that decides the student; torch is not imported."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import TRIPLETS, DistillationParams, Objective

JOB_ARRAYS = (
    "focus_vectors",
    "weights",
    "shares",
    "negative_rows",
    "neighbour_vectors",
    "earlier_projection",
)
"""Fields of a job that are arrays or None."""

_NO_NEGATIVE = -1
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class TrainingJob:
    """Everything that decides the student, and how often to save.

    Arrays of vectors are float32 or float16, have unit rows, and may be mapped from files.

    Attributes:
        start_folder: the model that becomes the student.
        source_texts: n texts of the focus language.
        target_texts: their n counterparts in pivot languages, any mixture.
        teacher_vectors: (n, d) the teacher's vectors of `target_texts`.
        params: how to train.
        reference_folder: the model whose order of the retained texts must be kept: the start model
            before its vocabulary was pruned. None for the start model as it is.
        retained_texts: groups of texts, such as one per pivot language; none is trained on.
        objective: what teaches the focus language.
        checkpoint_steps: after how many steps the state is kept; the student is the same for any.
        checkpoint_seconds: unless the state was kept less than so long ago.
        focus_vectors: (n, d) what the focus side is taught, where that is not the target's own
            vector, such as a mean over several pivots. None: `teacher_vectors`.
        weights: (n,) positive; a pair of weight 2 counts as if it stood there twice. None: alike.
        shares: (n,) how often an epoch shows each pair on average, see `lessons.sampling`. None:
            once.
        negative_rows: (n, k) integers, for each pair the rows of the vectors that are near its
            answer and wrong, -1 where there are fewer than k. None: none were mined.
        negative_texts: n texts that contradict the sources; none where no triplets are taught.
        neighbour_texts: m texts of languages that nobody teaches and that must not get worse.
        neighbour_vectors: (m, d) where those texts are to stay. None with no such texts.
        earlier_projection: (d, e) float32, between the teacher's space and the start model's of
            dimension e, as the training before left it, see `job_files.read_projection`. None: the
            start model was not trained by this teacher, or has its dimension.

    Raises:
        InputError: lengths disagree, a weight is not positive, a negative row is none of the
            corpus, a vector is not finite, or there are fewer than two pairs.
    """

    start_folder: Path
    source_texts: Sequence[str]
    target_texts: Sequence[str]
    teacher_vectors: np.ndarray
    params: DistillationParams
    reference_folder: Path | None = None
    retained_texts: Sequence[Sequence[str]] = ()
    objective: Objective = "mse+mnr+kl"
    checkpoint_steps: int = 50
    checkpoint_seconds: float = 10.0
    focus_vectors: np.ndarray | None = None
    weights: np.ndarray | None = None
    shares: np.ndarray | None = None
    negative_rows: np.ndarray | None = None
    negative_texts: Sequence[str] = ()
    neighbour_texts: Sequence[str] = ()
    neighbour_vectors: np.ndarray | None = None
    earlier_projection: np.ndarray | None = None

    def __post_init__(self) -> None:
        counts = (len(self.source_texts), len(self.target_texts), len(self.teacher_vectors))
        if len(set(counts)) != 1:
            raise InputError(f"{counts} sources, targets and teacher vectors: not one of each")
        if counts[0] < 2:  # noqa: PLR2004 - ranking compares pairs
            raise InputError(f"{counts[0]} training pairs; at least 2 are needed")
        if (self.objective == TRIPLETS) != bool(self.negative_texts):
            raise InputError(f"negative texts are for the objective {TRIPLETS}, and it needs them")
        if self.negative_texts and len(self.negative_texts) != counts[0]:
            raise InputError(f"{len(self.negative_texts)} negatives for {counts[0]} pairs")
        _check_positive("weight", self.weights, counts[0])
        _check_positive("share", self.shares, counts[0])
        _check_rows(self.negative_rows, counts[0])
        neighbours = (len(self.neighbour_texts), self.neighbour_vectors)
        _check_vectors("neighbour", *neighbours, self.teacher_vectors.shape[1])
        for name in ("teacher_vectors", "focus_vectors", "neighbour_vectors", "earlier_projection"):
            _check_finite(name, getattr(self, name))
        if self.focus_vectors is not None:
            _check_vectors("focus", counts[0], self.focus_vectors, self.teacher_vectors.shape[1])


def job_fingerprint(job: TrainingJob) -> str:
    """Identify a job by everything that decides its student; SHA-256 in hex."""
    digest = hashlib.sha256(hash_model_folder(job.start_folder).encode())
    digest.update(f"{job.objective}\0{job.params.model_dump_json()}".encode())
    taught = job.source_texts, job.target_texts, job.negative_texts
    texts = chain(*taught, job.neighbour_texts, *job.retained_texts)
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    for name in ("teacher_vectors", *JOB_ARRAYS):
        array = getattr(job, name)
        digest.update(f"{name}{np.shape(array)}".encode())
        for start in range(0, 0 if array is None else len(array), _ROWS_AT_ONCE):
            digest.update(np.ascontiguousarray(array[start : start + _ROWS_AT_ONCE]).tobytes())
    return digest.hexdigest()


def _check_positive(name: str, values: np.ndarray | None, count: int) -> None:
    if values is None:
        return
    if np.shape(values) != (count,):
        raise InputError(f"{name}s of shape {np.shape(values)} for {count} pairs")
    wrong = np.flatnonzero(~(np.isfinite(values) & (np.asarray(values) > 0)))
    if len(wrong):
        raise InputError(
            f"pair {wrong[0]} has the {name} {values[wrong[0]]}: leave out what does not count, "
            "and give the rest positive numbers"
        )


def _check_finite(name: str, vectors: np.ndarray | None) -> None:
    if vectors is None:
        return
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        is_finite = np.isfinite(vectors[start : start + _ROWS_AT_ONCE]).all(axis=1)
        if not is_finite.all():
            row = start + int(is_finite.argmin())
            raise InputError(f"{name} has numbers in row {row} that are not finite: embed it again")


def _check_rows(rows: np.ndarray | None, count: int) -> None:
    if rows is None:
        return
    if rows.ndim != 2 or len(rows) != count:  # noqa: PLR2004 - pairs by negatives
        raise InputError(f"negative rows of shape {rows.shape} for {count} pairs")
    if rows.size and not (rows.min() >= _NO_NEGATIVE and rows.max() < count):
        raise InputError(f"negative rows from {rows.min()} to {rows.max()} of {count} pairs")


def _check_vectors(name: str, count: int, vectors: np.ndarray | None, dimension: int) -> None:
    shape = (0, dimension) if vectors is None else vectors.shape
    if shape != (count, dimension):
        raise InputError(f"{name} vectors of shape {shape}, not {(count, dimension)}")
