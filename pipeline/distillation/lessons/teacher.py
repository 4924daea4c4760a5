"""What the teacher has to say: one vector of the pivot side per training pair.

The student learns to give both sides of a pair the teacher's vector of the pivot side (Reimers and
Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation").
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders.embeddings import Vectors
from pipeline.tables import identify


def training_pairs(corpus: pa.Table) -> pa.Table:
    """Return the kept rows of the training split of a `PARALLEL_CORPUS`, in order."""
    is_train = pc.equal(corpus["split"], "train")  # null, and so left out, for rejected rows
    return corpus.filter(pc.and_(is_train, corpus["reject_reason"].is_null()))


def teacher_texts(corpus: pa.Table) -> list[tuple[str, str]]:
    """Return (language, text) of what the teacher must embed, distinct, in order of appearance."""
    return list(dict.fromkeys(_pivot_texts(training_pairs(corpus))))


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
    return Vectors.from_table(vectors).of_mixed(_pivot_texts(training_pairs(corpus)))


def retained_texts(corpus: pa.Table, count: int) -> list[list[str]]:
    """Distinct pivot texts of the development split, at most `count` of each language.

    Languages are in order of their codes, texts in order of their hashes: from all origins alike.
    """
    texts = set(_pivot_texts(corpus.filter(pc.equal(corpus["split"], "dev"))))
    ordered = sorted(texts, key=lambda pair: identify(*pair))
    languages = sorted({language for language, _ in ordered})
    return [[text for code, text in ordered if code == language][:count] for language in languages]


def _pivot_texts(pairs: pa.Table) -> list[tuple[str, str]]:
    columns = pairs["target_language"].to_pylist(), pairs["target_text"].to_pylist()
    return list(zip(*columns, strict=True))
