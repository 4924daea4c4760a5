import json

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from pipeline.distillation.students.lora import merge_adapter
from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.distillation.students.student import Student
from pipeline.encoders.folders import hash_model_folder
from pipeline.parameters import DistillationParams
from tests.stages.hub_layouts import LAYOUTS, write_hub_model

TEXTS = ["salam", "kitap okadym", "я читал"]
PARAMS = DistillationParams(lora_rank=2, lora_alpha=4)


def trained(folder):
    """A student whose adapter has been moved from where it started."""
    student = Student.in_training(folder, PARAMS)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in student.trained_parameters.values():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return student


def vectors(student):
    return student.encode(student.tokenise(TEXTS, 16))


@pytest.fixture(scope="module", params=["e5", *LAYOUTS])
def base(request, tiny_model_folder, tmp_path_factory):
    """A model to put adapters on, of every layout that recipes name."""
    if request.param == "e5":
        return tiny_model_folder
    return write_hub_model(tmp_path_factory.mktemp("hub") / "model", LAYOUTS[request.param])


@pytest.fixture(scope="module")
def saved(base, tmp_path_factory):
    """A trained student, and the folder it was saved in."""
    folder = tmp_path_factory.mktemp("lora") / "student"
    student = trained(base)
    student.save(folder)
    return student, folder


def test_an_untrained_adapter_changes_no_vector(base):
    adapted = Student.in_training(base, PARAMS)
    assert np.abs(vectors(adapted) - vectors(Student(base))).max() < 1e-6


def test_only_the_adapter_is_trained(base):
    student = Student.in_training(base, PARAMS)
    assert all("lora_" in name for name in student.trained_parameters)
    student.embed(student.tokenise(TEXTS, 16)).sum().backward()
    frozen = [p for name, p in student.model.named_parameters() if "lora_" not in name]
    assert all(parameter.grad is None for parameter in frozen)


def test_an_adapter_stands_beside_every_linear_layer(tiny_model_folder):
    student = Student.in_training(tiny_model_folder, PARAMS)
    # two layers of four square matrices and two between 32 and 64 dimensions
    assert sum(p.numel() for p in student.trained_parameters.values()) == 2 * 2 * (4 * 64 + 2 * 96)


def test_all_weights_but_word_embeddings_are_trained_without_a_rank(base):
    whole = Student.in_training(base, DistillationParams())
    assert whole.trained_parameters.keys() == Student(base).trained_parameters.keys()


def test_the_saved_student_is_a_plain_model_with_the_adapter_inside(saved, base):
    student, folder = saved
    again = Student(folder)
    assert not [name for name, _ in again.model.named_parameters() if "lora" in name]
    assert np.abs(vectors(again) - vectors(student)).max() < 1e-5
    assert np.abs(vectors(again) - vectors(Student(base))).max() > 1e-3


def test_saving_leaves_the_student_in_training_as_it_was(base, tmp_path):
    student = trained(base)
    before = vectors(student)
    student.save(tmp_path / "student")
    assert (vectors(student) == before).all()
    assert all("lora_" in name for name in student.trained_parameters)


def test_the_adapter_can_be_put_on_the_model_it_was_trained_on(saved, base):
    student, folder = saved
    model = SentenceTransformer(str(base))
    model.load_adapter(str(folder / LORA_FOLDER))
    found = model.encode(TEXTS, prompt_name="query", normalize_embeddings=True)
    assert np.abs(found - vectors(student)).max() < 1e-5


def test_an_adapter_merged_later_gives_the_same_model(saved, base, tmp_path):
    student, folder = saved
    merge_adapter(base, folder / LORA_FOLDER, tmp_path / "merged")
    assert np.abs(vectors(Student(tmp_path / "merged")) - vectors(student)).max() < 1e-5


def test_the_same_seed_saves_the_same_bytes_and_names_no_path(saved, base, tmp_path):
    folder = saved[1]
    trained(base).save(tmp_path / "student")
    assert hash_model_folder(tmp_path / "student") == hash_model_folder(folder)
    config = (folder / LORA_FOLDER / "adapter_config.json").read_text()
    assert str(base) not in config
    assert json.loads(config)["r"] == 2
