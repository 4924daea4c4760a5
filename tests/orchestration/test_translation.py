"""Translation through Dagster: a corpus in, a model, its scores and the report's section out."""

import itertools

import dagster as dg
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from assets import STAGE_ASSETS
from assets.building import build_asset
from assets.resources import ArtefactStore
from pipeline.cli import app
from pipeline.encoders import load_encoder
from pipeline.evaluation.models import as_models
from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.evaluation.suites.running import score_tasks
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.parameters import EvaluationParams
from pipeline.storage import Address, Fingerprint
from pipeline.tables import CONTAMINATION, PARALLEL_CORPUS, as_table
from pipeline.translation import monolingual
from pipeline.translation.teaching import BACK_TRANSLATED_NAME

pytestmark = pytest.mark.slow

WAY, BACK = "tuk_Latn-rus_Cyrl", "rus_Cyrl-tuk_Latn"
WORDS = {
    "kitap": "книга", "suw": "вода", "öý": "дом", "gök": "синий", "ňan": "хлеб", "ýol": "дорога",
}  # fmt: skip
UNPAIRED = ["gök ňan", "öý gök ýol suw"]  # with English alone
HELD_OUT = "kitap kitap suw"  # with English to learn from, with Russian to be tested on
UNTRANSLATED = "ýol gök öý suw ňan"  # in a file, in no pair
SMALL = {"hidden": 64, "layers": 1, "heads": 4, "feed_forward": 128, "pieces": 80, "dropout": 0.0}
TAUGHT = {"preset": "scratch", "epochs": 50, "batch_tokens": 256, "learning_rate": 5e-3}
TRANSLATING = TAUGHT | {"dev_pairs": 10, "dev_checks": 3, "max_tokens": 24, "beams": 1}


def _corpus():
    """Sentences of three words whose translation has them in the opposite order; 81 to test."""
    rows = []
    for number, words in enumerate(itertools.product(WORDS, repeat=3)):
        said = " ".join(WORDS[word] for word in words[::-1])
        split = "test" if number % 8 in {1, 4, 6} else "dev" if number % 16 == 0 else "train"
        rows.append((" ".join(words), "rus_Cyrl", said, split))
    rows += [(text, "eng_Latn", f"sentence {text}", "train") for text in (*UNPAIRED, HELD_OUT)]
    names = ("source_text", "target_language", "target_text", "split")
    empty = dict.fromkeys(PARALLEL_CORPUS.names) | {"source_language": "tuk_Latn"}
    return as_table([empty | dict(zip(names, row, strict=True)) for row in rows], PARALLEL_CORPUS)


@pytest.fixture(scope="module")
def recipe(shared_place):
    def changed(**changes):
        wanted = {
            "translation": {"scratch": SMALL, "directions": [WAY]},
            "translating": TRANSLATING,
            "evaluation": {"bootstrap_count": 200, "min_queries": 100},
            "suites": [],
        }
        return shared_place.recipe(**wanted | changes)

    return changed


@pytest.fixture(scope="module")
def make(shared_place, recipe):
    """Materialize an asset of the trial's recipe."""
    store = shared_place.store
    store.publish(Address("trial", "parallel_corpus"), _corpus(), fingerprint=Fingerprint("1"))

    def run(name, partition=None, **changes):
        wanted = recipe(**changes)
        return dg.materialize(
            [build_asset(declared, wanted) for declared in STAGE_ASSETS],
            selection=[dg.AssetKey(["trial", name])],
            resources={"artefacts": ArtefactStore(root=str(shared_place.folder / "store"))},
            instance=shared_place.instance,
            partition_key=partition,
        )

    return run


@pytest.fixture(scope="module")
def trained(make):
    assert make("monolingual_sentences").success  # none: nobody asks for them
    return make("translation_models", WAY)


@pytest.fixture(scope="module")
def scored(make, trained):
    return make("translation_scores")


@pytest.fixture(scope="module")
def model(shared_place, trained):
    return shared_place.store.find(Address("trial", "translation_models", WAY))


def _shown(result):
    [event] = result.get_asset_materialization_events()
    return event.materialization.metadata


def _verdict(result):
    [check] = result.get_asset_check_evaluations()
    return check.passed, check.description


def test_a_model_shows_its_loss_its_development_scores_and_samples(trained, model):
    shown, facts = _shown(trained), model.manifest.metadata
    assert facts["dev_chrf2pp"] > facts["dev_chrf2pp_of_start"] + 20
    assert {"loss_over_steps", "chrf_over_steps"} <= shown.keys()
    assert "книга" in shown["translations"].value


def test_scores_have_their_number_signature_interval_and_refusal(shared_place, scored):
    table = shared_place.store.find(Address("trial", "translation_scores")).read_even_if_refused()
    whole = [row for row in table.to_pylist() if not row["slice"]]
    figures = {row["model"]: row for row in whole if row["metric"] == "chrf2pp"}
    assert {row["n"] for row in figures.values()} == {81}
    assert "nrefs:1|case:mixed|" in figures["translator"]["note"]
    simple = figures["word for word"]
    assert simple["ci_low"] < simple["value"] < simple["ci_high"]
    assert figures["translator"]["ci_low"] > figures["copy"]["ci_high"]
    passed, words = _verdict(scored)
    assert not passed
    assert "81 sentences" in words
    assert "translator" in _shown(scored)["chrf"].value


