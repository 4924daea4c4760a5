"""Textbooks group: PDF editions from the inbox in, sentences with page and box out."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.previews import ocr_benchmark_preview
from assets.resources import Artefacts, by_document
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.errors import InputError
from pipeline.evaluation.held_out.rereading_scores import best_readers, score_rereadings
from pipeline.parameters import EvaluationParams, SentenceParams, TextbookParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import SCORES, TEXTBOOK_PAGES, TEXTBOOK_SENTENCES
from pipeline.text.dictionaries import dictionary_hash
from pipeline.textbooks.editions import edition_facts, edition_hashes, read_edition
from pipeline.textbooks.inbox import find_edition
from pipeline.textbooks.quality import page_verdicts, sentence_verdicts
from pipeline.textbooks.rereading import reread_editions
from pipeline.textbooks.sentences import extract_sentences


def edition_file(recipe: Recipe, edition_key: str) -> Mapping[str, str]:
    """What an edition's pages depend on outside the graph."""
    edition = find_edition(_inbox(recipe), edition_key)
    return {**edition_hashes(edition), "dictionary": dictionary_hash(edition.language)}


def reading_parameters(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """How pages are read again."""
    del partition
    return {"reading": recipe.textbooks.model_dump_json()}


@stage_asset(
    group="textbooks",
    code_version="5",
    partitioning=Partitioning.EDITIONS,
    gates=("has_readable_pages",),
    outside=edition_file,
    kinds=frozenset({"pdf", "tesseract"}),
    schema=TEXTBOOK_PAGES,
)
def textbook_pages(stage: Stage, params: TextbookParams) -> Product:
    """Pages of one edition as words with boxes: its text layer, or OCR where that is bad."""
    edition = find_edition(_inbox(stage.recipe), stage.partition)
    pages = read_edition(edition, params, stage.progress)
    return Product(pages, page_verdicts(pages), edition_facts(edition))


@stage_asset(
    group="textbooks",
    code_version="4",
    partitioning=Partitioning.EDITIONS,
    gates=("has_sentences", "is_in_its_language"),
    schema=TEXTBOOK_SENTENCES,
)
def textbook_sentences(_: Stage, params: SentenceParams, textbook_pages: Artefact) -> Product:
    """Sentences of one edition in reading order, each with the page and box it came from."""
    facts = textbook_pages.manifest.metadata
    sentences = extract_sentences(textbook_pages.read(), str(facts["language"]), params)
    return Product(sentences, sentence_verdicts(sentences), facts)


@stage_asset(
    group="textbooks",
    code_version="4",
    outside=reading_parameters,
    preview=ocr_benchmark_preview,
    kinds=frozenset({"tesseract"}),
    schema=SCORES,
)
def ocr_benchmark(stage: Stage, params: EvaluationParams, textbook_pages: Artefacts) -> Product:
    """Error rates of OCR on our own pages whose text layer says what stands on them."""
    inbox, reading = stage.recipe.inbox, stage.recipe.textbooks
    pages = by_document(textbook_pages)
    readings = reread_editions(inbox, pages, reading) if inbox else {}
    return Product(score_rereadings(readings, params), facts=best_readers(readings, params))


def _inbox(recipe: Recipe) -> str:
    if recipe.inbox is None:
        raise InputError(f"recipe {recipe.name} has no `inbox`, so there are no books to read")
    return recipe.inbox
