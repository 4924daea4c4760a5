"""The objectives as the trainer uses them, on a model of two layers."""

import dataclasses

import numpy as np
import pytest
import torch

from pipeline.distillation.training.batch_encoding import BatchEncoder
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams

SOURCES = [f"{a} {b}" for a in ("salam", "kitap", "suw") for b in "äöüý"]
TARGETS = [f"{a} {b}" for a in ("привет", "книга", "вода") for b in "абвг"]
PARAMS = DistillationParams(epochs=4, batch_pairs=6, learning_rate=1e-3, max_tokens=16)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def job(tiny_model_folder):
    teacher = load_encoder(str(tiny_model_folder)).encode(TARGETS, language="rus")
    return TrainingJob(tiny_model_folder, SOURCES, TARGETS, teacher, PARAMS)


def with_params(job, objective="mse+mnr", **params):
    return dataclasses.replace(job, params=PARAMS.model_copy(update=params), objective=objective)


def widened(vectors, dimension):
    """The same cosines in another number of dimensions."""
    rng = np.random.default_rng(1)
    plane = np.linalg.qr(rng.normal(size=(max(vectors.shape[1], dimension),) * 2))[0]
    return (vectors @ plane[: vectors.shape[1], :dimension]).astype(np.float32)


@pytest.mark.parametrize(
    ("objective", "params"),
    [
        ("cosine", {}),
        ("kl", {}),
        ("mse+mnr", {"ranking_negatives": "batch"}),
        ("mse+mnr+kl", {"memory_vectors": 4, "memory_steps": 3}),
        ("mse+mnr+kl", {"matryoshka_dimensions": "4,8"}),
    ],
)
def test_every_objective_brings_the_focus_side_nearer(job, tmp_path, objective, params):
    log = train(with_params(job, objective, **params), tmp_path / "student", tmp_path / "c.pt")
    assert log.steps[-1].terms["distance"] < log.steps[0].terms["distance"]
    assert set(objective.split("+")) < set(log.steps[0].terms)


@pytest.mark.parametrize("dimension", [12, 48])
def test_a_teacher_of_another_dimension_teaches_and_leaves_no_trace_in_the_student(
    job, tmp_path, dimension
):
    """A narrow one is learnt through a map that is dropped, a wide one is cut."""
    vectors = widened(job.teacher_vectors, dimension)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    taught = dataclasses.replace(job, teacher_vectors=vectors)
    log = train(taught, tmp_path / "student", tmp_path / "c.pt")
    assert log.steps[-1].terms["distance"] < log.steps[0].terms["distance"]
    student = load_encoder(str(tmp_path / "student")).encode(["salam"], language="tuk")
    assert student.shape == (1, job.teacher_vectors.shape[1])


def test_a_map_that_is_learnt_survives_a_kill(job, tmp_path):
    narrow = dataclasses.replace(
        job, teacher_vectors=widened(job.teacher_vectors, 12), checkpoint_steps=2
    )

    def kill(done, _total, _message):
        if done == 5:
            raise KeyboardInterrupt

    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    train(narrow, whole, tmp_path / "c.pt")
    with pytest.raises(KeyboardInterrupt):
        train(narrow, resumed, tmp_path / "killed.pt", kill)
    train(narrow, resumed, tmp_path / "killed.pt")
    assert hash_model_folder(whole) == hash_model_folder(resumed)


def test_a_space_that_collapses_stops_the_training(job, tmp_path, monkeypatch):
    embed = BatchEncoder.embed

    def one_vector_for_all(encoder, texts):
        vectors = embed(encoder, texts)
        return vectors[:1].expand(len(vectors), -1)

    monkeypatch.setattr(BatchEncoder, "embed", one_vector_for_all)
    with pytest.raises(InputError, match="space collapsed"):
        train(job, tmp_path / "student", tmp_path / "c.pt")


def test_prefixes_that_the_student_lacks_are_refused_before_training(job, tmp_path):
    with pytest.raises(InputError, match="between 1 and 32"):
        train(with_params(job, matryoshka_dimensions="64"), tmp_path / "student", tmp_path / "c.pt")
