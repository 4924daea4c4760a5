"""Tables of vectors: every distinct text once, found again by its id. No model is loaded here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.encoders.protocol import Encoder, Role
from pipeline.errors import InputError
from pipeline.tables import SENTENCE_EMBEDDINGS, identify


def embed_texts(
    encoder: Encoder, texts: Iterable[tuple[str, str]], role: Role = "query"
) -> pa.Table:
    """Encode every distinct text once.

    Args:
        encoder: gives unit vectors.
        texts: (language, text), in any order and with repetitions.
        role: the part the texts play.

    Returns:
        A table of schema `SENTENCE_EMBEDDINGS`, ordered by `text_id`.
    """
    by_id = {identify(language, text): (language, text) for language, text in texts}
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    for language in sorted({language for language, _ in by_id.values()}):
        ids = sorted(key for key, (code, _) in by_id.items() if code == language)
        rows = encoder.encode([by_id[key][1] for key in ids], language=language, role=role)
        vectors.update(zip(ids, rows, strict=True))
    ordered = sorted(vectors)
    columns = [ordered, [vectors[key] for key in ordered]]
    return pa.table(columns, schema=SENTENCE_EMBEDDINGS)


@dataclass(frozen=True)
class Vectors:
    """A table of vectors as one matrix.

    Attributes:
        matrix: (n, d) float32, unit rows.
        row_of: row of each `text_id`.
    """

    matrix: npt.NDArray[np.float32]
    row_of: dict[str, int]

    @classmethod
    def from_table(cls, table: pa.Table) -> "Vectors":
        """Read a table of schema `SENTENCE_EMBEDDINGS`."""
        ids = table["text_id"].to_pylist()
        flat = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        dimension = len(flat) // len(ids) if ids else 0
        matrix = flat.reshape(len(ids), dimension).astype(np.float32, copy=False)
        return cls(matrix, {text_id: row for row, text_id in enumerate(ids)})

    def of(self, language: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of texts of one language, (n, d), in their order.

        Raises:
            InputError: a text was not embedded.
        """
        return self.of_mixed([(language, text) for text in texts])

    def of_mixed(self, texts: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """As `of`, for (language, text)."""
        rows = [self.row_of.get(identify(*text), -1) for text in texts]
        if -1 in rows:
            language, missing = texts[rows.index(-1)]
            raise InputError(f"no vector for {missing!r} ({language}): embed it first")
        return self.matrix[rows]
