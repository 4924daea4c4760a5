"""What the assets of the evaluation group share: suites by role, scores, and their mistakes."""

from dataclasses import asdict, dataclass
from datetime import date

import pyarrow as pa
import pytest
import yaml
from sentence_transformers import SentenceTransformer

from assets import scoring
from assets.encoders import sizes_of
from assets.scoring import (
    TASKS,
    Measured,
    chosen_suites,
    compared_models,
    every_suite,
    mistakes_of,
    read_tasks,
    scored_on,
    scores_product,
    suite_words,
)
from assets.stage_asset import Stage
from pipeline.errors import InputError
from pipeline.evaluation.baselines import Bm25, LengthRatio
from pipeline.evaluation.measures.scores import Mistake, Scored
from pipeline.evaluation.tasks.mining_f1 import MiningTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.measurements import Measurement
from pipeline.parameters import EvaluationParams
from pipeline.progress import silent
from pipeline.statistics import Interval
from pipeline.storage import Address, Fingerprint, GateVerdict
from pipeline.tables import CONTAMINATION, as_table

ABOUT = {"title": "Own", "licence": "CC0-1.0", "source": "written for this test", "revision": "1"}
PAIRS = [(f"{n} söz at{n * 7}", f"{n} слово им{n * 7}") for n in range(40)]
FINGERPRINT = Fingerprint(code_version="1", parameters={}, inputs={})
PARAMS = EvaluationParams(bootstrap_count=100)


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(["tk\tru", *map("\t".join, PAIRS)]), encoding="utf-8")
    return path


@pytest.fixture
def trial(place, pairs, monkeypatch):
    """A recipe that names all suites there are: retrieval by role, mining, alignment."""
    columns = {"tuk_Latn": "tk", "rus_Cyrl": "ru"}
    bitext = ABOUT | {"tables": [{"path": str(pairs), "columns": columns}]}
    beads = {"languages": ["tuk_Latn", "rus_Cyrl"], "texts": ["a", "b"], "beads": "c"}
    described = {
        f"pairs_{role}": bitext | {"task": "retrieval", "role": role}
        for role in ("dev", "test", "train")
    }
    described["mined"] = bitext | {"task": "mining", "role": "dev"}
    described["beads"] = ABOUT | beads | {"task": "alignment", "role": "dev"}
    folder = place.folder / "recipes" / "suites"
    folder.mkdir(parents=True)
    (folder / "all.yaml").write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    monkeypatch.setenv("DUTAR_RECIPES", str(folder.parent))

    def recipe(*, is_final=False, **changes):
        evaluation = {"bootstrap_count": 100, "are_test_sets_opened": is_final}
        return place.recipe(suites=["*"], evaluation=evaluation, **changes)

    return recipe


def mistake(number, model="bm25", suite="own", direction="a-b"):
    return Mistake(suite, direction, model, f"query {number}", "right", "found", 0.5 - number / 100)


def difference(p_value):
    measured = Measurement("own", "a-b", "d", "difference", "x", 13)
    return measured.score("p_at_1", Interval(0.1, 0.0, 0.2, 9), "bm25 minus start", p_value)


def names(suites):
    return [suite.name for suite in suites]


def test_suites_are_chosen_by_task_and_test_sets_only_when_they_are_opened(trial):
    assert names(chosen_suites(trial(), ["retrieval"])) == ["pairs_dev"]
    assert names(chosen_suites(trial(is_final=True), ["retrieval"])) == ["pairs_dev", "pairs_test"]
    assert names(chosen_suites(trial(), ["mining", "retrieval"])) == ["mined", "pairs_dev"]
    assert names(chosen_suites(trial(), TASKS)) == ["mined", "pairs_dev"]
    assert chosen_suites(trial(), ["similarity"]) == []


def test_a_recipe_without_suites_has_no_tasks(place):
    assert chosen_suites(place.recipe(), TASKS) == []
    assert read_tasks(place.recipe(), TASKS) == []


def test_tasks_are_read_in_the_order_of_the_suites(trial):
    mined, paired = read_tasks(trial(), TASKS)
    assert isinstance(mined, MiningTask)
    assert isinstance(paired, ParallelTexts)
    assert (paired.suite, len(paired.sources)) == ("pairs_dev", 40)


def test_three_mistakes_of_each_model_suite_and_direction_are_kept_as_facts():
    given = [
        *(mistake(number) for number in range(5)),
        *(mistake(number, model="length") for number in range(2)),
        *(mistake(number, direction="b-a") for number in range(4)),
        *(mistake(number, suite="other") for number in range(4)),
    ]
    product = scores_product(Scored([], given), [])
    kept = [*given[:3], *given[5:7], *given[7:10], *given[11:14]]
    assert product.facts == {"mistakes": [asdict(one) for one in kept]}


def test_scores_are_stored_with_p_values_adjusted_and_their_gates():
    gate = GateVerdict("saturation", is_passed=True, reason="fine")
    product = scores_product(Scored([difference(0.01), difference(0.04)]), [gate])
    assert product.content["p_adjusted"].to_pylist() == [0.02, 0.04]
    assert product.gates == [gate]
    assert product.facts == {"mistakes": []}


