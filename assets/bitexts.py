"""Bitexts group: translation memories that exist already in, sentence pairs out."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.bitexts import bitext_version, neighbour_sources, read_bitext, read_neighbours
from pipeline.recipe import Recipe
from pipeline.tables import BITEXT_PAIRS, NEIGHBOUR_TEXTS, identify


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
    schema=BITEXT_PAIRS,
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


def neighbour_versions(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What the neighbours' texts depend on outside the graph: every bitext that may hold some."""
    del partition
    neighbours = recipe.students.neighbours
    sources = neighbour_sources(recipe.bitexts, neighbours).items()
    return {"neighbours": "+".join(neighbours)} | {
        name: identify(*map(str, sorted(bitext_version(source, recipe.languages).items())))
        for name, source in sources
    }


@stage_asset(
    group="bitexts",
    code_version="1",
    outside=neighbour_versions,
    kinds=frozenset({"gettext", "tmx"}),
    schema=NEIGHBOUR_TEXTS,
)
def neighbour_texts(stage: Stage) -> Product:
    """What bitexts hold in languages that nobody teaches and that students must not forget."""
    recipe = stage.recipe
    languages = (recipe.focus, *recipe.pivots)
    return Product(read_neighbours(recipe.bitexts, recipe.students.neighbours, languages))
