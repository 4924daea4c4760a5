"""A student with an adapter put on, and with shorter vectors, is scored beside itself."""

import shutil
from datetime import date

import pytest
import torch
import yaml

from assets.stage_asset import Stage
from assets.student_forms import student_form_scores
from pipeline.distillation.students.model_files import LORA_FOLDER
from pipeline.distillation.students.student import Student
from pipeline.distillation.task_adapters import ADAPTERS_FOLDER
from pipeline.parameters import DistillationParams, EvaluationParams
from pipeline.progress import silent
from pipeline.storage import Address, Fingerprint
from pipeline.tables import PARALLEL_CORPUS, as_table

FINGERPRINT = Fingerprint(code_version="1", parameters={}, inputs={})
PARAMS = EvaluationParams(bootstrap_count=100)
STUDENT = "mse+mnr+kl@0.3"
PAIRS = [(f"kitap {number}", f"книга {number}", number % 6) for number in range(24)]
RATED = {
    "title": "Own ratings",
    "task": "similarity",
    "role": "dev",
    "licence": "CC0-1.0",
    "source": "written for this test",
    "revision": "1",
}


@pytest.fixture(scope="module")
def student_folder(tiny_model_folder, tmp_path_factory):
    """The tiny model with an adapter of random weights for similarity, and one for bitexts."""
    folder = tmp_path_factory.mktemp("forms")
    adapted = Student.in_training(tiny_model_folder, DistillationParams(lora_rank=2))
    with torch.no_grad():
        for parameter in adapted.trained_parameters.values():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator()))
    adapted.save(folder / "adapted")
    student = shutil.copytree(tiny_model_folder, folder / "student")
    for task in ("bitext", "similarity"):
        shutil.copytree(folder / "adapted" / LORA_FOLDER, student / ADAPTERS_FOLDER / task)
    return student


@pytest.fixture
def scores(place, student_folder, tmp_path, monkeypatch):
    """What is scored of a student, by its facts and the suites of its recipe."""
    table = tmp_path / "rated.tsv"
    lines = ["one\tother\tgold", *(f"{one}\t{other}\t{gold}" for one, other, gold in PAIRS)]
    table.write_text("\n".join(lines), encoding="utf-8")
    columns = {"first": "one", "second": "other", "score": "gold"}
    rated = RATED | {"tables": {"tuk_Latn-rus_Cyrl": {"path": str(table), "columns": columns}}}
    (tmp_path / "recipes" / "suites").mkdir(parents=True)
    content = yaml.safe_dump({"own_ratings": rated})
    (tmp_path / "recipes" / "suites" / "own.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path / "recipes"))

    def score(facts, suites=(), folder=student_folder):
        student = place.store.publish(
            Address("trial", "student_models", STUDENT),
            folder,
            fingerprint=FINGERPRINT,
            metadata=facts,
        )
        rows = [
            {
                "pair_id": one,
                "origin": "bitexts",
                "source_language": "tuk_Latn",
                "target_language": "rus_Cyrl",
                "source_text": one,
                "target_text": other,
                "split": "test",
            }
            for one, other, _ in PAIRS
        ]
        corpus = place.store.publish(
            Address("trial", "parallel_corpus"),
            as_table(rows, PARALLEL_CORPUS),
            fingerprint=FINGERPRINT,
        )
        recipe = place.recipe(suites=list(suites))
        stage = Stage(
            recipe, "", silent, date(2026, 11, 1), None, place.folder / "w", None, None, None
        )
        return student_form_scores.body(stage, PARAMS, corpus, (student,)).content.to_pylist()

    return score


def measured(rows):
    """Which model was measured by what."""
    return {(row["model"], row["metric"]) for row in rows if row["model"] != "difference"}


def test_an_adapter_is_asked_what_it_is_for_and_compared_with_the_student_itself(scores):
    rows = scores({}, suites=["own_ratings"])
    assert measured(rows) == {
        (STUDENT, "p_at_1"),
        (f"{STUDENT} with bitext adapter", "p_at_1"),
        (STUDENT, "spearman"),
        (f"{STUDENT} with similarity adapter", "spearman"),
    }
    (gain,) = [row for row in rows if row["metric"] == "spearman" and row["model"] == "difference"]
    assert gain["note"].startswith(f"{STUDENT} with similarity adapter minus {STUDENT}")
    assert gain["p_adjusted"] is not None
    values = {row["model"]: row["value"] for row in rows if row["metric"] == "spearman"}
    assert values[STUDENT] != values[f"{STUDENT} with similarity adapter"]


def test_without_a_suite_of_its_task_an_adapter_is_asked_for_translations(scores):
    assert (f"{STUDENT} with similarity adapter", "p_at_1") in measured(scores({}))


def test_shortened_vectors_are_asked_for_translations_and_ratings_at_each_length(
    scores, tiny_model_folder
):
    facts = {"matryoshka_dimensions": "4,16"}
    rows = scores(facts, suites=["own_ratings"], folder=tiny_model_folder)
    names = {f"{STUDENT} in 4 dimensions", f"{STUDENT} in 16 dimensions", STUDENT}
    asked = {(name, metric) for name in names for metric in ("p_at_1", "spearman")}
    assert measured(rows) == asked


def test_a_student_without_other_forms_has_no_scores_here(scores, tiny_model_folder):
    assert scores({}, folder=tiny_model_folder) == []
