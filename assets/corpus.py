"""Corpus group: scored pairs in, a filtered and split parallel corpus out, and what people get."""

from collections.abc import Mapping

from assets.lineage import notes_of
from assets.previews import filter_preview
from assets.scoring import TASKS, read_tasks, suite_files
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.annotation.verdict_codes import verdict_names
from pipeline.corpus.browser import write_browser
from pipeline.corpus.build import build_corpus
from pipeline.corpus.card import CorpusFacts
from pipeline.corpus.exports import export_corpus
from pipeline.corpus.filtering import filter_pairs
from pipeline.corpus.gates import leak_verdict, test_size_verdict
from pipeline.corpus.thresholding import decide_threshold
from pipeline.evaluation.suites.evaluated import evaluated_in
from pipeline.parameters import CorpusParams, FilterParams
from pipeline.probability.models import pair_probabilities as probabilities_of
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import FILTERED_PAIRS, PAIR_PROBABILITIES, PARALLEL_CORPUS
from pipeline.textbooks.page_images import inbox_pages


def publishing(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What an export says and may contain, besides its pairs."""
    del partition
    return {"licences": " ".join(recipe.publishable_licences), "title": recipe.title}


@stage_asset(group="corpus", code_version="2", schema=PAIR_PROBABILITIES)
def pair_probabilities(_: Stage, scored_pairs: Artefact, calibration: Artefact) -> Product:
    """How probably each pair is correct, given its scores and what reviewers said of others."""
    return Product(probabilities_of(scored_pairs.read(), calibration.read()))


@stage_asset(group="corpus", code_version="2", preview=filter_preview, schema=FILTERED_PAIRS)
def filtered_pairs(
    _: Stage,
    params: FilterParams,
    scored_pairs: Artefact,
    pair_probabilities: Artefact,
    verdicts: Artefact,
    calibration: Artefact,
) -> Product:
    """Every pair, kept or with the reason against it; the threshold follows from the target."""
    scored, reviewed = scored_pairs.read(), verdicts.read()
    facts = calibration.manifest.metadata
    decision = decide_threshold(
        scored,
        pair_probabilities.read(),
        reviewed,
        params,
        is_calibrated=bool(facts["is_calibrated"]),
        is_trained_on_synthetic_pairs=bool(facts["is_trained_on_synthetic_pairs"]),
    )
    least = decision.threshold.value if decision.threshold else None
    pairs = filter_pairs(scored, decision.probabilities, reviewed, least, params, verdict_names())
    return Product(pairs, facts=decision.facts())


@stage_asset(
    group="corpus",
    code_version="3",
    gates=("no_leak", "has_test_pairs"),
    outside=suite_files,
    is_versioned=True,
    schema=PARALLEL_CORPUS,
)
def parallel_corpus(stage: Stage, params: CorpusParams, filtered_pairs: Artefact) -> Product:
    """Every pair with its split, or with the reason for which it was rejected."""
    suites = evaluated_in(read_tasks(stage.recipe, TASKS))
    corpus = build_corpus(filtered_pairs.read(), params, suites)
    may_be_empty = stage.recipe.may_lack_pairs
    size = test_size_verdict(corpus.pairs, params, may_be_empty=may_be_empty)
    gates = [leak_verdict(corpus.pairs, params), size]
    return Product(corpus.pairs, gates, {"notes": list(corpus.notes)})


@stage_asset(group="corpus", code_version="1", outside=publishing, is_versioned=True)
def corpus_exports(stage: Stage, parallel_corpus: Artefact, agreement: Artefact) -> Product:
    """The corpus as others read it: Parquet, TMX, Moses, JSON lines, a card; public and private."""
    recipe, manifest = stage.recipe, parallel_corpus.manifest
    facts = CorpusFacts(
        recipe_name=recipe.name,
        title=recipe.title,
        content_hash=manifest.content_hash,
        parameters=manifest.fingerprint_parts.parameters,
        agreement="; ".join(gate.reason for gate in agreement.manifest.gates),
        notes=notes_of(parallel_corpus),
    )
    folder = stage.work_folder / "exports"
    return Product(
        export_corpus(parallel_corpus.read(), facts, recipe.publishable_licences, folder)
    )


@stage_asset(group="corpus", code_version="1", kinds=frozenset({"html"}))
def corpus_browser(stage: Stage, parallel_corpus: Artefact) -> Product:
    """Pages that lead from every pair to the place in the book, article or file it came from."""
    images = inbox_pages(stage.recipe.inbox)
    pairs = parallel_corpus.read_even_if_refused()
    return Product(write_browser(pairs, images, stage.work_folder / "browser"))
