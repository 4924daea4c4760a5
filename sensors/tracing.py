"""From a pair back to its sources, in the UI: the framed place on a page, the URL, the entry."""

import base64
from collections import defaultdict
from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from assets.failures import told_to_dagster
from pipeline.corpus.command import find_pair, told
from pipeline.corpus.trace import ArticlePlace, Box, EntryPlace, PagePlace, Place, Traced
from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.sandbox import Failure
from pipeline.storage import Store
from pipeline.textbooks.crops import inbox_page
from sensors.tags import RECIPE_TAG


class PairToTrace(dg.Config):
    """Which pair to look at."""

    pair_id: str = Field(description="24 hex digits, the column of that name")


def build_trace_job(recipe: Recipe) -> dg.JobDefinition:
    """A job whose output's metadata shows what a pair is and where it comes from."""

    @dg.op(
        description="Shows a pair with its scores, licence and sources.",
        required_resource_keys={"artefacts"},
    )
    def show_pair(context: dg.OpExecutionContext, config: PairToTrace) -> None:
        store: Store = context.resources.artefacts.store
        with told_to_dagster():
            rows = find_pair(store, recipe.name, config.pair_id)
            sources = [line for row in rows for line in places_as_markdown(row, recipe.inbox)]
        lines = [line for row in rows for line in told(row)]
        context.add_output_metadata(
            {
                "pair": dg.MetadataValue.md("\n".join(f"    {line}" for line in lines)),
                "sources": dg.MetadataValue.md("\n\n".join(sources) or "nothing tells its place"),
            }
        )

    @dg.job(
        name="trace_pair",
        description="Shows what a pair is and where it comes from: page, URL, or file and entry.",
        tags={RECIPE_TAG: recipe.name},
        executor_def=dg.in_process_executor,
    )
    def trace_pair() -> None:
        show_pair()

    return trace_pair


def places_as_markdown(traced: Traced, inbox: str | None) -> Iterator[str]:
    """A paragraph for every page, article and entry of a pair, pages as pictures.

    Args:
        traced: the pair.
        inbox: where the books are; without it, pages are only named.
    """
    for (side, document, page_number), boxes in _boxes_by_page(traced.places).items():
        yield f"{side}: {document}, page {page_number}"
        yield _picture(inbox, document, page_number, boxes)
    for place in traced.places:
        if isinstance(place, ArticlePlace):
            where = "" if place.paragraph is None else f", paragraph {place.paragraph}"
            yield f"{place.side}: {place.document_key}{where}: {_link(place.url)}"
        elif isinstance(place, EntryPlace):
            yield f"both sides: {place.document_key}: `{place.file}` entry `{place.entry}`"


def _boxes_by_page(places: tuple[Place, ...]) -> dict[tuple[str, str, int], list[Box]]:
    boxes: defaultdict[tuple[str, str, int], list[Box]] = defaultdict(list)
    for place in places:
        if isinstance(place, PagePlace):
            on_page = boxes[place.side, place.document_key, place.page_number]
            on_page += [place.box] if place.box else []
    return boxes


def _picture(inbox: str | None, document: str, page_number: int, boxes: list[Box]) -> str:
    try:
        picture = inbox_page(inbox, document, page_number, boxes) if inbox else None
    except InputError as error:
        return f"(no picture: {error})"
    if picture is None or isinstance(picture, Failure):
        reason = picture.reason if picture else "the book is no longer in the inbox"
        return f"(no picture: {reason})"
    data = base64.b64encode(picture).decode("ascii")
    return f"![page {page_number}](data:image/jpeg;base64,{data})"


def _link(url: str) -> str:
    """A link only to the web; what else an address might do is not our business."""
    is_web = url.startswith(("https://", "http://")) and not set("<> \n") & set(url)
    return f"<{url}>" if is_web else f"`{url}`"
