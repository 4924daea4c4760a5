"""A step in parts: where memory runs out, and shared among processes."""

import dataclasses

import numpy as np
import pytest
import torch

from pipeline.distillation.objectives.weighing import Weighed
from pipeline.distillation.students.student import Student
from pipeline.distillation.training import step_gradient
from pipeline.distillation.training.batch_encoding import BatchEncoder, Engine
from pipeline.distillation.training.flat_texts import FlatTexts
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.peers import Peers
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams

SOURCES = [f"{a} {b}" for a in ("salam", "kitap") for b in "äöüýňş"]
TARGETS = [f"{a} {b}" for a in ("привет", "книга") for b in "абвгде"]
PARAMS = DistillationParams(epochs=2, batch_pairs=6, learning_rate=1e-3, max_tokens=16)


@pytest.fixture(scope="module")
def job(tiny_model_folder):
    teacher = load_encoder(str(tiny_model_folder)).encode(TARGETS, language="rus")
    return TrainingJob(tiny_model_folder, SOURCES, TARGETS, teacher, PARAMS)


@pytest.fixture(scope="module")
def undisturbed(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder / "student", train(job, folder / "student", folder / "c.pt")


def weights(folder):
    return load_encoder(str(folder)).encode(SOURCES, language="tuk")


def short_of_memory(monkeypatch, most_texts, error):
    """A machine on which more texts than these do not fit into memory at once."""
    embed = BatchEncoder.embed

    def fail(encoder, texts):
        if len(texts) > most_texts:
            raise error
        return embed(encoder, texts)

    monkeypatch.setattr(BatchEncoder, "embed", fail)


def pretend_others(monkeypatch, everything):
    """Other processes that bring what is missing of all vectors, and lack nothing."""

    def all_reduce(numbers, operation=None):
        if operation is None:
            numbers.copy_(everything)

    monkeypatch.setattr("pipeline.distillation.training.peers.distributed.all_reduce", all_reduce)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
    ids=["GPU", "CPU"],
)
def test_a_lack_of_memory_halves_the_batch_and_keeps_the_losses(
    job, undisturbed, tmp_path, monkeypatch, error
):
    short_of_memory(monkeypatch, 3, error)
    log = train(job, tmp_path / "student", tmp_path / "c.pt")
    assert log.memory_halving_count == 2
    ours, theirs = ([step.loss for step in one.steps] for one in (log, undisturbed[1]))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    np.testing.assert_allclose(weights(tmp_path / "student"), weights(undisturbed[0]), atol=1e-4)


def test_texts_that_never_fit_are_refused(job, tmp_path, monkeypatch):
    short_of_memory(monkeypatch, 0, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(InputError, match="lower max_tokens"):
        train(job, tmp_path / "student", tmp_path / "c.pt")


def test_another_error_is_not_taken_for_a_lack_of_memory(job, tmp_path, monkeypatch):
    short_of_memory(monkeypatch, 0, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        train(job, tmp_path / "student", tmp_path / "c.pt")


@pytest.mark.parametrize("part_count", [1, 2, 3, 8, 50])
def test_parts_hold_every_text_once_in_order_and_about_as_many_tokens(part_count):
    lengths = np.arange(20, 0, -1)
    parts = step_gradient._cut(FlatTexts.of([[n] * n for n in lengths]), part_count)
    assert np.concatenate([part.lengths for part in parts]).tolist() == lengths.tolist()
    assert part_count - 1 <= len(parts) <= part_count if part_count < 20 else len(parts) == 20
    if part_count <= 3:
        assert max(len(part.token_ids) for part in parts) <= 210 / part_count + 20


def test_the_gradients_of_all_processes_add_up_to_those_of_one(monkeypatch):
    """Each process sees the others' vectors as numbers, and its own with gradients."""
    torch.manual_seed(0)
    texts, weight = torch.randn(7, 4), torch.randn(4, 3, requires_grad=True)

    def loss_of(vectors):
        return (vectors @ vectors.T).square().sum()

    loss_of(texts @ weight).backward()
    expected, total = weight.grad, torch.zeros(4, 3)
    everything = (texts @ weight).detach()
    pretend_others(monkeypatch, everything)
    for rank in range(3):
        weight.grad = None
        peers = Peers(rank, 3)
        own = texts[peers.share(np.arange(7))] @ weight
        loss_of(peers.gather(own, 7)).backward()
        total += weight.grad
    assert torch.allclose(total, expected, atol=1e-4)


@pytest.mark.parametrize("part_count", [1, 2])
def test_a_process_without_a_text_adds_zeros_to_the_gradients_of_the_others(
    job, monkeypatch, part_count
):
    student = Student.in_training(job.start_folder, job.params)
    encoder = BatchEncoder(student.model, Engine())
    texts = FlatTexts.of(student.tokenise(SOURCES[:2], 16))
    everything = encoder.embed(texts.take(np.argsort(-texts.lengths, kind="stable"))).detach()
    pretend_others(monkeypatch, everything)
    gradients, losses = [], []
    for rank in range(3):
        student.model.zero_grad()
        step = step_gradient.StepGradient(encoder, Peers(rank, 3))
        step.part_count = part_count
        weighed = step.add(texts, lambda vectors: Weighed((vectors @ vectors.T).sum(), {}), list)
        losses.append(float(weighed.loss))
        gradients.append({name: one.grad for name, one in student.trained_parameters.items()})
    assert losses[0] == losses[1] == losses[2]
    learning = [name for name, gradient in gradients[0].items() if gradient is not None]
    assert learning == [name for name, gradient in gradients[2].items() if gradient is not None]
    assert all(gradients[0][name].any() for name in learning[-2:])
    assert not any(gradients[2][name].any() for name in learning)


def test_one_process_gathers_nothing_and_adds_nothing():
    alone, vectors = Peers(), torch.ones(2, 2)
    assert alone.gather(vectors, 2) is vectors
    assert alone.share(np.arange(3)).tolist() == [0, 1, 2]
    alone.add_gradients([])
    assert alone.is_first


def test_weights_count_as_repeated_pairs(job, tmp_path):
    heavy = dataclasses.replace(job, weights=np.where(np.arange(12) < 6, 1.0, 1e-6))
    light = dataclasses.replace(job, weights=np.where(np.arange(12) < 6, 1e-6, 1.0))
    ends = []
    for number, weighed in enumerate((heavy, light)):
        params = PARAMS.model_copy(update={"epochs": 8, "batch_pairs": 12})
        one = dataclasses.replace(weighed, params=params, objective="mse")
        train(one, tmp_path / str(number), tmp_path / "c.pt")
        ends.append((weights(tmp_path / str(number)) * job.teacher_vectors).sum(axis=1))
    assert ends[0][:6].mean() > ends[1][:6].mean()
    assert ends[1][6:].mean() > ends[0][6:].mean()
