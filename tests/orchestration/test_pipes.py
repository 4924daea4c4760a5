"""Programs in a process of their own, heard by the run that waits for them."""

import textwrap

import dagster as dg
import psutil
import pytest

from assets.building import build_asset
from assets.pipes import python_program
from assets.resources import ArtefactStore
from assets.stage_asset import Product, stage_asset
from assets.training import PROGRAM, piped_trainer
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.process import train_in_process
from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.storage import Address

SPEAKING = """
import runpy, sys, time
from dagster_pipes import PipesCliArgsParamsLoader, open_dagster_pipes
from pipeline.child_process import end_with_parent

end_with_parent()
piped_progress = runpy.run_path(TRAINER)["piped_progress"]
with open_dagster_pipes(params_loader=PipesCliArgsParamsLoader()) as pipes:
""".replace("TRAINER", repr(str(PROGRAM)))


@pytest.fixture
def run_program(place):
    """Materialize an asset whose body runs a program, given as what it does once Pipes is open."""
    path = place.folder / "program.py"

    def materialize(program, hear=lambda *_said: None):
        path.write_text(SPEAKING + textwrap.indent(textwrap.dedent(program), "    "))

        def spoken(stage) -> Product:
            errors = stage.work_folder / "errors.txt"
            exit_code = stage.run_piped(python_program(path, stage.work_folder), errors, hear)
            if exit_code:
                raise InputError(f"{exit_code}: {errors.read_text().strip().splitlines()[-1]}")
            made = stage.work_folder / "made"
            made.mkdir()
            (made / "file.txt").write_text("whole")
            return Product(made)

        declared = stage_asset(group="trial", code_version="1")(spoken)
        return dg.materialize(
            [build_asset(declared, place.recipe())],
            resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
            instance=place.instance,
            raise_on_error=False,
        )

    return materialize


def logged(place, result):
    return [entry.user_message for entry in place.instance.all_logs(result.run_id)]


def test_progress_is_heard_in_order_and_the_asset_is_made(run_program, place):
    heard = []
    result = run_program(
        """
        report = piped_progress(pipes)
        report(1, 3, "first")
        report(2, 3, "too soon after the first")
        report(3, 3, "last")
        """,
        lambda *said: heard.append(said),
    )
    assert result.success
    assert heard == [(1, 3, "first"), (3, 3, "last")]
    assert place.store.find(Address("trial", "spoken")).path("file.txt").read_text() == "whole"


def test_what_the_program_logs_stands_in_the_log_of_the_run(run_program, place):
    result = run_program("pipes.log.info('the corpus is small')")
    assert "the corpus is small" in logged(place, result)


def test_what_a_library_prints_is_passed_on_and_breaks_nothing(run_program, capsys):
    assert run_program("print('not a message'); print('[1, 2]')").success
    assert "not a message\n[1, 2]\n" in capsys.readouterr().out


def test_a_program_that_fails_ends_the_run_with_its_last_words(run_program, failure_of):
    assert failure_of(run_program("raise ValueError('no such thing')")) == (
        "1: ValueError: no such thing"
    )


def test_a_listener_that_stops_ends_the_program(run_program):
    def stop(*_said):
        raise InputError("nobody waits any more")

    program = "piped_progress(pipes)(1, 1, 'said')\ntime.sleep(600)"
    before = psutil.Process().children()
    assert not run_program(program, stop).success
    assert set(psutil.Process().children()) <= set(before)


@pytest.mark.slow
def test_a_training_of_two_processes_speaks_with_one_voice(place, tiny_model_folder, monkeypatch):
    monkeypatch.setenv("DUTAR_TRAINING_PROCESSES", "2")
    texts = [f"salam {number}" for number in range(24)]
    vectors = load_encoder(str(tiny_model_folder)).encode(texts, language="tuk")
    params = DistillationParams(epochs=1, batch_pairs=8, max_tokens=16)
    job = TrainingJob(tiny_model_folder, texts, texts, vectors, params)

    def trained(stage) -> Product:
        folder = stage.work_folder / "training"
        log = train_in_process(job, folder, stage.progress, piped_trainer(stage))
        assert len(log.steps) == 3
        return Product(folder / "student")

    declared = stage_asset(group="trial", code_version="1")(trained)
    result = dg.materialize(
        [build_asset(declared, place.recipe())],
        resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
        instance=place.instance,
    )
    last = [said for said in logged(place, result) if "weighing the student" in said]
    assert len(last) == 1
