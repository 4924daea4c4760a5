from dataclasses import replace

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from pipeline.distillation import task_adapters, teaching
from pipeline.distillation.lessons.lesson_table import make_lessons
from pipeline.distillation.lessons.teacher import teacher_texts, write_teacher_vectors
from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.distillation.teaching import (
    Course,
    read_training_log,
    retained_words,
    teach,
    training_job,
)
from pipeline.distillation.training.job_files import read_projection
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams, LessonParams
from pipeline.progress import silent
from pipeline.student_kind import StudentKind
from pipeline.tables import FILTERED_TRIPLETS, NEIGHBOUR_TEXTS, PARALLEL_CORPUS, as_table
from pipeline.text.frequent_words import frequent_words
from pipeline.training.steps import loss_curves

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


def course(start_folder, pairs, folder, params=PARAMS, neighbours=(), triplets=()):
    rows = [{"language": "kaz_Cyrl", "text": text} for text in neighbours]
    plain = LessonParams(single_word_share=1, composite_fraction=0)
    lessons = make_lessons(pairs, as_table(rows, NEIGHBOUR_TEXTS), plain, triplets)
    encoder = load_encoder(str(start_folder))
    teacher = write_teacher_vectors(encoder, teacher_texts(lessons), folder / "teacher")
    words = {"rus_Cyrl": ("привет", "книга", "читал", "вода")}
    return Course(start_folder, pairs, lessons, teacher, words, params)


def train_here(job, folder, progress, run):
    """As `train_in_process`, which has its own tests, without the wait for another process."""
    del run
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
    task = course(tiny_model_folder, corpus(), folder)
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
    assert (taught.facts["skipped_step_count"], taught.facts["memory_halving_count"]) == (0, 0)
    assert taught.facts["teacher_kept_fraction"] == 1
    assert [step.step for step in taught.log.steps] == [0, 1]
    assert [said[:2] for said in heard] == [(1, 2), (2, 2), (2, 2)]  # the last weighs it


def three_triplets():
    names = ("anchor_text", "positive_text", "negative_text")
    texts = [("salam", "привет", "книга"), ("kitap", "книга", "вода"), ("suw", "вода", "привет")]
    rows = [
        dict(zip(names, text, strict=True))
        | {"triplet_id": text[0], "anchor_language": "tuk_Latn", "written_language": "rus_Cyrl"}
        for text in texts
    ]
    return as_table(rows, FILTERED_TRIPLETS)


@pytest.fixture(scope="module")
def taught_twice(tiny_model_folder, tmp_path_factory):
    """A student that was distilled and then learnt three triplets."""
    folder = tmp_path_factory.mktemp("twice")
    task = course(tiny_model_folder, corpus(), folder, triplets=[three_triplets()])
    task = replace(task, kind=StudentKind(are_triplets_after=True))
    return teach(task, folder, silent)


def test_triplets_are_learnt_after_the_pairs_and_the_log_has_both(taught_twice, taught):
    log = taught_twice.log
    assert [step.step for step in log.steps] == list(range(len(log.steps)))
    distilled = [step for step in log.steps if "mse" in step.terms]
    contrasted = [step for step in log.steps if "simcse" in step.terms]
    assert distilled
    assert contrasted
    assert [*distilled, *contrasted] == list(log.steps)
    assert log.pair_count == 4 + 3
    assert taught_twice.facts["step_count"] == len(log.steps)
    assert read_training_log(taught_twice.folder) == log
    assert hash_model_folder(taught_twice.folder) != hash_model_folder(taught.folder)


def test_the_curves_of_both_trainings_are_drawn_one_behind_the_other(taught_twice):
    curves = loss_curves(taught_twice.log.steps)
    assert max(curves["mse"]) < min(curves["simcse"])
    assert len(curves["loss"]) == len(curves["mse"]) + len(curves["simcse"])


@pytest.mark.parametrize("dimension", [16, 48])
def test_each_training_begins_in_the_space_where_the_one_before_ended(
    tiny_model_folder, tmp_path, monkeypatch, dimension
):
    jobs = []

    def listen(job, *others):
        jobs.append(job)
        return train_here(job, *others)

    monkeypatch.setattr(teaching, "train_in_process", listen)
    monkeypatch.setattr(task_adapters, "train_in_process", listen)
    task = course(tiny_model_folder, corpus(), tmp_path, triplets=[three_triplets()])
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(len(task.teacher.matrix), dimension)).astype(np.float16)
    kind = StudentKind(are_triplets_after=True, adapters={"bitext": "mnr"})
    teach(replace(task, teacher=replace(task.teacher, matrix=matrix), kind=kind), tmp_path, silent)
    distilled, triplets = (read_projection(tmp_path / name) for name in ("training", "triplets"))
    assert [job.objective for job in jobs] == [task.objective, "simcse", "mnr"]
    assert jobs[0].earlier_projection is None
    assert distilled.shape == (dimension, 32)
    assert (jobs[1].earlier_projection == distilled).all()
    assert (jobs[2].earlier_projection == triplets).all()
    # what is learnt goes on, what only turns a wider teacher stays
    assert (triplets == distilled).all() == (dimension == 48)


def test_the_log_lies_beside_the_student(taught):
    assert read_training_log(taught.folder) == taught.log


def test_the_curves_have_a_value_for_every_step(taught):
    curves = loss_curves(taught.log.steps)
    assert {"loss", "distance", "retention"} <= set(curves)
    assert curves["loss"] == {step.step: step.loss for step in taught.log.steps}


