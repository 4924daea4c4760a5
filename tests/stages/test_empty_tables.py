"""A programme without books, bitexts or gold: every step works and finds nothing."""

import pytest

from pipeline.alignment.documents.catalogue import catalogue
from pipeline.alignment.documents.pairing import pair_documents
from pipeline.alignment.scoring.pair_features import score_pairs
from pipeline.alignment.sentences.document_alignment import (
    align_documents,
    align_documents_by_length,
)
from pipeline.corpus.build import build_corpus
from pipeline.corpus.funnel import funnel
from pipeline.corpus.gates import leak_verdict
from pipeline.distillation.lessons.lesson_table import lesson_facts, make_lessons
from pipeline.distillation.lessons.targets import write_targets
from pipeline.distillation.lessons.teacher import teacher_texts, write_teacher_vectors
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.evaluation.held_out.corpus_split import held_out_pivot_sentences, held_out_suites
from pipeline.evaluation.held_out.gold import score_alignments, score_reading
from pipeline.parameters import AlignmentParams, CorpusParams, EvaluationParams, LessonParams
from pipeline.tables import (
    ALIGNED_PAIRS,
    BITEXT_PAIRS,
    DOCUMENT_PAIRS,
    FILTERED_PAIRS,
    FUNNEL,
    LESSONS,
    MINED_PAIRS,
    NEIGHBOUR_TEXTS,
    PARALLEL_CORPUS,
    SCORED_PAIRS,
    SCORES,
    SENTENCE_EMBEDDINGS,
    distinct_texts,
)


class NoModel:
    """Fails when it is asked for a vector."""

    fingerprint = "none"
    dimension = 4


@pytest.fixture(scope="module")
def vectors():
    return Vectors.from_table(embed_texts(NoModel(), []))


@pytest.fixture(scope="module")
def corpus():
    return build_corpus(FILTERED_PAIRS.empty_table(), CorpusParams())


def test_no_texts_are_embedded_without_asking_a_model(vectors):
    assert distinct_texts([BITEXT_PAIRS.empty_table()]) == []
    assert embed_texts(NoModel(), []).equals(SENTENCE_EMBEDDINGS.empty_table())
    assert vectors.matrix.shape == vectors.of("tuk_Latn", []).shape == (0, 0)


def test_no_books_make_no_document_pairs_and_no_beads(vectors):
    pairs = pair_documents(catalogue([]), "tuk_Latn", ["rus_Cyrl"])
    assert pairs.equals(DOCUMENT_PAIRS.empty_table())
    aligned = align_documents(pairs, {}, vectors, AlignmentParams())
    assert aligned.equals(ALIGNED_PAIRS.empty_table())
    assert align_documents_by_length(pairs, {}).equals(aligned)


def test_no_pairs_are_scored(vectors):
    scored = score_pairs(
        ALIGNED_PAIRS.empty_table(),
        MINED_PAIRS.empty_table(),
        catalogue([]),
        {},
        BITEXT_PAIRS.empty_table(),
        vectors,
    )
    assert scored.equals(SCORED_PAIRS.empty_table())


def test_a_corpus_of_nothing_has_no_rows_no_notes_and_no_leak(corpus):
    assert corpus.pairs.equals(PARALLEL_CORPUS.empty_table())
    assert corpus.notes == ()
    assert leak_verdict(corpus.pairs, CorpusParams()).is_passed
    assert funnel(corpus.pairs).equals(FUNNEL.empty_table())


def test_a_corpus_of_nothing_teaches_and_tests_nothing(corpus, tmp_path):
    lessons = make_lessons(corpus.pairs, NEIGHBOUR_TEXTS.empty_table(), LessonParams())
    assert lessons.equals(LESSONS.empty_table())
    assert teacher_texts(lessons) == []
    assert lesson_facts(lessons)["sentence_count"] == 0
    teacher = write_teacher_vectors(NoModel(), [], tmp_path / "vectors")
    assert write_targets(lessons, teacher, tmp_path).pivot.shape == (0, 4)
    assert held_out_suites(corpus.pairs, ["rus_Cyrl"]) == []
    assert held_out_pivot_sentences(corpus.pairs, ["rus_Cyrl"], 10) == {}


def test_without_gold_the_tables_of_scores_are_empty():
    params = EvaluationParams()
    no_alignments = {"aligner": ALIGNED_PAIRS.empty_table()}
    assert score_alignments([], no_alignments, {}, "sentence", params).equals(SCORES.empty_table())
    assert score_reading([], {}, params).equals(SCORES.empty_table())
