"""Runs whose process died unseen, as by a power cut: in the records they would go on for ever.

Dagster's default launcher cannot ask a process whether it lives, and a run that counts as going on
keeps the next drive of its recipe waiting.
"""

import dagster as dg

from sensors.tags import DRIVER_TAG

GOING_ON = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def close_leftovers(instance: dg.DagsterInstance) -> int:
    """End all runs that count as going on; the caller knows that no process of theirs lives.

    Those that can be are tried again by Dagster's daemon, as after any crash.

    Returns:
        How many there were.
    """
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=GOING_ON))
    drivers = [run for run in runs if DRIVER_TAG not in run.tags]
    for run in drivers:
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "Its process was ended before it could say so.")
        else:
            instance.report_run_failed(run, "Its process died with Dagster.")
    return len(drivers) + close_orphans(instance)


def close_orphans(instance: dg.DagsterInstance) -> int:
    """End the runs whose driver has ended without them; the next drive makes up for them.

    Returns:
        How many there were.
    """
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=GOING_ON))
    orphans = [run for run in runs if _has_lost_its_driver(instance, run)]
    for run in orphans:
        instance.report_run_canceled(run, "The drive that launched it has ended.")
    return len(orphans)


def _has_lost_its_driver(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    if DRIVER_TAG not in run.tags:
        return False
    driver = instance.get_run_by_id(run.tags[DRIVER_TAG])
    return driver is None or driver.is_finished
