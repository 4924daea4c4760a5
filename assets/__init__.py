"""What exists: every asset declaration, in the order of the graph; no logic belongs here."""

from assets.alignment import (
    aligned_pairs,
    document_pairs,
    documents,
    mined_pairs,
    scored_pairs,
    sentence_embeddings,
    synthetic_pairs,
)
from assets.annotation import (
    agreement,
    annotation_tasks,
    calibration,
    reviews,
    triplet_reviews,
    triplet_scores,
    triplet_tasks,
    triplet_verdicts,
    verdicts,
)
from assets.back_translation import monolingual_sentences
from assets.bitexts import bitext_pairs, neighbour_texts
from assets.corpus import (
    corpus_browser,
    corpus_exports,
    filtered_pairs,
    pair_probabilities,
    parallel_corpus,
)
from assets.distillation import (
    curve_students,
    lessons,
    student_exports,
    student_models,
    teacher_embeddings,
)
from assets.evaluation import (
    classification_scores,
    contamination,
    curve_scores,
    geometry_scores,
    leaderboard,
    paraphrase_scores,
    rag_scores,
    retention_scores,
    retrieval_scores,
    similarity_scores,
)
from assets.gold_scores import alignment_scores, ocr_scores
from assets.news import news_articles, news_pages, news_sentences
from assets.reporting import evaluation_report, model_release
from assets.stage_asset import StageAsset
from assets.student_forms import student_form_scores
from assets.synthesis import (
    anchor_sentences,
    filtered_triplets,
    synthetic_triplets,
    triplet_generators,
)
from assets.textbooks import ocr_benchmark, textbook_pages, textbook_sentences
from assets.translation import translation_models, translation_scores

STAGE_ASSETS: tuple[StageAsset, ...] = (
    textbook_pages,
    textbook_sentences,
    ocr_benchmark,
    news_pages,
    news_articles,
    news_sentences,
    bitext_pairs,
    neighbour_texts,
    documents,
    sentence_embeddings,
    document_pairs,
    aligned_pairs,
    mined_pairs,
    scored_pairs,
    synthetic_pairs,
    reviews,
    verdicts,
    agreement,
    calibration,
    pair_probabilities,
    annotation_tasks,
    filtered_pairs,
    parallel_corpus,
    corpus_exports,
    corpus_browser,
    anchor_sentences,
    triplet_generators,
    synthetic_triplets,
    filtered_triplets,
    triplet_tasks,
    triplet_reviews,
    triplet_verdicts,
    triplet_scores,
    lessons,
    teacher_embeddings,
    student_models,
    student_exports,
    curve_students,
    monolingual_sentences,
    translation_models,
    ocr_scores,
    alignment_scores,
    contamination,
    retrieval_scores,
    geometry_scores,
    retention_scores,
    similarity_scores,
    paraphrase_scores,
    classification_scores,
    rag_scores,
    translation_scores,
    leaderboard,
    curve_scores,
    student_form_scores,
    evaluation_report,
    model_release,
)
