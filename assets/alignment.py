"""Alignment group: documents in, scored sentence pairs out."""

from collections.abc import Mapping

import pyarrow as pa

from assets.outside import aligner_model
from assets.previews import pairing_preview
from assets.resources import Artefacts, by_document, concatenated
from assets.stage_asset import Product, Stage, stage_asset
from pipeline import settings
from pipeline.alignment.documents.catalogue import DocumentEntry, catalogue, without
from pipeline.alignment.documents.pairing import Contents, lone_documents, pair_documents
from pipeline.alignment.mining.pairs import mine_pairs
from pipeline.alignment.mining.shards import Workshop
from pipeline.alignment.scoring.pair_features import score_pairs
from pipeline.alignment.scoring.synthetic_pairs import synthetic_pairs as make_synthetic_pairs
from pipeline.alignment.sentences.document_alignment import align_documents, bead_counts
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.executors import open_executor
from pipeline.parameters import AlignmentParams, CalibrationParams, MiningParams, PairingParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact, FolderMemo
from pipeline.tables import (
    ALIGNED_PAIRS,
    BITEXT_PAIRS,
    DOCUMENT_PAIRS,
    DOCUMENTS,
    MINED_PAIRS,
    SCORED_PAIRS,
    SENTENCE_EMBEDDINGS,
    SYNTHETIC_PAIRS,
    distinct_texts,
    kept,
)


def retracted_documents(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """Documents that the recipe uses no more."""
    del partition
    return {"retracted": "\n".join(recipe.retracted)}


@stage_asset(group="alignment", code_version="4", outside=retracted_documents, schema=DOCUMENTS)
def documents(
    stage: Stage, textbook_sentences: Artefacts, news_articles: Artefacts, news_sentences: Artefacts
) -> Product:
    """Catalogue of every edition and article that has sentences; here the partitions fan in."""
    editions = [_entry(one) for one in textbook_sentences]
    articles = [one.read() for one in news_articles]
    listed = catalogue(editions, articles, by_document(news_sentences))
    return Product(without(listed, stage.recipe.retracted))


@stage_asset(
    group="alignment",
    code_version="2",
    outside=aligner_model,
    kinds=frozenset({"torch"}),
    schema=SENTENCE_EMBEDDINGS,
)
def sentence_embeddings(
    stage: Stage, textbook_sentences: Artefacts, news_sentences: Artefacts, bitext_pairs: Artefacts
) -> Product:
    """A unit vector for every distinct text that will be aligned, mined or scored."""
    read = *by_document(textbook_sentences, news_sentences).values(), *_tables(bitext_pairs)
    cache = EmbeddingCache(settings.embedding_cache())
    executor = open_executor(**stage.recipe.execution.model_dump())
    encoder = load_encoder(
        stage.recipe.models.aligner, cache=cache, progress=stage.progress, executor=executor
    )
    return Product(embed_texts(encoder, distinct_texts(read)))


@stage_asset(
    group="alignment",
    code_version="5",
    preview=pairing_preview,
    kinds=frozenset({"numpy"}),
    schema=DOCUMENT_PAIRS,
)
def document_pairs(
    stage: Stage,
    params: PairingParams,
    documents: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
    sentence_embeddings: Artefact,
) -> Product:
    """Documents that translate one another: by what they say of themselves, then by their texts."""
    recipe, catalogued = stage.recipe, documents.read()
    sentences = by_document(textbook_sentences, news_sentences)
    contents = Contents(sentences, Vectors.from_table(sentence_embeddings.read()))
    pairs = pair_documents(catalogued, recipe.focus, recipe.pivots, contents, params)
    return Product(pairs, facts=lone_documents(catalogued, pairs, recipe.focus, recipe.pivots))


@stage_asset(group="alignment", code_version="3", kinds=frozenset({"numpy"}), schema=ALIGNED_PAIRS)
def aligned_pairs(
    stage: Stage,
    params: AlignmentParams,
    document_pairs: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
    sentence_embeddings: Artefact,
) -> Product:
    """Beads of every document pair: which sentences say the same, and which stand alone."""
    vectors = Vectors.from_table(sentence_embeddings.read())
    sentences = by_document(textbook_sentences, news_sentences)
    memo = FolderMemo(settings.alignment_memo())
    pairs = kept(document_pairs.read())
    aligned = align_documents(pairs, sentences, vectors, params, memo, stage.progress)
    return Product(aligned, facts={"beads": bead_counts(aligned)})


@stage_asset(group="alignment", code_version="2", kinds=frozenset({"numpy"}), schema=MINED_PAIRS)
def mined_pairs(
    stage: Stage,
    params: MiningParams,
    documents: Artefact,
    document_pairs: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
    sentence_embeddings: Artefact,
) -> Product:
    """Sentence pairs across documents that have no twin, by the margin of their likeness."""
    recipe, vectors = stage.recipe, Vectors.from_table(sentence_embeddings.read())
    catalogued, pairs = documents.read(), kept(document_pairs.read())
    sentences = by_document(textbook_sentences, news_sentences)
    executor = open_executor(**recipe.execution.model_dump())
    workshop = Workshop(executor, FolderMemo(stage.work_folder), stage.progress)
    mined = mine_pairs(
        catalogued, pairs, sentences, vectors, recipe.focus, recipe.pivots, params, workshop
    )
    return Product(mined.pairs, facts=mined.facts)


@stage_asset(group="alignment", code_version="3", schema=SCORED_PAIRS)
def scored_pairs(
    _: Stage,
    aligned_pairs: Artefact,
    mined_pairs: Artefact,
    documents: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
    bitext_pairs: Artefacts,
    sentence_embeddings: Artefact,
) -> Product:
    """Every pair, aligned, mined or found in a bitext, with its features; no decision yet."""
    aligned, mined = aligned_pairs.read(), mined_pairs.read()
    sentences = by_document(textbook_sentences, news_sentences)
    bitexts = concatenated(BITEXT_PAIRS, bitext_pairs)
    vectors = Vectors.from_table(sentence_embeddings.read())
    return Product(score_pairs(aligned, mined, documents.read(), sentences, bitexts, vectors))


@stage_asset(
    group="alignment",
    code_version="1",
    outside=aligner_model,
    kinds=frozenset({"torch"}),
    schema=SYNTHETIC_PAIRS,
)
def synthetic_pairs(stage: Stage, params: CalibrationParams, scored_pairs: Artefact) -> Product:
    """Trusted pairs and wrong ones made from them: what probabilities rest on before reviews do."""
    cache = EmbeddingCache(settings.embedding_cache())
    encoder = load_encoder(stage.recipe.models.aligner, cache=cache, progress=stage.progress)
    return Product(make_synthetic_pairs(scored_pairs.read(), encoder, params.seed))


def _tables(artefacts: Artefacts) -> list[pa.Table]:
    return [one.read() for one in artefacts]


def _entry(sentences: Artefact) -> DocumentEntry:
    manifest = sentences.manifest
    partition = sentences.address.partition or ""
    count = sentences.row_count or 0
    return DocumentEntry("textbooks", partition, manifest.metadata, count, manifest.content_hash)
