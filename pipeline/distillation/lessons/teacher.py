"""What the teacher has to say: one vector for each text that it reads.

The student learns to give both sides of a pair the teacher's vector of the pivot side (Reimers and
Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation").

Vectors are kept as float16, 768 bytes each at 384 dimensions, in the order of their texts' hashes,
and are mapped into memory: what is not looked at is not read. The folder is a pure function of
teacher and texts, so a store that names files by their content holds it once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.protocol import Encoder
from pipeline.errors import InputError
from pipeline.progress import Progress, silent
from pipeline.tables import identify, kept

_VECTORS, _IDS = "vectors.npy", "text_ids.npy"
_ID = np.dtype("S24")  # as long as what `identify` gives
_BLOCK_TEXTS = 16_384  # encoded before they are written


def teacher_texts(lessons: pa.Table) -> list[tuple[str, str]]:
    """Return (language, text) of what the teacher must embed, distinct, in order of appearance."""
    return list(dict.fromkeys(_target_texts(kept(lessons))))


@dataclass(frozen=True)
class TeacherVectors:
    """The teacher's vectors of distinct texts.

    Attributes:
        text_ids: (n,) `identify(language, text)` as bytes, ascending.
        matrix: (n, d) float16, unit rows as far as that type tells; mapped read-only.
    """

    text_ids: npt.NDArray[np.bytes_]
    matrix: npt.NDArray[np.float16]

    @classmethod
    def open(cls, folder: Path) -> "TeacherVectors":
        """Map what `write_teacher_vectors` wrote.

        Raises:
            InputError: the folder does not hold it.
        """
        try:
            ids, matrix = (np.load(folder / name, mmap_mode="r") for name in (_IDS, _VECTORS))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder} holds no vectors of a teacher: {error}") from error
        if ids.dtype != _ID or matrix.shape[:-1] != ids.shape:
            raise InputError(f"{folder}: {len(ids)} texts and vectors of shape {matrix.shape}")
        return cls(ids, matrix)

    def rows_of(self, texts: Sequence[tuple[str, str]]) -> npt.NDArray[np.int64]:
        """Rows of the matrix that belong to (language, text), in their order.

        Raises:
            InputError: the teacher has not embedded one of the texts.
        """
        wanted = np.array([identify(*text) for text in texts], _ID)
        rows = np.searchsorted(self.text_ids, wanted)
        rows[rows == len(self.text_ids)] = 0
        is_missing = self.text_ids[rows] != wanted if len(self.text_ids) else np.ones(len(wanted))
        if is_missing.any():
            language, missing = texts[int(np.argmax(is_missing))]
            raise InputError(f"the teacher has no vector for {missing!r} ({language})")
        return rows

    def of_lessons(self, lessons: pa.Table) -> npt.NDArray[np.int64]:
        """Rows of the matrix of what the teacher reads in each lesson; raises as `rows_of`."""
        return self.rows_of(_target_texts(lessons))


def write_teacher_vectors(
    encoder: Encoder,
    texts: Iterable[tuple[str, str]],
    folder: Path,
    progress: Progress = silent,
) -> TeacherVectors:
    """Embed every distinct text once, into a folder that appears whole.

    Args:
        encoder: the teacher; with a cache it makes only the vectors that it never made.
        texts: (language, text), in any order and with repetitions; the order decides nothing.
        folder: replaced if it is there.
        progress: hears of every block of texts.

    Returns:
        The vectors, mapped from the folder.
    """
    by_id = {identify(language, text): (language, text) for language, text in texts}
    ids = sorted(by_id)
    with appearing_whole(folder) as unfinished:
        np.save(unfinished / _IDS, np.array(ids, _ID))
        shape = (len(ids), encoder.dimension)
        matrix = np.lib.format.open_memmap(unfinished / _VECTORS, "w+", np.float16, shape)
        done = 0
        for language in sorted({language for language, _ in by_id.values()}):
            own = [row for row, key in enumerate(ids) if by_id[key][0] == language]
            for start in range(0, len(own), _BLOCK_TEXTS):
                rows = own[start : start + _BLOCK_TEXTS]
                block = [by_id[ids[row]][1] for row in rows]
                matrix[rows] = encoder.encode(block, language=language)
                done += len(rows)
                progress(done, len(ids), "the teacher reads")
        matrix.flush()
    return TeacherVectors.open(folder)


def retained_texts(corpus: pa.Table, count: int) -> list[list[str]]:
    """Distinct pivot texts of the development split, at most `count` of each language.

    Languages are in order of their codes, texts in order of their hashes: from all origins alike.
    """
    texts = set(_target_texts(corpus.filter(pc.equal(corpus["split"], "dev"))))
    ordered = sorted(texts, key=lambda pair: identify(*pair))
    languages = sorted({language for language, _ in ordered})
    return [[text for code, text in ordered if code == language][:count] for language in languages]


def _target_texts(pairs: pa.Table) -> list[tuple[str, str]]:
    columns = pairs["target_language"].to_pylist(), pairs["target_text"].to_pylist()
    return list(zip(*columns, strict=True))
