"""Alignment group: documents in, scored sentence pairs out."""

from collections.abc import Mapping

import pyarrow as pa

from assets.resources import Artefacts, by_document
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.alignment.catalogue import DocumentEntry, catalogue
from pipeline.alignment.documents import align_documents, pair_documents
from pipeline.alignment.scoring import score_pairs
from pipeline.encoders import EmbeddingCache, encoder_fingerprint, load_encoder
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.parameters import AlignmentParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact, FolderMemo
from pipeline.tables import BITEXT_PAIRS, distinct_texts


def aligner_model(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What the vectors depend on outside the graph."""
    del partition
    return {"aligner": encoder_fingerprint(recipe.models.aligner)}


@stage_asset(group="alignment", code_version="1")
def documents(_: Stage, textbook_sentences: Artefacts) -> Product:
    """Catalogue of every document that has sentences; here the partitions fan in."""
    return Product(catalogue(_entry(one) for one in textbook_sentences))


@stage_asset(group="alignment", code_version="1", outside=aligner_model, kinds=frozenset({"torch"}))
def sentence_embeddings(
    stage: Stage, textbook_sentences: Artefacts, bitext_pairs: Artefacts
) -> Product:
    """A unit vector for every distinct text that will be aligned or scored."""
    tables = [one.read() for one in (*textbook_sentences, *bitext_pairs)]
    cache = EmbeddingCache(settings.embedding_cache())
    encoder = load_encoder(stage.recipe.models.aligner, cache=cache, progress=stage.progress)
    return Product(embed_texts(encoder, distinct_texts(tables)))


@stage_asset(group="alignment", code_version="1")
def document_pairs(stage: Stage, documents: Artefact) -> Product:
    """Documents that translate one another."""
    return Product(pair_documents(documents.read(), stage.recipe.focus, stage.recipe.pivots))


@stage_asset(group="alignment", code_version="1", kinds=frozenset({"numpy"}))
def aligned_pairs(
    _: Stage,
    params: AlignmentParams,
    document_pairs: Artefact,
    textbook_sentences: Artefacts,
    sentence_embeddings: Artefact,
) -> Product:
    """Beads of every document pair: which sentences say the same, and which stand alone."""
    vectors = Vectors.from_table(sentence_embeddings.read())
    sentences = by_document(textbook_sentences)
    memo = FolderMemo(settings.alignment_memo())
    return Product(align_documents(document_pairs.read(), sentences, vectors, params, memo))


@stage_asset(group="alignment", code_version="1")
def scored_pairs(
    _: Stage,
    aligned_pairs: Artefact,
    documents: Artefact,
    textbook_sentences: Artefacts,
    bitext_pairs: Artefacts,
    sentence_embeddings: Artefact,
) -> Product:
    """Every pair, aligned here or found in a bitext, with its features; no decision yet."""
    bitexts = pa.concat_tables([BITEXT_PAIRS.empty_table(), *(one.read() for one in bitext_pairs)])
    vectors = Vectors.from_table(sentence_embeddings.read())
    sentences = by_document(textbook_sentences)
    return Product(score_pairs(aligned_pairs.read(), documents.read(), sentences, bitexts, vectors))


def _entry(sentences: Artefact) -> DocumentEntry:
    manifest = sentences.manifest
    partition = sentences.address.partition or ""
    count = sentences.row_count or 0
    return DocumentEntry("textbooks", partition, manifest.metadata, count, manifest.content_hash)
