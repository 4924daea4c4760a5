import shutil

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.distillation import task_adapters
from pipeline.distillation.students.student import Student
from pipeline.distillation.task_adapters import (
    ADAPTERS_FOLDER,
    adapter_params,
    adapters_of,
    merge_task_adapter,
    train_adapters,
)
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.student_kind import StudentKind

SOURCES = [f"{a} {b}" for a in ("salam", "kitap", "okadym") for b in "äöü"]
TARGETS = [f"{a} {b}" for a in ("привет", "книга", "читал") for b in "абв"]
PARAMS = DistillationParams(epochs=2, batch_pairs=5, max_tokens=16, retention_floor=0.0)


@pytest.fixture(scope="module")
def jobs():
    """What the trainer was asked to do, in order, each with the hash of where it began."""
    return []


@pytest.fixture(scope="module")
def student(tiny_model_folder, tmp_path_factory, jobs):
    """A student with two adapters, trained in this process, and what it was before."""

    def train_here(job, folder, progress, run):
        del run
        jobs.append((job, hash_model_folder(job.start_folder)))
        return train(job, folder / "student", folder / "checkpoint.pt", progress)

    folder = tmp_path_factory.mktemp("adapters")
    teacher = load_encoder(str(tiny_model_folder)).encode(TARGETS, language="rus")
    job = TrainingJob(tiny_model_folder, SOURCES, TARGETS, teacher, PARAMS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a model this small gains nothing by more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_adapters, "train_in_process", train_here)
        train(job, folder / "student", folder / "checkpoint.pt")
        before = hash_model_folder(folder / "student")
        kind = StudentKind(adapters={"bitext": "mnr", "similarity": "mse"}, adapter_share=0.4)
        run = None  # the stand-in starts no process
        logs = train_adapters(job, folder / "student", kind, folder, lambda *_: None, run)
    torch.set_num_threads(threads)
    return folder / "student", before, logs


def test_every_task_has_an_adapter_that_was_trained_by_its_objective(student, jobs):
    folder, _, logs = student
    assert {path.name for path in (folder / ADAPTERS_FOLDER).iterdir()} == {"bitext", "similarity"}
    assert [job.objective for job, _ in jobs] == ["mnr", "mse"]
    assert logs.keys() == {"bitext", "similarity"}


def test_every_adapter_begins_at_the_student_without_the_others(student, jobs):
    """So that after a kill those that were trained are known again."""
    assert [begin for _, begin in jobs] == [student[1]] * 2


def test_an_epoch_of_an_adapter_shows_its_share_of_the_lessons(student, jobs):
    # nine pairs in steps of five are two steps an epoch; of .4 of them three or four pairs are left
    assert [sum(job.shares) for job, _ in jobs] == pytest.approx([0.4 * 9] * 2)
    assert {task: len(log.steps) for task, log in student[2].items()} == {
        "bitext": 2,
        "similarity": 2,
    }


def test_adapters_begin_at_the_student_and_are_held_against_it(student, jobs):
    folder = student[0]
    places = {(job.start_folder, job.reference_folder) for job, _ in jobs}
    assert places == {(folder, folder)}


def test_without_an_adapter_the_student_is_what_it_was(student, tmp_path):
    folder, before, _ = student
    bare = shutil.copytree(
        folder, tmp_path / "bare", ignore=shutil.ignore_patterns(ADAPTERS_FOLDER)
    )
    assert hash_model_folder(bare) == before


def test_an_adapter_is_put_on_and_taken_off(student):
    folder = student[0]
    model = SentenceTransformer(str(folder))
    plain = model.encode(SOURCES, prompt_name="query")
    model.load_adapter(str(folder / ADAPTERS_FOLDER / "bitext"), adapter_name="bitext")
    adapted = model.encode(SOURCES, prompt_name="query")
    assert np.abs(adapted - plain).max() > 1e-4
    trained = Student(folder.parent / "bitext" / "student")
    expected = trained.encode(trained.tokenise(SOURCES, 16))
    assert np.abs(adapted - expected).max() < 1e-5
    model.disable_adapters()
    assert np.abs(model.encode(SOURCES, prompt_name="query") - plain).max() < 1e-6


def test_a_merged_adapter_gives_the_vectors_of_the_student_with_it_on(student, tmp_path):
    folder = student[0]
    merge_task_adapter(folder, "bitext", tmp_path / "merged")
    model = SentenceTransformer(str(folder))
    model.load_adapter(str(folder / ADAPTERS_FOLDER / "bitext"), adapter_name="bitext")
    expected = model.encode(SOURCES, prompt_name="query", normalize_embeddings=True)
    merged = load_encoder(str(tmp_path / "merged")).encode(SOURCES, language="tuk")
    assert np.abs(merged - expected).max() < 1e-5
    assert adapters_of(tmp_path / "merged") == []


def test_the_command_merges_an_adapter_into_a_new_folder(student, tmp_path):
    call = ["merge-adapter", str(student[0]), "similarity", str(tmp_path / "merged")]
    said = CliRunner().invoke(app, call, catch_exceptions=False)
    assert said.exit_code == 0
    assert (tmp_path / "merged" / "modules.json").is_file()
    with pytest.raises(InputError, match="is there already"):
        CliRunner().invoke(app, call, catch_exceptions=False)


def test_an_adapter_that_is_not_there_is_told_with_those_that_are(student, tmp_path):
    with pytest.raises(InputError, match="no adapter 'poetry', but bitext, similarity"):
        merge_task_adapter(student[0], "poetry", tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_an_adapter_has_a_rank_and_a_learning_rate_of_its_own():
    assert adapter_params(PARAMS).lora_rank > 0
    assert adapter_params(PARAMS.model_copy(update={"lora_rank": 3})).lora_rank == 3
    assert adapter_params(PARAMS).learning_rate == PARAMS.lora_learning_rate
