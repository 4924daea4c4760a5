"""Jobs: the runs the driver launches, and the jobs that are the driver."""

from collections.abc import Callable
from typing import Any

import dagster as dg

from assets import STAGE_ASSETS
from assets.failures import told_to_dagster
from assets.partitions import Partitioning
from assets.stage_asset import StageAsset
from pipeline.recipe import Recipe
from pipeline.storage import Store
from sensors.driver import Driven, Goal, PlannedRun, drive, plan
from sensors.editions import reconcile_editions

Job = Any  # what `define_asset_job` gives has no public name
DRIVER_TAG = "dutar/driven_by"
PLAIN_CONSOLE: dict[str, Any] = {"loggers": {"console": {"config": {}}}}
DRIVER_JOBS = {Goal.CORPUS: "refresh_corpus", Goal.REPORT: "refresh_report"}
DESCRIPTIONS = {
    Goal.CORPUS: "Read what is new in the inbox and bring the corpus up to date.",
    Goal.REPORT: "Bring everything up to date: corpus, students, scores, report.",
}


def build_jobs(recipe: Recipe) -> list[Job]:
    """All jobs of a recipe."""
    return [
        _asset_job(recipe, "read_textbook", lambda a: a.partitioning is Partitioning.EDITIONS),
        _asset_job(recipe, "read_bitext", lambda a: a.partitioning is Partitioning.BITEXT_SOURCES),
        _asset_job(recipe, "train_student", lambda a: a.partitioning is Partitioning.STUDENTS),
        _asset_job(recipe, "build_corpus", lambda a: _is_whole(a) and a.group != "evaluation"),
        _asset_job(recipe, "evaluate", lambda a: _is_whole(a) and a.group == "evaluation"),
        *(_driver_job(recipe, goal) for goal in Goal),
    ]


def _is_whole(asset: StageAsset) -> bool:
    return asset.partitioning is None


def _asset_job(recipe: Recipe, name: str, is_selected: Callable[[StageAsset], bool]) -> Job:
    """A job over the assets for which the predicate holds; they share one partitioning."""
    chosen = [asset for asset in STAGE_ASSETS if is_selected(asset)]
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*([recipe.name, asset.name] for asset in chosen)),
    )


def _driver_job(recipe: Recipe, goal: Goal) -> dg.JobDefinition:
    """A job whose only step drives the recipe to its goal."""

    @dg.op(
        name=f"drive_to_{goal.value}",
        description=DESCRIPTIONS[goal],
        required_resource_keys={"artefacts"},
    )
    def drive_to_goal(context: dg.OpExecutionContext) -> None:
        with told_to_dagster():
            store: Store = context.resources.artefacts.store
            editions = reconcile_editions(recipe, context.instance, store)
        runs = plan(recipe, editions, goal)
        driven = drive(runs, lambda run: _launch(context, run, runs.index(run) + 1, len(runs)))
        context.add_output_metadata(_summary(driven))

    @dg.job(
        name=DRIVER_JOBS[goal],
        description=DESCRIPTIONS[goal],
        tags={"dutar/driver": recipe.name},
        executor_def=dg.in_process_executor,
        config=PLAIN_CONSOLE,
    )
    def driver() -> None:
        drive_to_goal()

    return driver


def _launch(context: dg.OpExecutionContext, run: PlannedRun, number: int, count: int) -> bool:
    """Execute one planned run in this process, as a Dagster run of its own."""
    context.log.info("%d/%d %s", number, count, run)
    result = context.repository_def.get_job(run.job).execute_in_process(
        run_config=PLAIN_CONSOLE,
        instance=context.instance,
        partition_key=run.partition,
        tags={DRIVER_TAG: context.run_id},
        raise_on_error=False,
    )
    if not result.success:
        context.log.warning("%s did not succeed; see run %s", run, result.run_id)
    return result.success


def _summary(driven: Driven) -> dict[str, dg.MetadataValue[Any]]:
    left_behind = ", ".join(str(run) for run in driven.failed) or "none"
    return {
        "runs": dg.MetadataValue.int(len(driven.succeeded)),
        "left_behind": dg.MetadataValue.text(left_behind),
    }
