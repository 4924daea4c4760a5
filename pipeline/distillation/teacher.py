"""What the teacher has to say: one vector of the pivot side per training pair.

The student learns to give both sides of a pair the teacher's vector of the pivot side (Reimers and
Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation").
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders.embeddings import Vectors
from pipeline.errors import InputError
from pipeline.tables import identify


def training_pairs(corpus: pa.Table) -> pa.Table:
    """Return the kept rows of the training split of a `PARALLEL_CORPUS`, in order."""
    is_train = pc.equal(corpus["split"], "train")  # null, and so left out, for rejected rows
    return corpus.filter(pc.and_(is_train, corpus["reject_reason"].is_null()))


def teacher_texts(corpus: pa.Table) -> list[tuple[str, str]]:
    """Return (language, text) of what the teacher must embed, distinct, in order of appearance."""
    pairs = training_pairs(corpus)
    columns = (pairs["target_language"].to_pylist(), pairs["target_text"].to_pylist())
    return list(dict.fromkeys(zip(*columns, strict=True)))


def training_targets(corpus: pa.Table, vectors: pa.Table) -> np.ndarray:
    """Return the teacher's vector for each training pair.

    Args:
        corpus: a `PARALLEL_CORPUS`.
        vectors: a `TEACHER_EMBEDDINGS` with all of `teacher_texts(corpus)`.

    Returns:
        (n, d) float32 unit rows, in the order of `training_pairs(corpus)`.

    Raises:
        InputError: the teacher has not embedded one of the texts.
    """
    pairs = training_pairs(corpus)
    known = Vectors.from_table(vectors)
    columns = (pairs["target_language"].to_pylist(), pairs["target_text"].to_pylist())
    rows = [known.row_of.get(identify(*one), -1) for one in zip(*columns, strict=True)]
    if -1 in rows:
        text = columns[1][rows.index(-1)]
        raise InputError(f"the teacher has no vector for {text!r}: embed `teacher_texts` first")
    return known.matrix[rows]
