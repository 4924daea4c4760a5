"""Several processes that train together: how a failure of one of them reaches whoever waits."""

import dataclasses
import sys

import psutil
import pytest

from pipeline.child_process import run_child
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.process import train_in_process
from pipeline.encoders import load_encoder
from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import DistillationParams
from pipeline.progress import silent
from pipeline.training.folder import TrainingFolder
from pipeline.training.process import by_torchrun, run_to_end

PARAMS = DistillationParams(epochs=4, batch_pairs=4, max_tokens=16)

# A trainer without a model: the second process does what is asked, the first trains on for ever.
TRAINER = """
import os, signal, sys, time
from pathlib import Path
from pipeline.child_process import end_with_parent
from pipeline.errors import InputError
from pipeline.training.folder import TrainingFolder
from pipeline.training.process import watched

def work(_watches):
    if os.environ["RANK"] == "0":
        time.sleep(600)
    WORK

end_with_parent()
files = TrainingFolder(Path(sys.argv[1]))
sys.exit(watched(files, files.tracking, work))
"""

# The real trainer; of two processes the second runs out of memory where STAGE of its step says.
SHORT_OF_MEMORY = """
import os, sys
from pathlib import Path
import torch
from pipeline.child_process import end_with_parent
from pipeline.distillation.training import step_gradient
from pipeline.distillation.training.batch_encoding import BatchEncoder
from pipeline.distillation.training.running import run_job
from pipeline.progress import silent

class ShortOfMemory(torch.autograd.Function):
    @staticmethod
    def forward(context, vectors):
        return vectors.clone()

    @staticmethod
    def backward(context, gradient):
        raise torch.OutOfMemoryError("CUDA out of memory")

def embed(encoder, texts):
    vectors = whole(encoder, texts)
    if os.environ["RANK"] == "1" and len(texts) > 1:
        if "STAGE" == "forward":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return ShortOfMemory.apply(vectors)
    return vectors

end_with_parent()
whole, BatchEncoder.embed = BatchEncoder.embed, embed
sys.exit(run_job(Path(sys.argv[1]), silent))
"""


@pytest.fixture
def run_with(tmp_path, monkeypatch):
    """Run two trainers of which the second does this, to their end."""
    monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", "2")

    def run_trainers(files, progress):
        command = by_torchrun([sys.executable, "-c", trainer, str(files.folder)])
        return run_child(command, files.errors, progress)

    def run(work):
        nonlocal trainer
        trainer = TRAINER.replace("WORK", work)
        run_to_end(run_trainers, TrainingFolder(tmp_path), silent)

    trainer = ""
    return run


def test_the_sentence_of_one_of_several_processes_is_all_that_is_told(run_with, tmp_path):
    (tmp_path / "failure.txt").write_text("of an earlier try")
    with pytest.raises(InputError) as failure:
        run_with("raise InputError('lower learning_rate')")
    assert str(failure.value) == "lower learning_rate"


def test_a_signal_to_one_of_several_processes_is_worth_a_retry(run_with, tmp_path):
    (tmp_path / "failure.txt").write_text("of an earlier try")
    with pytest.raises(SourceUnavailable, match="signal 9") as failure:
        run_with("os.kill(os.getpid(), signal.SIGKILL)")
    assert "earlier" not in str(failure.value)


def test_a_fault_of_one_of_several_processes_is_told_with_its_place(run_with):
    with pytest.raises(InputError, match="the trainer failed") as failure:
        run_with("1 / 0")
    assert str(failure.value).endswith("ZeroDivisionError: division by zero")


@pytest.fixture
def job(tiny_model_folder):
    texts = [f"salam {letter}" for letter in "abcdefgh"]
    vectors = load_encoder(str(tiny_model_folder)).encode(texts, language="tuk")
    return TrainingJob(
        tiny_model_folder, texts, texts, vectors, PARAMS, checkpoint_steps=2, checkpoint_seconds=0
    )


@pytest.mark.slow
def test_a_divergence_in_several_processes_ends_with_its_advice(job, tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", "2")
    steep = PARAMS.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(InputError, match=r"^training diverged.*lower learning_rate"):
        train_in_process(dataclasses.replace(job, params=steep), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["forward", "backward"])
def test_when_one_of_two_processes_lacks_memory_both_take_the_step_in_parts(
    job, tmp_path, monkeypatch, stage
):
    trainer = SHORT_OF_MEMORY.replace("STAGE", stage)

    def run_trainers(files, progress):
        command = by_torchrun([sys.executable, "-c", trainer, str(files.folder)])
        return run_child(command, files.errors, progress)

    undisturbed = train_in_process(job, tmp_path / "undisturbed")
    monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", "2")
    log = train_in_process(job, tmp_path / "short", run=run_trainers)
    assert log.memory_halving_count == 1
    assert [step.loss for step in log.steps] == pytest.approx(
        [step.loss for step in undisturbed.steps], rel=1e-4
    )


@pytest.mark.slow
def test_one_of_two_processes_is_killed_and_another_try_resumes(job, tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", "2")

    def kill_the_second_at_five(done, _total, _message):
        if done == 5:
            for child in psutil.Process().children(recursive=True):
                if child.environ().get("RANK") == "1":
                    child.kill()

    with pytest.raises(SourceUnavailable, match="signal 9"):
        train_in_process(job, tmp_path, kill_the_second_at_five)
    heard = []
    log = train_in_process(job, tmp_path, lambda done, _total, _message: heard.append(done))
    assert heard[0] > 4
    assert len(log.steps) == 8
    monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", "1")
    undisturbed = train_in_process(job, tmp_path / "undisturbed")
    assert [step.loss for step in log.steps] == pytest.approx(
        [step.loss for step in undisturbed.steps], rel=1e-4
    )
