"""Jobs: the runs the driver launches, and the jobs that are the driver."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets import STAGE_ASSETS
from assets.failures import told_to_dagster
from assets.partitions import Partitioning
from pipeline.recipe import Recipe
from pipeline.storage import Store
from sensors.driver import Driven, Goal, PlannedRun, drive, plan
from sensors.editions import Noticed
from sensors.leftovers import close_orphans
from sensors.releasing import build_release_job
from sensors.sources import find_sources
from sensors.tags import DRIVER_TAG, RECIPE_TAG, SOLE_DRIVER_TAG
from sensors.tracing import build_trace_job

Job = Any  # what `define_asset_job` gives has no public name
PLAIN_CONSOLE: dict[str, Any] = {"loggers": {"console": {"config": {}}}}
DRIVER_JOBS = {
    Goal.TASKS: "refresh_tasks",
    Goal.CORPUS: "refresh_corpus",
    Goal.REPORT: "refresh_report",
}
DESCRIPTIONS = {
    Goal.TASKS: "Read what is new in inbox and news, and ask annotators about it.",
    Goal.CORPUS: "Bring the corpus up to date, mining and reviews included.",
    Goal.REPORT: "Bring everything up to date: corpus, students, scores, report, release.",
}
PARTITIONED_JOBS = {
    "read_textbook": Partitioning.EDITIONS,
    "read_news": Partitioning.CRAWL_DAYS,
    "read_bitext": Partitioning.BITEXT_SOURCES,
    "write_triplets": Partitioning.STRATEGIES,
    "train_student": Partitioning.STUDENTS,
    "train_translator": Partitioning.DIRECTIONS,
    "train_curve": Partitioning.CURVE,
}
WHOLE_JOBS = {
    "choose_anchors": ("anchor_sentences",),
    "align": ("documents", "sentence_embeddings", "document_pairs", "aligned_pairs"),
    "mine": ("mined_pairs",),
    "annotate": (
        "scored_pairs",
        "synthetic_pairs",
        "reviews",
        "verdicts",
        "agreement",
        "calibration",
        "pair_probabilities",
        "annotation_tasks",
        "triplet_reviews",
        "triplet_verdicts",
        "triplet_scores",
    ),
    "build_corpus": (
        "filtered_pairs",
        "parallel_corpus",
        "corpus_exports",
        "corpus_browser",
        "monolingual_sentences",
        "neighbour_texts",
        "lessons",
        "teacher_embeddings",
    ),
}


def build_jobs(recipe: Recipe) -> list[Job]:
    """All jobs of a recipe."""
    return [
        *(_asset_job(recipe, name, assets) for name, assets in job_assets().items()),
        *(_driver_job(recipe, goal) for goal in Goal),
        build_release_job(recipe),
        build_trace_job(recipe),
    ]


def job_assets() -> dict[str, Collection[str]]:
    """Which assets each of the driver's runs makes; those of a run share their partitions."""
    partitioned = {
        job: [one.name for one in STAGE_ASSETS if one.partitioning is partitioning]
        for job, partitioning in PARTITIONED_JOBS.items()
    }
    known = {name for names in WHOLE_JOBS.values() for name in names}
    rest = [one.name for one in STAGE_ASSETS if not one.partitioning and one.name not in known]
    return {**partitioned, **WHOLE_JOBS, "evaluate": rest}


def _asset_job(recipe: Recipe, name: str, assets: Collection[str]) -> Job:
    keys = [[recipe.name, asset] for asset in assets]
    selection = dg.AssetSelection.assets(*keys)
    return dg.define_asset_job(name, selection=selection, tags={RECIPE_TAG: recipe.name})


def _driver_job(recipe: Recipe, goal: Goal) -> dg.JobDefinition:
    """A job whose only step drives the recipe to its goal."""

    @dg.op(
        name=f"drive_to_{goal.value}",
        description=DESCRIPTIONS[goal],
        required_resource_keys={"artefacts"},
    )
    def drive_to_goal(context: dg.OpExecutionContext) -> None:
        close_orphans(context.instance)
        with told_to_dagster():
            store: Store = context.resources.artefacts.store
            noticed = Noticed(datetime.now(UTC), context.run_id)
            sources = find_sources(recipe, context.instance, store, noticed)
        runs = plan(recipe, sources, goal)
        driven = drive(runs, lambda run: _launch(context, run, runs.index(run) + 1, len(runs)))
        context.add_output_metadata(_summary(driven))

    @dg.job(
        name=DRIVER_JOBS[goal],
        description=DESCRIPTIONS[goal],
        tags={RECIPE_TAG: recipe.name, SOLE_DRIVER_TAG: recipe.name},
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
