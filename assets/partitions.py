"""By what assets are split. Which partitions exist is for the recipe and the driver to say."""

from collections.abc import Iterable
from enum import Enum

import dagster as dg

from pipeline.recipe import Recipe
from pipeline.recipe_sections import News


class Partitioning(Enum):
    """The ways in which an asset may be split."""

    EDITIONS = "editions"  # book x language, found in the inbox
    CRAWL_DAYS = "crawl_days"  # when pages were fetched, not when they were written
    BITEXT_SOURCES = "bitext_sources"
    STUDENTS = "students"  # objective x balance value
    DIRECTIONS = "directions"  # of translation
    STRATEGIES = "strategies"  # how triplets are written
    CURVE = "curve"  # points of a data curve: pairs x fraction of wrong ones


def partitions_of(partitioning: Partitioning, recipe: Recipe) -> dg.PartitionsDefinition[str]:
    """The Dagster definition; dynamic names carry the recipe's, for they are instance-wide."""
    if partitioning is Partitioning.EDITIONS:
        return dg.DynamicPartitionsDefinition(name=editions_of(recipe))
    if partitioning is Partitioning.CRAWL_DAYS:
        first_day = recipe.news.first_day if recipe.news else News.model_fields["first_day"].default
        return dg.DailyPartitionsDefinition(start_date=first_day, end_offset=1)  # today as well
    names: dict[Partitioning, Iterable[str]] = {
        Partitioning.BITEXT_SOURCES: recipe.bitexts,
        Partitioning.STRATEGIES: recipe.synthesis.strategies,
        Partitioning.STUDENTS: recipe.students.variants(),
        Partitioning.CURVE: recipe.students.curve(),
        Partitioning.DIRECTIONS: recipe.directions(),
    }
    return dg.StaticPartitionsDefinition(list(names[partitioning]))


def editions_of(recipe: Recipe) -> str:
    """Name of the recipe's dynamic partitions."""
    return f"{recipe.name}_editions"
