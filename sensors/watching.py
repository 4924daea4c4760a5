"""When things happen by themselves: sensors that watch, schedules that remember.

All of them only ask for a driver job; what that job does belongs to `driver`.
"""

from collections.abc import Callable

import dagster as dg

from pipeline.annotation.services import state_of_all_reviews
from pipeline.errors import InputError, SourceUnavailable
from pipeline.recipe import Recipe
from pipeline.textbooks.inbox import inbox_state
from sensors.alerts import build_failure_sensor
from sensors.driver import Goal
from sensors.jobs import DRIVER_JOBS
from sensors.releasing import build_release_sensor

INBOX_INTERVAL_SECONDS = 60
REVIEW_INTERVAL_SECONDS = 600
NIGHTLY = "0 2 * * *"
WEEKLY = "0 4 * * 0"


def build_sensors(recipe: Recipe) -> list[dg.SensorDefinition]:
    """What a recipe watches; without an inbox, none is watched."""
    inbox = [build_inbox_sensor(recipe, recipe.inbox)] if recipe.inbox else []
    watching = [build_review_sensor(recipe), build_release_sensor(recipe)]
    return [*inbox, *watching, build_failure_sensor(recipe)]


def build_inbox_sensor(recipe: Recipe, inbox: str) -> dg.SensorDefinition:
    """Asks for a fresh corpus whenever a book is added, changed or taken out."""
    return _build_state_sensor(
        "textbook_inbox_sensor",
        f"Watches {inbox.rstrip('/').rpartition('/')[2]} of {recipe.name} for books.",
        INBOX_INTERVAL_SECONDS,
        lambda: inbox_state(inbox),
    )


def build_review_sensor(recipe: Recipe) -> dg.SensorDefinition:
    """Asks for a fresh corpus whenever somebody reviewed, or changed their mind."""
    return _build_state_sensor(
        "review_sensor",
        f"Watches the reviews of {recipe.name}.",
        REVIEW_INTERVAL_SECONDS,
        lambda: state_of_all_reviews(recipe),
    )


def build_schedules() -> list[dg.ScheduleDefinition]:
    """Every night what is new is read and asked about; every week the corpus is built."""
    return [
        dg.ScheduleDefinition(
            name="nightly_refresh",
            job_name=DRIVER_JOBS[Goal.TASKS],
            cron_schedule=NIGHTLY,
            description="Visits the news again, reads what is new, and asks annotators about it.",
        ),
        dg.ScheduleDefinition(
            name="weekly_refresh",
            job_name=DRIVER_JOBS[Goal.CORPUS],
            cron_schedule=WEEKLY,
            description="Mines, takes in the reviews, and brings the corpus up to date.",
        ),
    ]


def _build_state_sensor(
    name: str, description: str, interval_seconds: int, state: Callable[[], str]
) -> dg.SensorDefinition:
    """Asks for a fresh corpus when `state` differs from what it was; also at the first look.

    The requests carry no run key: Dagster never runs a key twice, and a state may come back, as
    when a book is taken out and put in again.
    """

    @dg.sensor(
        name=name,
        job_name=DRIVER_JOBS[Goal.CORPUS],
        minimum_interval_seconds=interval_seconds,
        description=description,
    )
    def state_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            found = state()
        except (InputError, SourceUnavailable) as error:
            return dg.SkipReason(str(error))
        if found == context.cursor:
            return dg.SkipReason("nothing changed")
        context.update_cursor(found)
        return dg.RunRequest()

    return state_sensor
