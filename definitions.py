"""Composition root: one attribute, and so one Dagster code location, per recipe.

`definitions.demo` is built from `recipes/demo.yaml`; nothing imports this module but Dagster.
"""

import dagster as dg

from assets import STAGE_ASSETS
from assets.building import build_asset
from assets.resources import ArtefactStore
from pipeline import settings
from pipeline.recipe import Recipe
from pipeline.recipe_files import is_recipe, load_recipe, recipe_names
from sensors.console import plain_console
from sensors.jobs import build_jobs
from sensors.watching import build_schedules, build_sensors


def build_defs(recipe: Recipe) -> dg.Definitions:
    """Everything Dagster needs to know of one recipe."""
    return dg.Definitions(
        assets=[build_asset(asset, recipe) for asset in STAGE_ASSETS],
        jobs=build_jobs(recipe),
        sensors=build_sensors(recipe),
        schedules=build_schedules(),
        resources={"artefacts": ArtefactStore(root=settings.artefact_root())},
        loggers={"console": plain_console},
        executor=dg.in_process_executor,
    )


def __getattr__(name: str) -> dg.Definitions:
    if not is_recipe(name):
        raise AttributeError(f"no recipe {name!r}; there are {recipe_names()}")
    return build_defs(load_recipe(name))
