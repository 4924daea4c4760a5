"""Textbooks group: PDF editions from the inbox in, sentences with page and box out."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.parameters import SentenceParams, TextbookParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.textbooks.editions import edition_facts, edition_hashes, find_edition, read_edition
from pipeline.textbooks.quality import page_verdicts, sentence_verdicts
from pipeline.textbooks.sentences import extract_sentences


def edition_file(recipe: Recipe, edition_key: str) -> Mapping[str, str]:
    """What an edition's pages depend on outside the graph."""
    return edition_hashes(find_edition(recipe.inbox, edition_key))


@stage_asset(
    group="textbooks",
    code_version="1",
    partitioning=Partitioning.EDITIONS,
    gates=("has_readable_pages",),
    outside=edition_file,
    kinds=frozenset({"pdf", "tesseract"}),
)
def textbook_pages(stage: Stage, params: TextbookParams) -> Product:
    """Pages of one edition as words with boxes: its text layer, or OCR where that is bad."""
    edition = find_edition(stage.recipe.inbox, stage.partition)
    pages = read_edition(edition, params, stage.progress)
    return Product(pages, page_verdicts(pages), edition_facts(edition))


@stage_asset(
    group="textbooks",
    code_version="2",
    partitioning=Partitioning.EDITIONS,
    gates=("has_sentences", "is_in_its_language"),
)
def textbook_sentences(_: Stage, params: SentenceParams, textbook_pages: Artefact) -> Product:
    """Sentences of one edition in reading order, each with the page and box it came from."""
    facts = textbook_pages.manifest.metadata
    sentences = extract_sentences(textbook_pages.read(), str(facts["language"]), params)
    return Product(sentences, sentence_verdicts(sentences), facts)