def test_the_vocabulary_is_of_the_training_texts_and_retained_words_alone(taught):
    pieces = (taught.folder / "tokenizer.json").read_text(encoding="utf-8")
    for known in ("▁kitap", "▁привет"):
        assert known in pieces
    assert '"lar"' not in pieces


def test_the_same_course_gives_the_same_student_in_any_folder(taught, tiny_model_folder, tmp_path):
    again = teach(course(tiny_model_folder, corpus(), tmp_path), tmp_path, lambda *_: None)
    assert hash_model_folder(again.folder) == hash_model_folder(taught.folder)
    assert again.facts == taught.facts


def test_killed_at_its_adapters_the_student_itself_is_not_taught_again(tiny_model_folder, tmp_path):
    def work(name):
        (tmp_path / name).mkdir()
        return course(tiny_model_folder, corpus(), tmp_path / name), tmp_path / name

    kind = StudentKind(adapters={"bitext": "mnr"})
    task, folder = work("killed")
    task = replace(task, kind=kind)
    heard = []

    def stop_at_the_adapter(*said):
        heard.append(said[:2])
        if heard.count((1, 2)) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach(task, folder, stop_at_the_adapter)
    assert heard == [(1, 2), (2, 2), (2, 2), (1, 2)]  # the student, its weighing, the adapter
    heard.clear()
    resumed = teach(task, folder, lambda *said: heard.append(said[:2]))
    assert heard == [(2, 2), (1, 2), (2, 2), (2, 2)]
    calm, calm_folder = work("calm")
    undisturbed = teach(replace(calm, kind=kind), calm_folder, lambda *_: None)
    assert hash_model_folder(resumed.folder) == hash_model_folder(undisturbed.folder)
    assert not list(folder.rglob("checkpoint*"))


def test_a_corpus_without_training_pairs_is_refused(tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match="0 training pairs"):
        teach(course(tiny_model_folder, corpus(train=[]), tmp_path), tmp_path, lambda *_: None)


def test_retained_words_are_those_of_every_language_that_has_a_list():
    words = retained_words(["tuk_Latn", "rus_Cyrl"], 3)
    assert words["tuk_Latn"] == []
    assert words["rus_Cyrl"][::2] == frequent_words("rus_Cyrl", 3)
    assert words["rus_Cyrl"][1::2] == [word.capitalize() for word in words["rus_Cyrl"][::2]]


def test_a_job_holds_weights_shares_negatives_and_neighbours_in_the_order_of_the_lessons(
    tiny_model_folder, tmp_path
):
    wanted = {"hard_negatives": 2, "hard_negative_cosine": 1.0, "memory_vectors": 3}
    params = PARAMS.model_copy(update=wanted)
    task = course(tiny_model_folder, corpus(), tmp_path, params, neighbours=["су", "кітап"])
    job = training_job(task, tiny_model_folder, tmp_path / "targets")
    assert job.source_texts == [source for source, _ in SEEN]
    assert job.target_texts == [target for _, target in SEEN]
    assert sorted(job.neighbour_texts) == ["кітап", "су"]
    assert job.weights.tolist() == job.shares.tolist() == [1, 1, 1, 1]
    assert job.negative_rows.shape == (4, 2)
    assert job.focus_vectors is None
    encoder = load_encoder(str(tiny_model_folder))
    texts = (("teacher", job.target_texts), ("neighbour", job.neighbour_texts))
    for name, own in texts:
        expected = encoder.encode(own, language="rus_Cyrl")
        np.testing.assert_allclose(getattr(job, f"{name}_vectors"), expected, atol=1e-3)


def test_hard_negatives_that_would_change_nothing_are_not_mined_and_the_facts_say_why(
    tiny_model_folder, tmp_path
):
    wanted = PARAMS.model_copy(update={"hard_negatives": 2, "epochs": 1})
    taught = teach(course(tiny_model_folder, corpus(), tmp_path, wanted), tmp_path, silent)
    assert taught.facts["hard_negatives"].startswith("not mined: every step has all targets")


def test_the_focus_languages_own_words_are_kept_as_pieces_and_free_to_move(
    tiny_model_folder, tmp_path
):
    task = course(tiny_model_folder, corpus(), tmp_path)
    words = {**task.retained_words, "tuk_Latn": ("suw", "kitap")}
    job = training_job(replace(task, retained_words=words), tiny_model_folder, tmp_path / "targets")
    held = {text for group in job.retained_texts for text in group}
    assert "привет" in held
    assert held.isdisjoint(words["tuk_Latn"])


def test_a_course_of_another_kind_has_other_layers_and_is_trained_by_lora(
    tiny_model_folder, tmp_path
):
    kind = StudentKind(layers=1, lora_rank=2)
    task = replace(course(tiny_model_folder, corpus(), tmp_path), kind=kind)
    taught = teach(task, tmp_path, lambda *_: None)
    model = SentenceTransformer(str(taught.folder))
    assert taught.facts["layer_count"] == model.transformers_model.config.num_hidden_layers == 1
    # six linear layers with two matrices of rank 2 each
    assert taught.log.trained_parameter_count == 2 * (4 * 64 + 2 * 96)
    assert not (taught.folder / LORA_FOLDER).exists()


def test_the_facts_tell_how_development_texts_and_samples_are_cut(tiny_model_folder, tmp_path):
    samples = {"rus_Cyrl": ["привет", "lar"]}
    task = replace(course(tiny_model_folder, corpus(), tmp_path), samples=samples)
    facts = teach(task, tmp_path, lambda *_: None).facts
    assert facts["rus_Cyrl_sample_text_count"] == 2
    assert facts["rus_Cyrl_unchanged_text_fraction"] == 0.5
