"""Bitexts group: translation memories that exist already in, sentence pairs out."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.bitexts import catalogue_version, read_bitext
from pipeline.recipe import Recipe


def installed_catalogue(recipe: Recipe, source: str) -> Mapping[str, str]:
    """What a source's pairs depend on outside the graph, and which languages are asked for."""
    languages = "+".join((recipe.focus, *recipe.pivots))
    version = catalogue_version(recipe.bitexts[source].catalogue)
    return {"catalogue": version, "languages": languages}


@stage_asset(
    group="bitexts",
    code_version="1",
    partitioning=Partitioning.BITEXT_SOURCES,
    outside=installed_catalogue,
    kinds=frozenset({"gettext"}),
)
def bitext_pairs(stage: Stage) -> Product:
    """Pairs of one source, the focus language beside every pivot, with licence and locator."""
    recipe = stage.recipe
    catalogue = recipe.bitexts[stage.partition].catalogue
    return Product(
        read_bitext(catalogue, recipe.focus, recipe.pivots, f"bitexts/{stage.partition}")
    )
