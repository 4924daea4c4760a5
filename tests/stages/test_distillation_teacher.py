import numpy as np
import pytest

from pipeline.distillation.lessons.teacher import teacher_texts, training_pairs, training_targets
from pipeline.encoders.embeddings import embed_texts
from pipeline.errors import InputError
from pipeline.tables import PARALLEL_CORPUS, as_table


class LengthEncoder:
    fingerprint = "length"
    dimension = 2

    def encode(self, texts, *, language, role="query"):
        angles = np.array([len(text) + (language == "rus_Cyrl") for text in texts])
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def row(source, target, **more):
    defaults = {"source_language": "tuk_Latn", "target_language": "rus_Cyrl", "split": "train"}
    return {"source_text": source, "target_text": target} | defaults | more


CORPUS = as_table(
    [
        row("suw", "вода"),
        row("kitap", "книга", split="test"),
        row("ot", "fire", target_language="eng_Latn"),
        row("şu suw", "вода"),
        row("???", "!!!", split=None, reject_reason="no letters"),
    ],
    PARALLEL_CORPUS,
)


def test_only_the_training_split_is_trained_on():
    assert training_pairs(CORPUS)["source_text"].to_pylist() == ["suw", "ot", "şu suw"]


def test_the_teacher_reads_each_pivot_text_once():
    assert teacher_texts(CORPUS) == [("rus_Cyrl", "вода"), ("eng_Latn", "fire")]


def test_targets_are_the_vectors_of_the_pivot_side_in_order():
    targets = training_targets(CORPUS, embed_texts(LengthEncoder(), teacher_texts(CORPUS)))
    assert targets.dtype == np.float32
    assert np.allclose(targets[:, 0], np.cos([5, 4, 5]))


def test_a_text_the_teacher_did_not_read_is_named():
    vectors = embed_texts(LengthEncoder(), teacher_texts(CORPUS)[:1])
    with pytest.raises(InputError, match="'fire'"):
        training_targets(CORPUS, vectors)
