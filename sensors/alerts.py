"""Tells people when a run has failed: always in the log, elsewhere when an address is configured.

`DUTAR_ALERT_URL` is an Apprise address, such as `mailto://user:password@host`, `json://host/hook`
for a webhook, or that of a chat; several are separated by blanks.
"""

import logging

import dagster as dg

from assets.failures import failure_reason
from pipeline import settings
from pipeline.errors import SourceUnavailable
from pipeline.recipe import Recipe
from sensors.tags import RECIPE_TAG

ALERT_INTERVAL_SECONDS = 30


def build_failure_sensor(recipe: Recipe) -> dg.SensorDefinition:
    """Watches every run of the recipe.

    Runs that a driver or a terminal started belong to no code location in Dagster's eyes, so the
    sensor looks at all runs and knows its own by their tag and assets.
    """

    @dg.run_failure_sensor(
        name="failure_alerts",
        monitor_all_code_locations=True,
        minimum_interval_seconds=ALERT_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells what failed and why: in the log, and to DUTAR_ALERT_URL if it is set.",
    )
    def failure_alerts(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if not is_run_of(recipe, context.dagster_run):
            return dg.SkipReason(f"not a run of {recipe.name}")
        title, body = describe_failure(recipe, context)
        context.log.error("%s: %s", title, body)
        if address := settings.alert_address():
            send_alert(address, title, body)
        return None

    return failure_alerts


def is_run_of(recipe: Recipe, run: dg.DagsterRun) -> bool:
    """Whether a run is of one of the recipe's jobs, or makes one of its assets."""
    assets = run.asset_selection or ()
    is_tagged = run.tags.get(RECIPE_TAG) == recipe.name
    return is_tagged or any(key.path[0] == recipe.name for key in assets)


def describe_failure(recipe: Recipe, context: dg.RunFailureSensorContext) -> tuple[str, str]:
    """What failed, in one line, and why, a line for each failed step."""
    run = context.dagster_run
    partition = run.tags.get("dagster/partition")
    title = f"{recipe.name}: {run.job_name}{f' [{partition}]' if partition else ''} failed"
    reasons = [
        f"{(event.step_key or '').rpartition('__')[2]}: {failure_reason(event)}"
        for event in context.get_step_failure_events()
    ]
    reasons = reasons or [context.failure_event.message or "no reason was given"]
    return title, "\n".join([*reasons, f"run {run.run_id}"])


def send_alert(addresses: str, title: str, body: str) -> None:
    """Send one message to every address.

    Raises:
        SourceUnavailable: one of them is no address or could not be reached; addresses are never
            shown, for they may hold passwords.
    """
    import apprise  # noqa: PLC0415 - a hundred services, needed by few

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would tell the addresses
    service = apprise.Apprise()
    are_known = [service.add(address) for address in addresses.split()]
    is_sent = service.notify(title=title, body=body)
    if not (is_sent and all(are_known)):
        raise SourceUnavailable("an alert could not be sent: check DUTAR_ALERT_URL")
