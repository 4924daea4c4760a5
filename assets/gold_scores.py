"""Evaluation group: what was read and aligned, against what people know to be right."""

from collections.abc import Mapping

from assets.resources import Artefacts, by_document
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.alignment.sentences.document_alignment import align_documents_by_length
from pipeline.evaluation.held_out.gold import hash_gold, read_gold, score_alignments, score_reading
from pipeline.parameters import EvaluationParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import SCORES, kept


def gold_files(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What scores against gold depend on outside the graph."""
    del partition
    return {"gold": hash_gold(recipe.gold_folder) if recipe.gold_folder else ""}


@stage_asset(group="evaluation", code_version="2", outside=gold_files, schema=SCORES)
def ocr_scores(stage: Stage, params: EvaluationParams, textbook_pages: Artefacts) -> Product:
    """Character and word error rates of the editions whose text is known."""
    folder = stage.recipe.gold_folder
    books = read_gold(folder) if folder else []
    return Product(score_reading(books, by_document(textbook_pages), params))


@stage_asset(group="evaluation", code_version="2", outside=gold_files, schema=SCORES)
def alignment_scores(
    stage: Stage,
    params: EvaluationParams,
    aligned_pairs: Artefact,
    document_pairs: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
) -> Product:
    """F1 of the alignment against gold, OCR and splitting included, beside a length-only one."""
    gold, folder = stage.recipe.gold, stage.recipe.gold_folder
    sentences = by_document(textbook_sentences, news_sentences)
    baseline = align_documents_by_length(kept(document_pairs.read()), sentences)
    alignments = {"length only": baseline, "aligner": aligned_pairs.read()}
    books = read_gold(folder) if folder else []
    unit = gold.unit if gold else "sentence"
    return Product(score_alignments(books, alignments, sentences, unit, params))
