"""When things happen by themselves: the inbox sensor and the nightly schedule.

Both only ask for a driver job; what that job does belongs to `driver`.
"""

from pathlib import Path

import dagster as dg

from pipeline.recipe import Recipe
from pipeline.tables import identify
from pipeline.textbooks.inbox import is_of_an_edition
from sensors.driver import Goal
from sensors.jobs import DRIVER_JOBS

INBOX_INTERVAL_SECONDS = 60
NIGHTLY = "0 2 * * *"


def inbox_state(folder: Path) -> str | None:
    """One hash of the inbox: names, sizes and times of its files; None when it is not there."""
    if not folder.is_dir():
        return None
    files = sorted(path for path in folder.iterdir() if is_of_an_edition(path))
    facts = ((path.name, path.stat()) for path in files)
    return identify(*(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts))


def build_inbox_sensor(recipe: Recipe) -> dg.SensorDefinition:
    """Asks for a fresh corpus whenever a book is added, changed or taken out."""

    @dg.sensor(
        name="textbook_inbox_sensor",
        job_name=DRIVER_JOBS[Goal.CORPUS],
        minimum_interval_seconds=INBOX_INTERVAL_SECONDS,
        description=f"Watches {recipe.inbox.name} for books.",
    )
    def textbook_inbox_sensor(
        context: dg.SensorEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        state = inbox_state(recipe.inbox)
        if state is None:
            return dg.SkipReason(f"the inbox {recipe.inbox} is not there; nothing was retracted")
        if state == context.cursor:
            return dg.SkipReason("nothing changed in the inbox")
        context.update_cursor(state)
        return dg.RunRequest(run_key=state)

    return textbook_inbox_sensor


def build_nightly_schedule() -> dg.ScheduleDefinition:
    """Brings the corpus up to date every night."""
    return dg.ScheduleDefinition(
        name="nightly_refresh",
        job_name=DRIVER_JOBS[Goal.CORPUS],
        cron_schedule=NIGHTLY,
        description="Re-reads every source and brings the corpus up to date.",
    )
