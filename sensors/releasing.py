"""Releases by themselves: when a model has passed its gates, people are given it, and told."""

from datetime import UTC, datetime

import dagster as dg

from assets.failures import told_to_dagster
from pipeline import releases, settings
from pipeline.recipe import Recipe
from pipeline.storage import Store
from sensors.alerts import send_alert
from sensors.tags import RECIPE_TAG

RELEASE_JOB = "release_model"
RELEASE_INTERVAL_SECONDS = 300


def build_release_job(recipe: Recipe) -> dg.JobDefinition:
    """A job that points people to the newest model that may be released."""

    @dg.op(
        description="Moves the recipe's pointer and tells DUTAR_ALERT_URL.",
        required_resource_keys={"artefacts"},
    )
    def point_to_release(context: dg.OpExecutionContext) -> None:
        store: Store = context.resources.artefacts.store
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with told_to_dagster():
            model = releases.releasable(store, recipe.name)
            pointer = releases.release(model, settings.release_folder(), now)
        context.add_output_metadata({"model": dg.MetadataValue.path(str(pointer))})
        if address := settings.alert_address():
            text = f"{model.content_hash[:12]} is now at {pointer}"
            with told_to_dagster():
                send_alert(address, f"{recipe.name}: a model was released", text)

    @dg.job(
        name=RELEASE_JOB,
        description="Points people to the newest model that passed its gates.",
        tags={RECIPE_TAG: recipe.name},
        executor_def=dg.in_process_executor,
    )
    def release_model() -> None:
        point_to_release()

    return release_model


def build_release_sensor(recipe: Recipe) -> dg.SensorDefinition:
    """Asks for a release whenever a new model has passed its gates; off until switched on."""

    @dg.sensor(
        name="release_sensor",
        job_name=RELEASE_JOB,
        minimum_interval_seconds=RELEASE_INTERVAL_SECONDS,
        description="Releases a new model once it has passed its gates.",
    )
    def release_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        newest = releases.newest_hash(Store(settings.artefact_root()), recipe.name)
        if newest is None:
            return dg.SkipReason("no model has passed its gates yet")
        if newest == context.cursor:
            return dg.SkipReason("the newest model was asked for already")
        context.update_cursor(newest)
        return dg.RunRequest()

    return release_sensor
