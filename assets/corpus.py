"""Corpus group: scored pairs in, a filtered and split parallel corpus out."""

from assets.stage_asset import Product, Stage, stage_asset
from pipeline.corpus.build import build_corpus, leak_verdict
from pipeline.parameters import CorpusParams
from pipeline.storage import Artefact


@stage_asset(group="corpus", code_version="1", gates=("no_leak",), is_versioned=True)
def parallel_corpus(_: Stage, params: CorpusParams, scored_pairs: Artefact) -> Product:
    """Every pair with its split, or with the reason for which it was rejected."""
    corpus = build_corpus(scored_pairs.read(), params)
    return Product(corpus.pairs, [leak_verdict(corpus.pairs)], {"notes": list(corpus.notes)})
