"""One Dagster at a time on one home, and what the second one is told. The processes are real."""

import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from pipeline.errors import InputError
from pipeline.settings import project_root
from sensors.home import prepare_home, sole_use

HOLD = """
import sys, time
from pathlib import Path
from sensors.home import sole_use
with sole_use(Path(sys.argv[1]), "`make dev`"):
    print("held", flush=True)
    time.sleep(600)
"""
HOLD_WITH_CHILD = """
import subprocess, sys, time
from pathlib import Path
from sensors.home import sole_use
with sole_use(Path(sys.argv[1]), "`make dev`") as lock:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                             pass_fds=(lock,), stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return prepare_home()


@contextmanager
def holder(home, program=HOLD):
    """A process that holds the home; its first line was read."""
    command = [sys.executable, "-c", program, str(home)]
    process = subprocess.Popen(command, cwd=project_root(), stdout=subprocess.PIPE, text=True)
    try:
        process.first_line = process.stdout.readline().strip()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_home_links_to_the_projects_configuration_however_often_it_is_prepared(home):
    link = home / "dagster.yaml"
    assert link.resolve() == project_root() / "dagster.yaml"
    (home / "history").touch()
    assert prepare_home() == home
    assert link.is_symlink()
    assert (home / "history").exists()


def test_a_link_that_points_nowhere_is_put_right_and_a_file_of_ones_own_is_kept(home):
    link = home / "dagster.yaml"
    link.unlink()
    link.symlink_to(home / "moved_away")
    prepare_home()
    assert link.resolve() == project_root() / "dagster.yaml"
    link.unlink()
    link.write_text("telemetry: {enabled: false}\n")
    prepare_home()
    assert not link.is_symlink()


def test_a_second_process_is_refused_with_the_first_ones_name_and_number(home):
    with holder(home) as first, pytest.raises(InputError) as refused, sole_use(home, "mine"):
        pytest.fail("both hold the home")
    assert f"{home} is in use by `make dev` (process {first.pid}): stop it" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_killed_holder_leaves_the_home_free(home):
    with holder(home) as first:
        first.kill()
        first.wait()
        with sole_use(home, "mine"):
            text = (home / "in_use_by").read_text()
    assert text == f"mine (process {os.getpid()})"


def test_a_dagster_that_outlives_its_killed_starter_still_holds_the_home(home):
    with holder(home, HOLD_WITH_CHILD) as starter:
        child = int(starter.first_line)
        try:
            starter.kill()
            starter.wait()
            with pytest.raises(InputError, match="is in use by"), sole_use(home, "mine"):
                pytest.fail("both hold the home")
        finally:
            pidfd = os.pidfd_open(child)
            os.kill(child, signal.SIGKILL)
            _wait_for_end(pidfd)
        with sole_use(home, "mine"):
            pass


def _wait_for_end(pidfd):
    """The process is not our child, so it cannot be waited for; its descriptor tells."""
    assert select.select([pidfd], [], [], 10)[0], "the process did not end"
    os.close(pidfd)


def test_the_home_is_free_again_after_use(home):
    for _ in range(2):
        with sole_use(home, "mine"):
            pass


def test_a_run_beside_another_ends_in_one_sentence_and_exit_status_2(home):
    with holder(home) as first:
        done = subprocess.run(
            [sys.executable, "-m", "sensors", "run", "demo"],
            cwd=project_root(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"{home} is in use by `make dev` (process {first.pid}): stop it")


def test_the_started_dagster_inherits_the_lock(home, monkeypatch, capsys):
    """Otherwise it would run on unguarded when its starter is killed."""
    from sensors import __main__ as terminal

    inherited = []

    class Ended:
        def __init__(self, *_, pass_fds, **__):
            inherited.extend(os.fstat(lock).st_ino for lock in pass_fds)

        def wait(self):
            return 0

    monkeypatch.setattr(terminal.subprocess, "Popen", Ended)
    monkeypatch.setattr(terminal.signal, "signal", lambda *_: None)
    monkeypatch.setattr(terminal, "summarise", lambda *_: "There is no report yet.")
    assert run_main(monkeypatch, capsys, "run", "demo")[0] == 0
    assert inherited == [(home / "in_use_by").stat().st_ino]


def run_main(monkeypatch, capsys, *arguments):
    from sensors.__main__ import main

    monkeypatch.setattr(sys, "argv", ["sensors", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


def test_a_mistyped_recipe_key_ends_in_one_sentence_with_the_key_that_was_meant(
    home, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "trial.yaml"
    text = "name: trial\ntitle: A trial\nfocus: tuk_Latn\npivots: [rus_Cyrl]\ninbx: books\n"
    path.write_text(text)
    code, told = run_main(monkeypatch, capsys, "run", str(path))
    assert code == 2
    assert "unknown key 'inbx'; did you mean 'inbox'?" in told
    assert str(path) in told
    assert told.count("\n") == 1


def test_an_unknown_recipe_is_told_with_those_that_exist(home, monkeypatch, capsys):
    code, told = run_main(monkeypatch, capsys, "run", "nowhere")
    assert code == 2
    assert told.startswith("no recipe 'nowhere'; there are ")
