import pytest

from pipeline.recipe import Recipe
from sensors.driver import DriveStopped, Goal, PlannedRun, drive, plan

RECIPE = Recipe.model_validate(
    {
        "name": "trial",
        "title": "A trial",
        "focus": "tuk_Latn",
        "pivots": ["rus_Cyrl"],
        "inbox": "inbox",
        "bitexts": {"cldr": {"catalogue": "babel"}},
        "students": {"balances": [0.5, 0.9]},
    }
)


def names(runs):
    return [str(run) for run in runs]


def test_plan_reads_every_source_before_the_corpus():
    assert names(plan(RECIPE, ["a", "b"], Goal.CORPUS)) == [
        "read_textbook [a]",
        "read_textbook [b]",
        "read_bitext [cldr]",
        "build_corpus",
    ]


def test_plan_to_the_report_trains_every_student_before_it_evaluates():
    assert names(plan(RECIPE, [], Goal.REPORT))[-3:] == [
        "train_student [mse+mnr@0.5]",
        "train_student [mse+mnr@0.9]",
        "evaluate",
    ]


def test_drive_launches_in_order():
    launched = []
    runs = plan(RECIPE, ["a"], Goal.REPORT)
    driven = drive(runs, lambda run: launched.append(run) or True)
    assert tuple(launched) == tuple(runs) == driven.succeeded
    assert driven.failed == ()


def test_drive_leaves_a_failed_partition_behind_and_goes_on():
    runs = plan(RECIPE, ["bad", "good"], Goal.CORPUS)
    driven = drive(runs, lambda run: run.partition != "bad")
    assert driven.failed == (PlannedRun("read_textbook", "bad"),)
    assert driven.succeeded == tuple(runs[1:])


def test_drive_stops_when_an_unpartitioned_run_fails():
    launched = []

    def launch(run):
        launched.append(run.job)
        return run.job != "build_corpus"

    with pytest.raises(DriveStopped, match="build_corpus failed"):
        drive(plan(RECIPE, [], Goal.REPORT), launch)
    assert launched[-1] == "build_corpus"
