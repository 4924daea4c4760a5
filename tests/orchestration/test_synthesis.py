"""Triplets by all three strategies, through Dagster, with small random models."""

import pytest

import definitions
from assets.showing import describe
from pipeline.storage import Address
from pipeline.tables import TRIPLET_TASKS, kept

TEXTS = [
    "Kitaphana her gün irden sagat dokuzda açylýar.",
    "Çagalar mekdebiň howlusynda top oýnaýarlar.",
    "Raýatlar bu karar barada arz edip bilerler.",
    "Düýe çölde uzak wagt suwsuz gidip bilýär.",
]
STRATEGIES = ("in_context", "adapters", "xl_lora")


@pytest.fixture(scope="module")
def recipe(shared_place, tiny_causal_folder, tiny_model_folder):
    texts = shared_place.folder / "laws.txt"
    texts.write_text("\n".join(TEXTS), encoding="utf-8")
    inferences = shared_place.folder / "inferences.csv"
    inferences.write_text(
        "premise,russian,hypothesis,label\na b,а б,ab,0\nc d,в г,dc,2\n", encoding="utf-8"
    )
    column = {"file": str(inferences)}
    return shared_place.recipe(
        pivots=["eng_Latn"],
        models=dict.fromkeys(("aligner", "teacher", "start"), str(tiny_model_folder)),
        synthesis={
            "strategies": STRATEGIES,
            "generator": {"model": str(tiny_causal_folder)},
            "monolingual": {"laws": {"files": str(texts), "licence": "CC0-1.0"}},
            "inferences": {
                "own": {
                    "premises": {
                        "eng_Latn": column | {"column": "premise"},
                        "rus_Cyrl": column | {"column": "russian"},
                    },
                    "hypotheses": column | {"column": "hypothesis"},
                    "labels": column | {"column": "label"},
                    "entailment": [0, 0],
                    "contradiction": [2, 2],
                }
            },
        },
        generators={"epochs": 1, "rank": 2},
        generation={"max_new_tokens": 8, "example_count": 1},
    )


@pytest.fixture(scope="module")
def launch(shared_place, recipe):
    repository = definitions.build_defs(recipe).get_repository_def()

    def run(job, partition=None):
        return repository.get_job(job).execute_in_process(
            instance=shared_place.instance, partition_key=partition
        )

    return run


@pytest.fixture(scope="module")
def written(shared_place, recipe, launch):
    launch("choose_anchors")
    for strategy in STRATEGIES:
        launch("write_triplets", strategy)
    return lambda asset, strategy: shared_place.store.find(Address(recipe.name, asset, strategy))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_anchor_has_a_triplet_kept_or_with_its_reason(written, strategy):
    table = written("filtered_triplets", strategy).read()
    assert sorted(table["anchor_text"].to_pylist()) == sorted(TEXTS)
    assert set(table["strategy"].to_pylist()) == {strategy}
    assert all(table["positive_raw"].is_valid().to_pylist())
    facts = written("filtered_triplets", strategy).manifest.metadata
    assert facts["kept_count"] == table["reject_reason"].null_count


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_adapters_are_kept_where_a_strategy_has_some_and_prompts_always(written, strategy):
    folder = written("triplet_generators", strategy).folder()
    has_adapters = (folder / "positive" / "adapter_model.safetensors").is_file()
    assert has_adapters == (strategy != "in_context")
    assert (folder / "prompts" / "relations.yaml").is_file()


def test_the_funnel_and_the_cost_of_writing_are_shown(written):
    from assets.previews import triplet_preview

    shown = describe(written("filtered_triplets", "xl_lora"), triplet_preview)
    assert "kept" in shown["funnel"].value
    facts = written("synthetic_triplets", "xl_lora").manifest.metadata
    assert facts["completion_tokens"] > 0
    assert facts["tokens_per_second"] > 0


def test_tasks_for_annotators_are_of_kept_triplets(written):
    filtered, tasks = (
        written(name, "in_context").read() for name in ("filtered_triplets", "triplet_tasks")
    )
    assert tasks.schema == TRIPLET_TASKS
    assert set(tasks["triplet_id"].to_pylist()) == set(kept(filtered)["triplet_id"].to_pylist())


def test_writing_again_over_the_same_text_does_no_work(written, launch):
    before = written("synthetic_triplets", "adapters").content_hash
    result = launch("write_triplets", "adapters")
    assert result.success
    again = written("synthetic_triplets", "adapters")
    assert again.content_hash == before
    assert again.manifest.ledger["run_id"] != result.run_id
