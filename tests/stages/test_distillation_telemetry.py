import math
import sys

import pytest

from pipeline.errors import InputError
from pipeline.training.steps import TrainingStep
from pipeline.training.telemetry import (
    Measures,
    Stopwatch,
    read_telemetry,
    written_to,
)
from pipeline.training.tracking import numbers_of, tracked_by


def step(number, **terms):
    return TrainingStep(number, 1.0 / (number + 1), 1e-3, is_skipped=False, terms=terms)


def measures(number):
    return Measures(step(number, mse=0.5), 9, 100, 2.0, 50.0)


def test_throughput_is_of_the_latest_twenty_steps():
    times = iter([0.0, *(1.0 + lap for lap in range(30)), 40.0])
    watch = Stopwatch(lambda: next(times))
    laps = [watch.lap(step(number), 31, 100) for number in range(31)]
    assert laps[0].tokens_per_second == 100
    assert laps[29].tokens_per_second == 100
    assert laps[30].seconds == 10
    assert laps[30].tokens_per_second == pytest.approx(2000 / 29)


def test_steps_are_read_as_they_were_told(tmp_path):
    watch = written_to(tmp_path / "t.jsonl")
    for number in range(3):
        watch(measures(number))
    assert read_telemetry(tmp_path / "t.jsonl") == [measures(number) for number in range(3)]


def test_a_resumed_run_tells_no_step_twice_and_leaves_out_a_torn_line(tmp_path):
    path = tmp_path / "t.jsonl"
    first = written_to(path)
    for number in range(5):
        first(measures(number))
    with path.open("a") as file:
        file.write('{"step": {"ste')
    assert [one.step.step for one in read_telemetry(path)] == [0, 1, 2, 3, 4]
    second = written_to(path)
    for number in (3, 4, 5):
        second(measures(number))
    assert [one.step.step for one in read_telemetry(path)] == [0, 1, 2, 3, 4, 5]


def test_a_skipped_step_without_a_finite_loss_survives(tmp_path):
    broken = TrainingStep(0, math.nan, 1e-3, is_skipped=True, terms={"mse": math.nan})
    written_to(tmp_path / "t")(Measures(broken, 1, 1, 1.0, 1.0))
    assert math.isnan(read_telemetry(tmp_path / "t")[0].step.loss)


def test_nothing_is_told_before_the_first_step(tmp_path):
    assert read_telemetry(tmp_path / "none") == []


def test_trackers_get_loss_terms_and_throughput():
    numbers = numbers_of(measures(1))
    assert (numbers["loss"], numbers["terms/mse"], numbers["tokens_per_second"]) == (0.5, 0.5, 50)


def test_an_unknown_tracker_is_refused(tmp_path):
    with pytest.raises(InputError, match="known: tensorboard, wandb"):
        tracked_by("notebook", tmp_path)


@pytest.mark.parametrize("name", ["tensorboard", "wandb"])
def test_a_tracker_that_is_not_installed_says_how_to_get_it(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(InputError, match=r"pip install 'dutar\[tracking\]'"):
        tracked_by(name, tmp_path)


def test_tensorboard_finds_each_step_once_after_a_kill(tmp_path):
    pytest.importorskip("tensorboard", reason="optional: dutar[tracking]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for numbers in (range(4), range(2, 6)):
        watch = tracked_by("tensorboard", tmp_path)
        for number in numbers:
            watch(measures(number))
    events = EventAccumulator(str(tmp_path)).Reload().Scalars("loss")
    assert [event.step for event in events] == [0, 1, 2, 3, 4, 5]
    assert events[1].value == pytest.approx(0.5)
