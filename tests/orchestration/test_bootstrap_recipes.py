"""The three shipped recipes without translations: what they resolve to, and how they write."""

import pytest

import definitions
from pipeline import settings
from pipeline.recipe_files import load_recipe
from pipeline.storage import Address
from pipeline.tables import kept

STRATEGIES = {
    "bootstrap_icl": "in_context",
    "bootstrap_adapters": "adapters",
    "bootstrap_xl_lora": "xl_lora",
}
BY_STRATEGY = ("triplet_generators", "synthetic_triplets", "filtered_triplets", "triplet_tasks")
ANCHORS = 3


@pytest.mark.parametrize("is_offline", ["0", "1"])
@pytest.mark.parametrize(("name", "strategy"), STRATEGIES.items())
def test_a_bootstrap_recipe_has_a_graph_that_writes_by_its_strategy(
    name, strategy, is_offline, monkeypatch
):
    monkeypatch.setenv("DUTAR_OFFLINE", is_offline)
    recipe = load_recipe(name)
    assert recipe.synthesis.generator.is_chat == (strategy == "in_context" and is_offline == "0")
    graph = definitions.build_defs(recipe).get_repository_def().asset_graph
    nodes = {key.path[-1]: graph.get(key) for key in graph.get_all_asset_keys()}
    for asset in BY_STRATEGY:
        assert nodes[asset].partitions_def.get_partition_keys() == [strategy]
    assert nodes["lessons"].is_executable
    bitexts = [] if name == "bootstrap_xl_lora" else ["cldr", "django"]
    assert sorted(nodes["bitext_pairs"].partitions_def.get_partition_keys()) == bitexts


@pytest.fixture
def in_small(monkeypatch, tiny_causal_folder, tiny_model_folder):
    """Reads a shipped recipe offline, with tiny models in the places of the embedded ones."""
    if not (settings.test_data() / "tds_gov_tm").is_dir():
        pytest.skip(f"needs {settings.test_data() / 'tds_gov_tm'}")
    monkeypatch.setenv("DUTAR_OFFLINE", "1")

    def read(name):
        recipe = load_recipe(name)
        models = dict.fromkeys(("aligner", "teacher", "start"), str(tiny_model_folder))
        generator = {"model": str(tiny_causal_folder)}  # it reads letter by letter
        learning = {"epochs": 1, "most_examples": 4, "max_tokens": 512, "rank": 2}
        anchors = {"anchor_count": ANCHORS, "max_words": 5}
        return recipe.model_copy(
            update={
                "synthesis": recipe.synthesis.model_copy(
                    update={"generator": recipe.synthesis.generator.model_copy(update=generator)}
                ),
                "models": recipe.models.model_copy(update=models),
                "anchors": recipe.anchors.model_copy(update=anchors),
                "generators": recipe.generators.model_copy(update=learning),
            }
        )

    return read


def test_offline_a_bootstrap_recipe_writes_triplets_end_to_end(place, in_small):
    recipe = in_small("bootstrap_xl_lora")
    repository = definitions.build_defs(recipe).get_repository_def()
    for job, partition in (("choose_anchors", None), ("write_triplets", "xl_lora")):
        repository.get_job(job).execute_in_process(instance=place.instance, partition_key=partition)

    def made(asset, partition="xl_lora"):
        return place.store.find(Address(recipe.name, asset, partition))

    anchors = kept(made("anchor_sentences", None).read())
    triplets = made("filtered_triplets").read()
    assert anchors.num_rows == ANCHORS
    assert sorted(triplets["anchor_text"].to_pylist()) == sorted(anchors["text"].to_pylist())
    assert set(triplets["written_language"].to_pylist()) == {"eng_Latn"}
    adapters = made("triplet_generators").manifest.metadata["adapters"]
    assert set(adapters) == {"positive", "negative"}
    assert all(log["losses"] and log["learnt_count"] for log in adapters.values())
