"""What the UI shows of a training while it runs."""

from itertools import pairwise

import dagster as dg
import pytest

from assets.building import build_asset
from assets.previews import live_training_preview
from assets.resources import ArtefactStore
from assets.stage_asset import Product, stage_asset
from assets.training import OBSERVATION_INTERVAL_SECONDS, observed
from pipeline.distillation.training.job_files import JobFolder
from pipeline.progress import silent
from pipeline.training.steps import TrainingStep
from pipeline.training.telemetry import Measures, written_to


def measures(number, *, is_skipped=False):
    terms = {"mse": 0.5 / (number + 1), "mean_cosine": 0.1}
    step = TrainingStep(number, 1.0 / (number + 1), 1e-4, is_skipped, terms)
    return Measures(step, step_count=100, token_count=640, seconds=2.0, tokens_per_second=320.0)


class Clock:
    """A clock that the test sets."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def files(tmp_path):
    return JobFolder(tmp_path)


@pytest.fixture
def shown():
    return []


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def report(files, shown, clock):
    """Progress of a training that writes telemetry, each step two seconds after the one before."""
    watch, told = written_to(files.telemetry), observed(files, silent, shown.append, clock)

    def make_step(number):
        watch(measures(number))
        clock.seconds += 2
        told(number + 1, 100, "training")

    return make_step


def test_a_training_is_shown_from_its_first_step_to_its_last_and_not_too_often(report, shown):
    for number in range(100):
        report(number)
    steps = [int(one["step"].value.split()[0]) for one in shown]
    assert (steps[0], steps[-1]) == (1, 100)
    assert steps == sorted(set(steps))
    apart = [after - before for before, after in pairwise(steps[:-1])]
    assert min(apart) * 2 >= OBSERVATION_INTERVAL_SECONDS


def test_of_a_long_training_some_forty_plots_are_kept(report, shown, clock):
    for number in range(100):
        clock.seconds += 600
        report(number)
    assert 30 <= len(shown) <= 41


def test_the_end_is_shown_once_though_progress_tells_it_twice(files, shown):
    written_to(files.telemetry)(measures(99))
    told = observed(files, silent, shown.append)
    told(100, 100, "training")
    told(100, 100, "weighing the student against its start")
    assert len(shown) == 1


def test_before_the_first_step_there_is_nothing_to_show(files, shown):
    observed(files, silent, shown.append)(0, 100, "tokenising")
    assert shown == []


def test_an_observation_has_figures_to_compare_and_curves_to_look_at():
    told = live_training_preview([measures(0), measures(1, is_skipped=True)])
    assert told["step"].value == "2 of 100"
    assert (told["loss"].value, told["tokens_per_second"].value) == (0.5, 320.0)
    assert (told["left_seconds"].value, told["skipped_steps"].value) == (196.0, 1)
    for name in ("loss_over_steps", "throughput"):
        assert told[name].value.startswith("![")
        assert "data:image/svg+xml;base64," in told[name].value


def test_what_a_body_observes_stands_among_the_assets_events_while_it_runs(place):
    seen = []

    def observing(stage) -> Product:
        stage.observe(live_training_preview([measures(0)]))
        key = dg.AssetKey(["trial", "observing"])
        seen.extend(place.instance.fetch_observations(key, limit=5).records)
        folder = stage.work_folder / "made"
        folder.mkdir()
        (folder / "file.txt").touch()
        return Product(folder)

    dg.materialize(
        [build_asset(stage_asset(group="trial", code_version="1")(observing), place.recipe())],
        resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
        instance=place.instance,
    )
    (event,) = seen
    assert event.asset_observation.metadata["tokens_per_second"].value == 320.0
