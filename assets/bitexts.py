"""Bitexts group: translation memories that exist already in, sentence pairs out."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.bitexts import bitext_version, read_bitext
from pipeline.recipe import Recipe


def bitext_source(recipe: Recipe, source: str) -> Mapping[str, str]:
    """What a source's pairs depend on outside the graph, and what is asked of it."""
    version = bitext_version(recipe.bitexts[source], (recipe.focus, *recipe.pivots))
    return {**version, "sample": str(recipe.sample)}


@stage_asset(
    group="bitexts",
    code_version="2",
    partitioning=Partitioning.BITEXT_SOURCES,
    outside=bitext_source,
    kinds=frozenset({"gettext", "tmx"}),
)
def bitext_pairs(stage: Stage) -> Product:
    """Pairs of one source, the focus language beside every pivot, with licence and locator."""
    recipe = stage.recipe
    return Product(
        read_bitext(
            recipe.bitexts[stage.partition],
            recipe.focus,
            recipe.pivots,
            f"bitexts/{stage.partition}",
            recipe.sample,
        )
    )
