"""What exists: every asset declaration, in the order of the graph; no logic belongs here."""

from assets.alignment import (
    aligned_pairs,
    document_pairs,
    documents,
    scored_pairs,
    sentence_embeddings,
)
from assets.bitexts import bitext_pairs
from assets.corpus import parallel_corpus
from assets.distillation import student_models, teacher_embeddings
from assets.evaluation import (
    alignment_scores,
    evaluation_report,
    ocr_scores,
    retention_scores,
    retrieval_scores,
)
from assets.stage_asset import StageAsset
from assets.textbooks import textbook_pages, textbook_sentences

STAGE_ASSETS: tuple[StageAsset, ...] = (
    textbook_pages,
    textbook_sentences,
    bitext_pairs,
    documents,
    sentence_embeddings,
    document_pairs,
    aligned_pairs,
    scored_pairs,
    parallel_corpus,
    teacher_embeddings,
    student_models,
    ocr_scores,
    alignment_scores,
    retrieval_scores,
    retention_scores,
    evaluation_report,
)
