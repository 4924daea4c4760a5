"""Composition root: one attribute, and so one Dagster code location, per recipe.

`definitions.demo` is built from `recipes/demo.yaml`; nothing imports this module but Dagster.
"""

import dagster as dg

from assets import STAGE_ASSETS
from assets.building import build_asset
from assets.resources import ArtefactStore
from pipeline import settings
from pipeline.recipe import Recipe, load_recipe, recipe_names
from sensors.console import plain_console
from sensors.jobs import build_jobs
from sensors.watching import build_inbox_sensor, build_nightly_schedule


def build_defs(recipe: Recipe) -> dg.Definitions:
    """Everything Dagster needs to know of one recipe."""
    return dg.Definitions(
        assets=[build_asset(asset, recipe) for asset in STAGE_ASSETS],
        jobs=build_jobs(recipe),
        sensors=[build_inbox_sensor(recipe)],
        schedules=[build_nightly_schedule()],
        resources={"artefacts": ArtefactStore(root=settings.artefact_root())},
        loggers={"console": plain_console},
        executor=dg.in_process_executor,
    )


def __getattr__(name: str) -> dg.Definitions:
    if name not in recipe_names():
        raise AttributeError(f"no recipe {name!r}; there are {recipe_names()}")
    return build_defs(load_recipe(name))
