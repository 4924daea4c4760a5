"""The teacher's vectors as the student can be held against them: in a space of both.

- Alike in dimension, they are taken as they are.
- A wider teacher is turned and cut to the student's dimension, so that the least is lost of its
  similarities: onto the leading eigenvectors of the second moments of its vectors (a principal
  component analysis that keeps the origin, for cosines are angles at the origin).
- A narrower teacher is left alone, and the student is compared through a linear map that is learnt
  beside it and is no part of it (Kim et al. 2023, "EmbedDistill").

All end as unit rows, whatever norm the teacher gives. A student that is trained again goes on in
the space of the training before, by whose projection both begin.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.distillation.objectives.matryoshka import prefix
from pipeline.errors import InputError

_ROWS_AT_ONCE = 65_536


class Targets(nn.Module):
    """Brings teacher's and student's vectors into one space.

    Attributes:
        kept_fraction: of the teacher's squared norms, that the student's dimension has room for.
    """

    rotation: Tensor | None  # (d_teacher, d_student)

    def __init__(
        self,
        teacher_vectors: np.ndarray,
        student_dimension: int,
        seed: int,
        earlier: np.ndarray | None = None,
    ) -> None:
        """Fit to all (n, d_teacher) vectors of the teacher; deterministic.

        Args:
            teacher_vectors: of any float type.
            student_dimension: length of the student's vectors.
            seed: of the map that is learnt.
            earlier: `between` of a training before: a wider teacher is turned by it, a narrower
                one's map starts from it.

        Raises:
            InputError: `earlier` is between other dimensions.
        """
        super().__init__()
        dimension = teacher_vectors.shape[1]
        if earlier is not None and earlier.shape != (dimension, student_dimension):
            raise InputError(
                f"the earlier projection has the shape {earlier.shape}; teacher and student have"
                f" {dimension} and {student_dimension} dimensions"
            )
        self.kept_fraction = 1.0
        self.projection: nn.Parameter | None = None
        self.register_buffer("rotation", None)
        if dimension > student_dimension:
            if earlier is None:
                rotation, self.kept_fraction = leading_directions(
                    teacher_vectors, student_dimension
                )
            else:
                rotation, self.kept_fraction = earlier, _kept_fraction(teacher_vectors, earlier)
            self.rotation = torch.tensor(rotation)
        elif dimension < student_dimension:
            first = _orthonormal_rows(dimension, student_dimension, seed)
            self.projection = nn.Parameter(first if earlier is None else torch.tensor(earlier))

    @property
    def between(self) -> np.ndarray | None:
        """(d_teacher, d_student) float32, what turns or maps now; None where nothing has to."""
        matrix = self.rotation if self.projection is None else self.projection
        return None if matrix is None else matrix.detach().cpu().numpy()

    def of_teacher(self, vectors: np.ndarray, device: torch.device) -> Tensor:
        """(n, d_teacher) of any float type to float32 unit rows."""
        rows = torch.from_numpy(np.array(vectors, np.float32)).to(device)
        return functional.normalize(rows if self.rotation is None else rows @ self.rotation, dim=1)

    def shorten(self, targets: Tensor, width: int) -> Tensor:
        """What a student's prefix of `width` is held against; all, where it is mapped anyway."""
        return prefix(targets, width) if self.projection is None else targets

    def of_student(self, vectors: Tensor, width: int) -> Tensor:
        """The prefix of `width` of (n, d_student) unit rows, where the teacher's are; unit rows."""
        shortened = prefix(vectors, width)
        if self.projection is None:
            return shortened
        return functional.normalize(shortened @ self.projection[:, :width].T, dim=1)


def leading_directions(vectors: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """The directions that keep most of the vectors' dot products.

    Args:
        vectors: (n, d) of any float type.
        count: of directions, at most d.

    Returns:
        (d, count) float32 orthonormal columns, the strongest first, each with its largest entry
        positive; and the fraction of the squared norms that they keep.
    """
    moments = np.zeros((vectors.shape[1], vectors.shape[1]))
    for begin in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = np.asarray(vectors[begin : begin + _ROWS_AT_ONCE], np.float64)
        moments += rows.T @ rows
    strengths, directions = np.linalg.eigh(moments)
    strongest = directions[:, ::-1][:, :count]
    peaks = np.take_along_axis(strongest, np.abs(strongest).argmax(axis=0)[None], axis=0)
    kept_fraction = float(strengths[::-1][:count].sum() / strengths.sum())
    return np.ascontiguousarray(strongest * np.sign(peaks), np.float32), kept_fraction


def _kept_fraction(vectors: np.ndarray, rotation: np.ndarray) -> float:
    norms, kept = 0.0, 0.0
    for begin in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = np.asarray(vectors[begin : begin + _ROWS_AT_ONCE], np.float64)
        norms += float(np.square(rows).sum())
        kept += float(np.square(rows @ rotation).sum())
    return kept / norms


def _orthonormal_rows(row_count: int, dimension: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(dimension, row_count, generator=generator)
    orthonormal: Tensor = torch.linalg.qr(random).Q
    return orthonormal.T.contiguous()
