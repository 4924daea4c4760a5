"""Runs whose process died unseen are ended, and those of a living driver are let be."""

import dagster as dg
import pytest

from sensors.leftovers import close_leftovers, close_orphans
from sensors.tags import DRIVER_TAG

STARTED, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE
CANCELED, CANCELING = dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def add(instance):
    """Add a run, as a process that died would have left it."""

    @dg.op
    def step():
        pass

    @dg.job
    def trial():
        step()

    def add(status, driver=None):
        tags = {DRIVER_TAG: driver} if driver else {}
        return instance.create_run_for_job(trial, status=status, tags=tags).run_id

    return add


def test_after_a_power_cut_nothing_counts_as_going_on(instance, add):
    driver = add(STARTED)
    runs = {add(STARTED, driver): CANCELED, add(CANCELING): CANCELED, driver: FAILED}
    done = add(dg.DagsterRunStatus.SUCCESS)
    assert close_leftovers(instance) == 3
    assert {run: instance.get_run_by_id(run).status for run in runs} == runs
    assert instance.get_run_by_id(done).status is dg.DagsterRunStatus.SUCCESS
    assert close_leftovers(instance) == 0


def test_a_run_whose_driver_has_ended_is_ended_and_that_of_a_living_one_is_not(instance, add):
    dead, living = add(FAILED), add(STARTED)
    orphan, child = add(STARTED, dead), add(STARTED, living)
    assert close_orphans(instance) == 1
    assert instance.get_run_by_id(orphan).status is CANCELED
    assert instance.get_run_by_id(child).status is STARTED
    assert instance.get_run_by_id(living).status is STARTED
