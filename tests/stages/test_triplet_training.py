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


def simcse_loss(sources, teacher=None):
    """The loss of six triplets of random vectors whose anchors are these texts."""
    targets = (units(4) if teacher is None else teacher).numpy()
    loss = StepLoss(Teaching(targets, sources), "simcse", PARAMS, 8)
    vectors = StudentVectors(np.arange(6), units(1), units(2), targets, units(3))
    return float(loss(0, vectors).terms["simcse"])


def expected_loss(never_negative=()):
    """The same by its definition; pairs (i, j) of rows that are no negatives of each other."""
    anchors, positives, negatives = units(1), units(2), units(3)
    onward = anchors @ torch.cat([positives, negatives]).T / 0.05
    back = positives @ anchors.T / 0.05
    for i, j in never_negative:
        for logits in (onward, back):
            logits[i, j] = logits[j, i] = float("-inf")
    own = torch.arange(6)
    losses = [functional.cross_entropy(logits, own) for logits in (onward, back)]
    return pytest.approx(float(sum(losses) / 2), abs=1e-5)


def test_the_loss_of_triplets_is_supervised_simcse_made_symmetric():
    assert simcse_loss(SOURCES) == expected_loss()


def test_a_positive_that_the_teacher_takes_for_anothers_is_no_negative():
    same = units(4)
    same[1] = same[0]
    assert simcse_loss(SOURCES, same) == expected_loss([(0, 1)])


def test_positives_of_one_anchor_are_no_negatives_and_its_hard_negatives_stay():
    sources = [*SOURCES[:4], SOURCES[0], SOURCES[0]]
    assert simcse_loss(sources) == expected_loss([(0, 4), (0, 5), (4, 5)])
    assert simcse_loss(sources) != pytest.approx(simcse_loss(SOURCES), abs=1e-3)


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