def test_enough_sentences_pass(make, scored):
    few = make("translation_scores", evaluation={"bootstrap_count": 200, "min_queries": 20})
    assert _verdict(few)[0], _verdict(few)
    make("translation_scores")


def test_a_second_run_does_no_work(shared_place, make, model, scored):
    before = model.manifest.ledger["run_id"], model.content_hash
    assert make("translation_models", WAY).success
    assert make("translation_scores").success
    after = shared_place.store.find(Address("trial", "translation_models", WAY))
    assert (after.manifest.ledger["run_id"], after.content_hash) == before


def test_a_report_of_these_scores_has_a_section_on_translation_with_the_refusal(
    shared_place, scored
):
    scores = shared_place.store.find(Address("trial", "translation_scores"))
    data = ReportData(
        title="A trial",
        focus="tuk_Latn",
        pivots=("rus_Cyrl",),
        others={"translation": scores.read_even_if_refused()},
        gates=scores.manifest.gates,
    )
    page = render_report(data)
    section = page.partition('id="translation"')[2].partition("</section>")[0]
    for words in ("Translating", "chrF++", ">81<", "nrefs:1", "word for word", "Against a copy"):
        assert words in section
    assert "81 sentences were scored; 100 is the minimum" in page


def test_texts_are_translated_by_the_models_start_and_learnt_but_never_scored(
    shared_place, make, recipe, model
):
    lora = {"lora_rank": 4, "epochs": 1, "batch_pairs": 16, "dev_pairs": 5, "dev_checks": 1}
    alone = shared_place.folder / "alone.txt"
    alone.write_text(f"{HELD_OUT}\n{UNTRANSLATED}\n", encoding="utf-8")
    source = {"files": str(alone), "licence": "CC0-1.0"}
    changes = {
        "translation": {"model": str(model.folder()), "directions": [BACK]},
        "translating": lora | {"back_translated": 5, "max_tokens": 24, "beams": 1},
        "synthesis": {"monolingual": {"alone": source}},
        "anchors": {"min_words": 1, "min_language_score": 0},
    }
    assert make("monolingual_sentences", **changes).success
    judged = shared_place.store.find(Address("trial", "monolingual_sentences")).read()
    reasons = {row["text"]: row["reject_reason"] for row in judged.to_pylist()}
    assert reasons == {HELD_OUT: monolingual.HELD_OUT, UNTRANSLATED: None}
    assert make("translation_models", BACK, **changes).success
    taught = shared_place.store.find(Address("trial", "translation_models", BACK))
    pairs = parquet.read_table(taught.folder() / BACK_TRANSLATED_NAME).to_pylist()
    assert [pair["target_text"] for pair in pairs] == [*UNPAIRED, UNTRANSLATED]
    assert {pair["origin"] for pair in pairs} == {"back_translated"}
    assert taught.manifest.metadata["back_translated_count"] == len(pairs)
    assert taught.manifest.metadata["unknown_token_share_after"] == 0
    assert make("monolingual_sentences").success  # none again


def test_its_encoder_is_scored_as_any_encoder(model):
    held_out = [row for row in _corpus().to_pylist() if row["split"] == "test"]
    sources = [row["source_text"] for row in held_out]
    task = ParallelTexts("same", ("tuk_Latn", "tuk_Latn"), sources, sources)
    models = as_models({"start": load_encoder(str(model.folder()))})
    rows = score_tasks([task], models, EvaluationParams(bootstrap_count=100)).table().to_pylist()
    found = {row["value"] for row in rows if row["metric"] == "p_at_1" and not row["slice"]}
    assert found == {1.0}


def test_a_recipe_measures_its_own_translation_model_as_a_baseline(
    shared_place, make, model, tiny_model_folder
):
    unseen = CONTAMINATION.empty_table()
    shared_place.store.publish(
        Address("trial", "contamination"), unseen, fingerprint=Fingerprint("1")
    )
    name = f"translation:{WAY}"
    models = {"start": str(tiny_model_folder), "baselines": [name]}
    make("retrieval_scores", models=models)
    scores = shared_place.store.find(Address("trial", "retrieval_scores")).read_even_if_refused()
    found = {row["model"]: row["model_fingerprint"] for row in scores.to_pylist()}
    assert found.keys() == {"start", name, "difference"}
    assert found[name] == load_encoder(str(model.folder())).fingerprint


def test_dutar_translate_reads_a_file_and_writes_one(model, tmp_path):
    lines, out = tmp_path / "lines.txt", tmp_path / "said.txt"
    lines.write_text("kitap suw öý\n\nňan gök ýol\n", encoding="utf-8")
    words = ["translate", str(model.folder()), "tuk", "rus", "--beams", "1"]
    result = CliRunner().invoke(app, [*words, "--text", str(lines), "--out", str(out)])
    assert result.exit_code == 0, result.output
    said = out.read_text(encoding="utf-8").splitlines()
    assert len(said) == 3
    assert said[1] == ""
    assert set(" ".join(said).split()) <= {*WORDS.values()}
    assert "2 of 2 translated" in result.stderr


def test_a_direction_that_a_model_does_not_know_is_one_sentence(model):
    result = CliRunner().invoke(app, ["translate", str(model.folder()), "tuk", "eng"], input="suw")
    assert result.exit_code != 0
    assert "has no token for eng_Latn" in str(result.exception)
    assert "rus_Cyrl" in str(result.exception)
