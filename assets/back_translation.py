"""Sentences of one language alone, for translation models to learn from."""

from collections.abc import Mapping

import pyarrow as pa

from assets.resources import Artefacts
from assets.scoring import TASKS, read_tasks
from assets.stage_asset import Product, Stage, stage_asset
from assets.synthesis import monolingual_text
from pipeline.evaluation.suites.evaluated import evaluated_in
from pipeline.monolingual.reading import read_monolingual, sentence_rows
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import ANCHOR_SENTENCES
from pipeline.translation.monolingual import judge_sentences
from pipeline.translation_directions import Direction


def back_translated_languages(recipe: Recipe) -> list[str]:
    """Languages whose text is translated back: those that the recipe's directions write."""
    if not recipe.translating.back_translated:
        return []
    return list(dict.fromkeys(Direction.named(name).target for name in recipe.directions()))


def monolingual_origin(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What these sentences depend on outside the graph, where somebody asks for them."""
    wanted = back_translated_languages(recipe)
    if not wanted:
        return {}
    return {
        **monolingual_text(recipe, partition),
        "languages": " ".join(wanted),
        "anchors": recipe.anchors.model_dump_json(),
        "alike": str(recipe.corpus.near_duplicate_similarity),
        "retracted": " ".join(recipe.retracted),
    }


@stage_asset(
    group="translation", code_version="1", outside=monolingual_origin, schema=ANCHOR_SENTENCES
)
def monolingual_sentences(
    stage: Stage,
    parallel_corpus: Artefact,
    textbook_sentences: Artefacts,
    news_sentences: Artefacts,
) -> Product:
    """Sentences to be translated back, or why not; none where no recipe asks for them."""
    recipe, wanted = stage.recipe, back_translated_languages(stage.recipe)
    if not wanted:
        return Product(ANCHOR_SENTENCES.empty_table())
    corpus, suites = parallel_corpus.read(), evaluated_in(read_tasks(recipe, TASKS))
    tables = [one.read() for one in (*textbook_sentences, *news_sentences)]
    read = [
        *(row for code in wanted for row in sentence_rows(tables, code)),
        *read_monolingual(recipe.synthesis.monolingual, recipe.focus),
    ]
    rows = [row for row in read if row["document_key"] not in recipe.retracted]
    alike = recipe.corpus.near_duplicate_similarity
    judged = [judge_sentences(rows, code, corpus, suites, recipe.anchors, alike) for code in wanted]
    return Product(pa.concat_tables(judged))
