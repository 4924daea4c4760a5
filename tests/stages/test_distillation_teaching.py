import numpy as np
import pytest

from pipeline.distillation import teaching
from pipeline.distillation.lessons.teacher import teacher_texts
from pipeline.distillation.teaching import (
    Lesson,
    loss_curves,
    read_training_log,
    retained_words,
    teach,
)
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.encoders.embeddings import embed_texts
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.tables import PARALLEL_CORPUS, as_table
from pipeline.text.frequent_words import frequent_words

PARAMS = DistillationParams(epochs=2, batch_pairs=4, max_tokens=16)
SEEN = [("salam", "привет"), ("kitap", "книга"), ("okadym", "читал"), ("suw", "вода")]
UNSEEN = ("lar query", "passage")


def corpus(train=SEEN):
    rows = [(pair, "train") for pair in train] + [(UNSEEN, "test")]
    return as_table(
        [
            {
                "source_language": "tuk_Latn",
                "target_language": "rus_Cyrl",
                "source_text": source,
                "target_text": target,
                "split": split,
            }
            for (source, target), split in rows
        ],
        PARALLEL_CORPUS,
    )


def lesson(start_folder, pairs, words=("привет", "книга", "читал", "вода")):
    vectors = embed_texts(load_encoder(str(start_folder)), teacher_texts(pairs))
    return Lesson(start_folder, pairs, vectors, {"rus_Cyrl": words}, PARAMS)


def train_here(job, folder, progress):
    """As `train_in_process`, which has its own tests, without the wait for another process."""
    return train(job, folder / "student", folder / "checkpoint.pt", progress)


@pytest.fixture(scope="module", autouse=True)
def _trainer_in_this_process():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teaching, "train_in_process", train_here)
        yield


@pytest.fixture(scope="module")
def heard():
    return []


@pytest.fixture(scope="module")
def taught(tiny_model_folder, tmp_path_factory, heard):
    folder = tmp_path_factory.mktemp("work")
    task = lesson(tiny_model_folder, corpus())
    return teach(task, folder, lambda *said: heard.append(said))


def test_the_student_is_a_smaller_model_that_encodes(taught):
    vectors = load_encoder(str(taught.folder)).encode(["salam", "привет"], language="tuk_Latn")
    assert vectors.shape == (2, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert taught.facts["kept_piece_count"] < taught.facts["original_piece_count"]
    assert taught.facts["parameter_count"] < taught.facts["original_parameter_count"]


def test_the_student_moves_away_from_its_start(taught, tiny_model_folder):
    student, start = (
        load_encoder(str(folder)).encode(["kitap"], language="tuk_Latn")
        for folder in (taught.folder, tiny_model_folder)
    )
    assert np.abs(student - start).max() > 1e-4


def test_the_facts_and_the_log_count_pairs_and_steps_and_every_step_is_heard(taught, heard):
    assert (taught.facts["pair_count"], taught.facts["step_count"]) == (4, 2)
    assert [step.step for step in taught.log.steps] == [0, 1]
    assert [said[:2] for said in heard] == [(1, 2), (2, 2), (2, 2)]  # the last weighs it


def test_the_log_lies_beside_the_student(taught):
    assert read_training_log(taught.folder) == taught.log


def test_the_curves_have_a_value_for_every_step(taught):
    curves = loss_curves(taught.log)
    assert list(curves) == ["loss", "distance", "ranking", "retention"]
    assert curves["loss"] == {step.step: step.loss for step in taught.log.steps}


def test_the_vocabulary_is_of_the_training_texts_and_retained_words_alone(taught):
    pieces = (taught.folder / "tokenizer.json").read_text(encoding="utf-8")
    for known in ("▁kitap", "▁привет"):
        assert known in pieces
    assert '"lar"' not in pieces


def test_the_same_lesson_gives_the_same_student_in_any_folder(taught, tiny_model_folder, tmp_path):
    again = teach(lesson(tiny_model_folder, corpus()), tmp_path, lambda *_: None)
    assert hash_model_folder(again.folder) == hash_model_folder(taught.folder)
    assert again.facts == taught.facts


def test_a_corpus_without_training_pairs_is_refused(tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match="0 training pairs"):
        teach(lesson(tiny_model_folder, corpus(train=[])), tmp_path, lambda *_: None)


def test_retained_words_are_those_of_every_language_that_has_a_list():
    words = retained_words(["tuk_Latn", "rus_Cyrl"], 3)
    assert words["tuk_Latn"] == []
    assert words["rus_Cyrl"][::2] == frequent_words("rus_Cyrl", 3)
    assert words["rus_Cyrl"][1::2] == [word.capitalize() for word in words["rus_Cyrl"][::2]]