def test_mistakes_come_back_from_the_store_as_they_were(place):
    product = scores_product(Scored([difference(0.01)], [mistake(0), mistake(1)]), [])
    stored = place.store.publish(
        Address("trial", "retrieval_scores"),
        product.content,
        fingerprint=FINGERPRINT,
        metadata=dict(product.facts),
    )
    bare = place.store.publish(
        Address("trial", "ocr_scores"), product.content, fingerprint=FINGERPRINT
    )
    assert mistakes_of(stored, bare) == [mistake(0), mistake(1)]
    assert mistakes_of() == []


@pytest.fixture
def printed(monkeypatch):
    """Fingerprints of encoders without their weights."""
    monkeypatch.setattr(scoring, "start_model", lambda recipe, partition: {"start": "start's"})
    monkeypatch.setattr(scoring, "encoder_fingerprint", lambda name: f"print of {name}")


def test_scores_depend_on_the_models_and_on_the_files_of_their_own_suites(trial, printed, pairs):
    models = {"baselines": ["bm25", "teacher", "embedded:other"], "teacher": "embedded:e5-small"}
    recipe = trial(models=models)
    before = scored_on("retrieval")(recipe, "")
    assert before.keys() == {"start", "baselines", "teacher", "embedded:other", "pairs_dev"}
    assert before["teacher"] == "print of embedded:e5-small"
    assert before["baselines"] == "bm25 teacher embedded:other"
    pairs.write_text(pairs.read_text(encoding="utf-8") + "\nbir\tодин", encoding="utf-8")
    after = scored_on("retrieval")(recipe, "")
    assert {name for name in before if before[name] != after[name]} == {"pairs_dev"}


def test_contamination_depends_on_every_suite_that_is_scored(trial, printed):
    assert every_suite(trial(), "").keys() == {"start", "mined", "pairs_dev"}
    opened = every_suite(trial(is_final=True), "")
    assert opened.keys() == {"start", "mined", "pairs_dev", "pairs_test"}


def test_reports_know_every_suite_that_the_recipe_names(trial):
    told = suite_words(trial(models={"baselines": ["bm25", "length"]}))
    assert told.keys() == {"beads", "mined", "pairs_dev", "pairs_test", "pairs_train", "baselines"}
    assert told["baselines"] == "bm25 length"
    assert '"role":"test"' in told["pairs_test"]


@dataclass
class Refused:
    """An artefact that a gate refused: it may be looked at only."""

    table: pa.Table

    def read(self):
        pytest.fail("read as if no gate had refused it")

    def read_even_if_refused(self):
        return self.table


def unused(*_arguments, **_named):
    pytest.fail("scores need neither a program of their own nor plots while they are made")


def test_models_are_scored_on_the_corpus_and_on_suites_sliced_by_what_was_trained_on(
    trial, tmp_path, monkeypatch
):
    models = {"start": LengthRatio(), "student": Bm25()}
    monkeypatch.setattr(scoring, "compared_models", lambda *_: models)
    found = as_table(
        [
            {"suite": "pairs_dev", "direction": "tuk_Latn-rus_Cyrl", "unit": unit}
            for unit in range(20)
        ],
        CONTAMINATION,
    )
    stage = Stage(trial(), "", silent, date(2026, 1, 1), tuple, tmp_path, unused, unused, tmp_path)
    measured = Measured(stage, PARAMS, (), (), Refused(found))
    own = ParallelTexts("corpus", ("tuk_Latn", "rus_Cyrl"), *map(list, zip(*PAIRS, strict=True)))
    rows = measured.on([own], "retrieval").rows
    assert list(dict.fromkeys(row["suite"] for row in rows)) == ["corpus", "pairs_dev"]
    assert {row["model"] for row in rows} == {"start", "student", "difference"}
    slices = {(row["suite"], row["slice"], row["n"]) for row in rows if row["slice"]}
    assert {one for one in slices if one[1].startswith("training")} == {
        ("pairs_dev", "training: not seen", 20),
        ("pairs_dev", "training: seen in training", 20),
    }


def test_a_translation_model_that_was_not_trained_is_no_baseline_yet(trial):
    recipe = trial(
        models={"baselines": ["translation:rus_Cyrl-tuk_Latn"]}, translation={"scratch": {}}
    )
    with pytest.raises(InputError, match="has not been trained: run train_translator"):
        compared_models(recipe, (), (), silent)


def test_a_students_size_is_read_of_its_weights_whatever_its_making_told(place, tiny_model_folder):
    address = Address("trial", "student_models", "scratch-mse@0.7")
    student = place.store.publish(address, tiny_model_folder, fingerprint=FINGERPRINT)
    (size,) = sizes_of((student,)).values()
    assert size["parameter_count"] == sum(
        parameter.numel() for parameter in SentenceTransformer(str(tiny_model_folder)).parameters()
    )
    assert size["model_bytes"] > 4 * size["parameter_count"]
