"""The trainer killed at random moments, and shared among processes; real ones, a small model."""

import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import JobFolder, write_job
from pipeline.distillation.training.log import read_log
from pipeline.distillation.training.process import train_in_process
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.parameters import DistillationParams
from pipeline.training.telemetry import read_telemetry

KILLS = 20
PARAMS = DistillationParams(epochs=12, batch_pairs=4, max_tokens=16, learning_rate=1e-3)

# Has torch imported once; trains each folder that it is told of in a copy of itself.
SERVER = """
import os, sys
from pathlib import Path
import torch
from pipeline.distillation.training import trainer
from pipeline.distillation.training.running import run_job
torch.set_num_threads(1)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        os._exit(run_job(Path(line.strip()), lambda *_: None))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Trainers:
    """Starts trainers at once, without the seconds that an import takes."""

    def __init__(self, server):
        self._server = server
        assert self._say() == "ready"

    def _say(self):
        return self._server.stdout.readline().strip()

    def train(self, folder, killed_after=None):
        """Exit code of a trainer, negative for a signal, and how long it ran."""
        self._server.stdin.write(f"{folder}\n")
        self._server.stdin.flush()
        child, begin = int(self._say()), time.monotonic()
        if killed_after is not None:
            time.sleep(killed_after)
            with contextlib.suppress(ProcessLookupError):  # it was faster
                os.kill(child, signal.SIGKILL)
        return int(self._say()), time.monotonic() - begin


@pytest.fixture(scope="module")
def job(tiny_model_folder):
    sources = [f"{a} {b}" for a in ("salam", "kitap", "suw", "okadym") for b in "äöüýňş"]
    targets = [f"{a} {b}" for a in ("привет", "книга", "вода", "читал") for b in "абвгде"]
    teacher = load_encoder(str(tiny_model_folder)).encode(targets, language="rus")
    return TrainingJob(
        tiny_model_folder,
        sources,
        targets,
        teacher,
        PARAMS,
        retained_texts=[targets],
        checkpoint_steps=3,
        checkpoint_seconds=0,
        neighbour_texts=sources[:5],
        neighbour_vectors=teacher[:5],
    )


@pytest.fixture
def trainers():
    command = [sys.executable, "-c", SERVER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as server:
        yield Trainers(server)
        server.kill()


@pytest.mark.slow
def test_killed_twenty_times_the_student_and_its_log_are_those_of_an_undisturbed_run(
    job, tmp_path, trainers
):
    def folder(name):
        (tmp_path / name).mkdir()
        write_job(job, JobFolder(tmp_path / name))
        return JobFolder(tmp_path / name)

    calm = folder("calm")
    exit_code, seconds = trainers.train(calm.folder)
    assert exit_code == 0
    chance, killed, rounds = random.Random(13), 0, 0  # noqa: S311 - not for secrets
    while killed < KILLS:
        rounds += 1
        files, exit_code = folder(f"round {rounds}"), -signal.SIGKILL
        while exit_code:
            moment = chance.uniform(0, seconds) if killed < KILLS else None
            exit_code, _ = trainers.train(files.folder, killed_after=moment)
            assert exit_code in {0, -signal.SIGKILL}
            killed += exit_code != 0
        assert hash_model_folder(files.student) == hash_model_folder(calm.student)
        assert read_log(files.log) == read_log(calm.log)
        told = [one.step for one in read_telemetry(files.telemetry)]
        assert told == list(read_log(calm.log).steps)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "changes"),
    [(2, {}), (4, {"batch_pairs": 2, "neighbour_fraction": 0.0})],
    ids=["two share every step", "the fourth has no text"],
)
def test_several_processes_train_the_student_of_one(job, tmp_path, monkeypatch, count, changes):
    short = dataclasses.replace(job, params=PARAMS.model_copy(update={"epochs": 2, **changes}))
    logs, vectors = [], []
    for processes in (1, count):
        monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", str(processes))
        logs.append(train_in_process(short, tmp_path / str(processes)))
        student = load_encoder(str(tmp_path / str(processes) / "student"))
        vectors.append(student.encode(job.source_texts, language="tuk"))
    losses = [[step.loss for step in log.steps] for log in logs]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-4)
