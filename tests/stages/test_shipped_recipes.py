"""The recipes that come with the project, as they are online and as they are offline."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from pipeline import settings
from pipeline.bitexts import read_bitext
from pipeline.distillation.lessons.paragraphs import running_text
from pipeline.hub_data import HubData
from pipeline.monolingual.reading import read_monolingual
from pipeline.recipe_files import load_recipe, recipe_names
from pipeline.suites import load_suites
from pipeline.synthesis.inferences import chosen, read_inferences
from pipeline.tables import kept

PROGRAMMES = ("azerbaijani_english", "bangla_english", "turkmen_russian")
BOOTSTRAPS = {
    "bootstrap_icl": "in_context",
    "bootstrap_adapters": "adapters",
    "bootstrap_xl_lora": "xl_lora",
}
PARAGRAPHS = ("azerbaijani_english", "0")
EVALUATED = ("flores200", "tatoeba", "sib200", "stsb", "xquad", "kazqad")
needs_data = pytest.mark.skipif(not settings.test_data().is_dir(), reason="no evaluation data here")


def parts_of(value: object) -> Iterator[BaseModel]:
    """Every section within a configuration, itself among them."""
    if isinstance(value, BaseModel):
        yield value
        inner = [getattr(value, name) for name in type(value).model_fields]
    elif isinstance(value, dict):
        inner = list(value.values())
    else:
        inner = list(value) if isinstance(value, (list, tuple)) else []
    for one in inner:
        yield from parts_of(one)


def hub_data_of(recipe):
    """What a recipe and its suites read from the hub."""
    parts = parts_of([recipe, *load_suites(recipe.suites)])
    return [part for part in parts if isinstance(part, HubData)]


def models_of(recipe):
    starts = [kind.start for kind in recipe.students.kinds.values() if kind.start]
    models = recipe.models
    translators = [recipe.translation.model] if recipe.translation else []
    named = [models.aligner, models.teacher, models.start, *models.baselines, *starts]
    return [*named, *filter(None, translators)]


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", "1")


def test_the_programmes_are_shipped():
    assert {"demo", *PROGRAMMES} <= set(recipe_names())


@pytest.mark.parametrize("name", PROGRAMMES)
def test_online_its_data_and_models_are_named_for_ever(name):
    recipe = load_recipe(name)
    revisions = {hub.revision for hub in hub_data_of(recipe)}
    assert revisions
    assert all(len(one) == 40 or one == "refs/convert/parquet" for one in revisions)
    from_the_hub = [model for model in models_of(recipe) if "/" in model]
    assert from_the_hub
    assert all("@" in model for model in from_the_hub)


@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.usefixtures("offline")
def test_offline_it_names_nothing_on_the_hub(name):
    recipe = load_recipe(name)
    assert hub_data_of(recipe) == []
    assert [model for model in models_of(recipe) if "/" in model] == []
    assert all(suite.task != "mteb" for suite in load_suites(recipe.suites))


@pytest.mark.parametrize("is_offline", ["0", "1"])
@pytest.mark.parametrize("name", recipe_names())
def test_bitexts_that_hold_documents_are_among_its_running_text(name, is_offline, monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", is_offline)
    recipe = load_recipe(name)
    documents = {key for key, source in recipe.bitexts.items() if source.are_documents}
    assert {f"bitexts/{key}/" for key in documents} <= {*running_text(recipe.lessons)}
    assert documents == ({"wikipedia"} if (name, is_offline) == PARAGRAPHS else set())


@pytest.mark.parametrize("is_offline", ["0", "1"])
def test_the_turkmen_recipe_trains_task_adapters(is_offline, monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", is_offline)
    kinds = load_recipe("turkmen_russian").students.kinds.values()
    assert [task for kind in kinds for task in kind.adapters]


def test_the_bangla_recipe_teaches_as_many_pairs_as_its_curve_asks_for():
    recipe = load_recipe("bangla_english")
    assert recipe.lessons.most_pairs > 2_660_000  # pairs of BanglaNMT
    assert max(recipe.students.curve_pairs) <= recipe.lessons.most_pairs


@pytest.mark.parametrize("is_offline", ["0", "1"])
@pytest.mark.parametrize("name", PROGRAMMES)
def test_it_is_scored_in_its_languages_and_its_retention_on_rated_pairs(
    name, is_offline, monkeypatch
):
    monkeypatch.setenv("DUTAR_OFFLINE", is_offline)
    recipe = load_recipe(name)
    suites = load_suites(recipe.suites)
    said = {suite.name: suite.model_dump_json() for suite in suites}
    served = (recipe.focus, *recipe.pivots)
    assert all(any(code in text for code in served) for text in said.values())
    assert any(recipe.focus in text for text in said.values())
    rated = {key for suite in suites if suite.task == "similarity" for key in suite.tables}
    assert set(recipe.pivots) <= rated
    assert recipe.evaluation.min_retention == 0.986


@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.usefixtures("offline")
def test_offline_it_trains_on_nothing_that_it_is_scored_on(name):
    paths = [str(path) for one in load_recipe(name).bitexts.values() for path in one.paths]
    assert paths
    assert [path for path in paths if any(word in path for word in EVALUATED)] == []


@needs_data
@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.usefixtures("offline")
def test_offline_it_has_pairs_enough_to_train_a_first_student(name):
    recipe = load_recipe(name)
    counts = {
        key: kept(read_bitext(source, recipe.focus, recipe.pivots, key)).num_rows
        for key, source in recipe.bitexts.items()
    }
    assert all(count > 100 for count in counts.values())
    assert sum(counts.values()) > 4000


@pytest.mark.parametrize(("name", "strategy"), BOOTSTRAPS.items())
def test_a_bootstrap_recipe_has_triplets_written_by_its_strategy_alone(name, strategy):
    recipe = load_recipe(name)
    assert recipe.synthesis.strategies == (strategy,)
    assert "simcse" in recipe.students.objectives
    assert "/" in recipe.synthesis.generator.model
    revisions = {hub.revision for hub in hub_data_of(recipe)}
    assert revisions
    assert all(len(one) == 40 or one == "refs/convert/parquet" for one in revisions)


@pytest.mark.parametrize("name", BOOTSTRAPS)
@pytest.mark.usefixtures("offline")
def test_offline_a_bootstrap_recipe_asks_the_embedded_model_about_500_anchors(name):
    recipe = load_recipe(name)
    assert hub_data_of(recipe) == []
    assert recipe.synthesis.generator.model == "embedded:smollm2"
    assert recipe.anchors.anchor_count == 500


@needs_data
@pytest.mark.usefixtures("offline")
def test_offline_a_bootstrap_recipe_reads_its_text_and_what_adapters_learn():
    recipe = load_recipe("bootstrap_xl_lora")
    inferences = read_inferences(recipe.synthesis.inferences.values())
    languages = ("eng_Latn", "rus_Cyrl", "tur_Latn")
    for relation in ("positive", "negative"):
        assert len(chosen(inferences, languages, relation, 10_000)) > 4000
    sentences = list(read_monolingual(recipe.synthesis.monolingual, recipe.focus))
    assert len(sentences) > 1000
    assert not [row for row in sentences if '"20.tm.txt"' in row["locator"]]
