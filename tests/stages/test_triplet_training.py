"""Students that learn triplets: what a step sees, what its loss is, and that it is learnt."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from pipeline.distillation.objectives.candidates import Teaching
from pipeline.distillation.objectives.step_loss import StepLoss, StudentVectors
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import JobFolder, read_job, write_job
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams, objective_terms

PARAMS = DistillationParams(balance=1.0, retention_floor=0.0, epochs=30, learning_rate=3e-3)
SOURCES = ["salam dost", "kitap okadym", "gar ýagdy", "suw içdim", "çaga oýnaýar", "düýe gitdi"]
POSITIVES = ["привет", "книга", "снег", "вода", "ребенок", "верблюд"]
NEGATIVES = ["пока", "газета", "дождь", "хлеб", "старик", "лошадь"]


def units(seed, count=6, dimension=8):
    rows = torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))
    return functional.normalize(rows, dim=1)


def job(folder, **changes):
    encoder = load_encoder(str(folder))
    vectors = encoder.encode(POSITIVES, language="rus_Cyrl")
    facts = {
        "start_folder": folder,
        "source_texts": SOURCES,
        "target_texts": POSITIVES,
        "negative_texts": NEGATIVES,
        "teacher_vectors": vectors,
        "params": PARAMS,
        "objective": "simcse",
    }
    return TrainingJob(**facts | changes)


def test_the_loss_of_triplets_is_that_of_supervised_simcse():
    anchors, positives, negatives = units(1), units(2), units(3)
    teaching = Teaching(units(4).numpy(), SOURCES)
    loss = StepLoss(teaching, "simcse", PARAMS, 8)
    retained_targets = units(4).numpy()
    vectors = StudentVectors(np.arange(6), anchors, positives, retained_targets, negatives)
    found = loss(0, vectors).terms["simcse"]
    logits = anchors @ torch.cat([positives, negatives]).T / 0.05
    onward = functional.cross_entropy(logits, torch.arange(6))
    back = functional.cross_entropy(positives @ anchors.T / 0.05, torch.arange(6))
    assert found == pytest.approx(float((onward + back) / 2), abs=1e-5)


def test_a_positive_that_the_teacher_takes_for_anothers_is_no_negative():
    same = units(4)
    same[1] = same[0]
    loss = StepLoss(Teaching(same.numpy(), SOURCES), "simcse", PARAMS, 8)
    anchors, positives, negatives = units(1), units(2), units(3)
    vectors = StudentVectors(np.arange(6), anchors, positives, same.numpy(), negatives)
    found = float(loss(0, vectors).terms["simcse"])
    plain = StepLoss(Teaching(units(4).numpy(), SOURCES), "simcse", PARAMS, 8)
    assert found < float(plain(0, vectors).terms["simcse"])


def test_a_student_learns_to_tell_positives_from_negatives(tiny_model_folder, tmp_path):
    log = train(job(tiny_model_folder), tmp_path / "student", tmp_path / "checkpoint.pt")
    student, start = (load_encoder(str(one)) for one in (tmp_path / "student", tiny_model_folder))

    def right(encoder):
        anchors, positives, negatives = (
            encoder.encode(texts, language=code)
            for texts, code in (
                (SOURCES, "tuk_Latn"),
                (POSITIVES, "rus_Cyrl"),
                (NEGATIVES, "rus_Cyrl"),
            )
        )
        gaps = ((positives - negatives) * anchors).sum(axis=1)
        return int((gaps > 0).sum())

    assert log.steps[-1].loss < log.steps[0].loss / 2
    assert right(start) < 6
    assert right(student) == 6


def test_a_job_of_triplets_survives_its_folder(tiny_model_folder, tmp_path):
    files = JobFolder(tmp_path)
    write_job(job(tiny_model_folder), files)
    assert list(read_job(files).negative_texts) == NEGATIVES


@pytest.mark.parametrize(
    "changes",
    [{"negative_texts": ()}, {"objective": "mse"}, {"negative_texts": NEGATIVES[:3]}],
)
def test_a_job_whose_negatives_do_not_fit_is_refused(tiny_model_folder, changes):
    with pytest.raises(InputError, match="negative"):
        job(tiny_model_folder, **changes)


def test_triplets_are_an_objective_of_their_own():
    assert objective_terms("simcse") == ("simcse",)
    with pytest.raises(ValueError, match="simcse alone"):
        objective_terms("mse+simcse")
