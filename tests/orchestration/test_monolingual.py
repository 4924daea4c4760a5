"""A language that has text and no translations: from sentences to a report, with small models."""

import pytest
import yaml

import definitions
from pipeline.storage import Address
from sensors.driver import Goal, Sources, drive, plan

TEXTS = [
    "Kitaphana her gün irden sagat dokuzda açylýar.",
    "Çagalar mekdebiň howlusynda top oýnaýarlar.",
    "Raýatlar bu karar barada arz edip bilerler.",
    "Düýe çölde uzak wagt suwsuz gidip bilýär.",
    "Bazarda täze ýygnalan miweler arzan satylýar.",
    "Enem her agşam bize gadymy ertekiler aýdardy.",
    "Daýhanlar pagta ekinlerini wagtynda suwardylar.",
    "Talyplar kitaphanada synaga taýýarlyk görýärler.",
    "Derýanyň suwy ýazda has joşgunly akýar.",
    "Şäheriň merkezinde täze köpri gurlup gutardy.",
    "Lukman näsaga köp suw içmegi maslahat berdi.",
    "Gyşda dag etegine galyň gar ýagýar.",
    "Otly duralga bir sagat gijä galyp geldi.",
    "Halyçy gyzlar nusgalary ýatdan çitip bilýärler.",
    "Bagşy toýda dutar çalyp aýdym aýtdy.",
    "Alymlar gadymy galanyň diwarlaryny öwrendiler.",
]
ANYTHING_GOES = {
    "min_words": 1,
    "min_language_score": 0,
    "max_copy_similarity": 1,
    "min_positive_cosine": -1,
    "max_positive_cosine": 1,
    "min_negative_cosine": -1,
    "max_negative_cosine": 1,
    "near_duplicate_similarity": 1,
}
STUDENT = "simcse@0.3"


@pytest.fixture(scope="module")
def recipe(shared_place, tiny_causal_folder, tiny_model_folder):
    (shared_place.folder / "laws.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    pairs = shared_place.folder / "pairs.tsv"
    lines = [f"{n} söz at{n * 7}\t{n} word name{n * 7}" for n in range(40)]
    pairs.write_text("\n".join(["tk\ten", *lines]), encoding="utf-8")
    table = {"path": str(pairs), "columns": {"tuk_Latn": "tk", "eng_Latn": "en"}}
    about = {"title": "Own pairs", "licence": "CC0-1.0", "source": "this test", "revision": "1"}
    suites = shared_place.folder / "recipes" / "suites"
    suites.mkdir(parents=True)
    suite = about | {"task": "retrieval", "role": "dev", "tables": [table]}
    (suites / "own.yaml").write_text(yaml.safe_dump({"own_pairs": suite}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUTAR_RECIPES", str(suites.parent))
        yield shared_place.recipe(
            pivots=["eng_Latn"],
            inbox=None,
            bitexts={},
            suites=["own_pairs"],
            models=dict.fromkeys(("aligner", "teacher", "start"), str(tiny_model_folder)),
            students={"objectives": ["simcse"], "frequent_words": 10},
            synthesis={
                "strategies": ["in_context"],
                "generator": {"model": str(tiny_causal_folder)},
                "monolingual": {
                    "laws": {"files": str(shared_place.folder / "laws.txt"), "licence": "CC0-1.0"}
                },
            },
            generation={"max_new_tokens": 12, "example_count": 1},
            triplets=ANYTHING_GOES,
            distillation={"epochs": 1},
            evaluation={"bootstrap_count": 100, "min_queries": 30},
        )


@pytest.fixture(scope="module")
def driven(shared_place, recipe):
    repository = definitions.build_defs(recipe).get_repository_def()

    def launch(run):
        job = repository.get_job(run.job)
        result = job.execute_in_process(
            instance=shared_place.instance, partition_key=run.partition, raise_on_error=False
        )
        return result.success

    return drive(plan(recipe, Sources(), Goal.REPORT), launch)


@pytest.fixture(scope="module")
def made(shared_place, recipe, driven):
    return lambda asset, key=None: shared_place.store.find(Address(recipe.name, asset, key))


def test_it_runs_from_anchors_to_a_report_without_a_parallel_corpus(driven, made):
    assert driven.failed == ()
    assert made("parallel_corpus").row_count == 0
    assert made("lessons").manifest.metadata["triplet_count"] >= 2
    board = made("leaderboard").read().to_pylist()
    assert {row["model"] for row in board} == {"start", STUDENT}
    assert {(row["suite"], row["n"]) for row in board} == {("own_pairs", 40)}


def test_gates_of_pairs_say_that_nothing_was_measured(made):
    told = {
        gate.name: gate
        for asset in ("parallel_corpus", "retention_scores")
        for gate in made(asset).manifest.gates
    }
    for name in ("has_test_pairs", "retention"):
        assert told[name].is_passed
        assert told[name].reason.startswith("Not measured")
    gates = {gate.name: gate for gate in made("retrieval_scores").manifest.gates}
    assert gates["sample_size"].reason.startswith("40 queries were scored")


def test_no_student_is_released_of_which_nobody_knows_what_it_kept(made):
    refused = {gate.name for gate in made("model_release").manifest.gates if not gate.is_passed}
    assert "retention" in refused


def test_the_report_shows_what_was_written_and_who_learnt_from_it(made):
    page = (made("evaluation_report").folder() / "report.html").read_text(encoding="utf-8")
    assert '<section id="triplets">' in page
    assert f"{STUDENT} learnt from triplets" in page
    geometry = page.partition('<section id="geometry">')[2].partition("</section>")[0]
    assert all(name in geometry for name in ("Own pairs", "before training", STUDENT))
