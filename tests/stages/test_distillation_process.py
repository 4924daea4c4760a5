import dataclasses
import subprocess
import sys

import psutil
import pytest

from pipeline.distillation.training import process
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import JobFolder, write_job
from pipeline.distillation.training.log import TrainingLog
from pipeline.distillation.training.process import train_in_process
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import DistillationParams
from pipeline.training.folder import write_log

PARAMS = DistillationParams(epochs=8, batch_pairs=4, max_tokens=16)

# Starts a trainer as `train_in_process` does, says its number, and waits for ever.
PARENT = """
import subprocess, sys, time
command = [sys.executable, "-m", "pipeline.distillation", sys.argv[1]]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(600)
"""
SAY = "import json, sys; say = lambda n: print(json.dumps(dict(done=n, total=3, message='m')));"


@pytest.fixture
def job(tiny_model_folder):
    texts = [f"salam {letter}" for letter in "abcdefgh"]
    vectors = load_encoder(str(tiny_model_folder)).encode(texts, language="tuk")
    return TrainingJob(
        tiny_model_folder, texts, texts, vectors, PARAMS, checkpoint_steps=5, checkpoint_seconds=0
    )


def stand_in(monkeypatch, program):
    """Let a small program play the trainer."""
    monkeypatch.setattr(process, "_COMMAND", (sys.executable, "-c", program))


def test_progress_is_relayed_and_the_log_read(job, tmp_path, monkeypatch):
    stand_in(monkeypatch, SAY + "[say(n) for n in (1, 2, 3)]")
    log = TrainingLog(pair_count=8, token_count=1, trained_parameter_count=1, steps=())
    write_log(log, JobFolder(tmp_path).log)
    heard = []
    assert train_in_process(job, tmp_path, lambda *said: heard.append(said)) == log
    assert heard == [(1, 3, "m"), (2, 3, "m"), (3, 3, "m")]


def test_a_killed_trainer_is_worth_a_retry(job, tmp_path, monkeypatch):
    stand_in(monkeypatch, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(SourceUnavailable, match="signal 9"):
        train_in_process(job, tmp_path)


def test_an_unforeseen_failure_leaves_its_last_words(job, tmp_path, monkeypatch):
    stand_in(monkeypatch, "for n in range(99): print(n, file=__import__('sys').stderr)\n1 / 0")
    with pytest.raises(InputError, match="ZeroDivisionError") as failure:
        train_in_process(job, tmp_path)
    assert "\n50\n" not in str(failure.value)


def test_a_listener_that_stops_ends_the_trainer(job, tmp_path, monkeypatch):
    stand_in(monkeypatch, SAY + "say(1); sys.stdout.flush(); import time; time.sleep(600)")

    def stop(_done, _total, _message):
        raise KeyboardInterrupt

    before = psutil.Process().children()
    with pytest.raises(KeyboardInterrupt):
        train_in_process(job, tmp_path, stop)
    assert set(psutil.Process().children()) <= set(before)


def test_a_job_that_can_never_be_trained_ends_with_its_sentence(tmp_path):
    with subprocess.Popen(
        [*process._COMMAND, str(tmp_path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as trainer:  # its input stays open: closed, it would end the trainer
        last_words = trainer.stderr.read()
    assert trainer.returncode == 2
    assert b"holds no training job" in last_words


def test_a_trainer_does_not_outlive_the_process_that_started_it(job, tmp_path):
    endless = dataclasses.replace(job, params=PARAMS.model_copy(update={"epochs": 10_000}))
    write_job(endless, JobFolder(tmp_path))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    assert not psutil.wait_procs([child], timeout=60)[1]


def test_the_process_that_starts_the_trainer_does_not_import_torch():
    program = (
        "import sys, pipeline.distillation.training.process, pipeline.distillation.lessons.teacher;"
        "print('torch' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert printed.stdout == b"False\n"


@pytest.mark.slow
def test_a_real_trainer_killed_half_way_resumes_to_the_student_of_an_undisturbed_run(job, tmp_path):
    def kill_at_twelve(done, _total, _message):
        if done == 12:
            for child in psutil.Process().children():
                child.kill()

    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    log = train_in_process(job, undisturbed)
    with pytest.raises(SourceUnavailable, match="signal 9"):
        train_in_process(job, killed, kill_at_twelve)
    assert not (killed / "student").exists()
    heard = []
    resumed = train_in_process(job, killed, lambda done, _total, _message: heard.append(done))
    assert heard[0] > 10
    assert resumed == log
    assert hash_model_folder(killed / "student") == hash_model_folder(undisturbed / "student")
