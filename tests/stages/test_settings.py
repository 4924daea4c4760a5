from pathlib import Path

import pytest

from pipeline import settings

FOLDERS = {
    "DUTAR_RECIPES": settings.recipe_folder,
    "DUTAR_STORE": settings.artefact_root,
    "DAGSTER_HOME": settings.dagster_home,
    "DUTAR_CACHE": settings.model_cache,
    "DUTAR_WORK": settings.work_folder,
    "DUTAR_REPORTS": settings.report_folder,
    "DUTAR_TRACKING": settings.tracking_folder,
    "DUTAR_EMBEDDINGS": settings.embedding_cache,
    "DUTAR_ALIGNMENTS": settings.alignment_memo,
    "DUTAR_TEST_DATA": settings.test_data,
}


@pytest.mark.parametrize("name", FOLDERS)
def test_each_place_has_a_default_and_follows_its_variable(name, monkeypatch, tmp_path):
    monkeypatch.delenv(name, raising=False)
    assert Path(FOLDERS[name]()).is_absolute()
    assert Path(FOLDERS[name]()) != tmp_path
    monkeypatch.setenv(name, str(tmp_path))
    assert Path(FOLDERS[name]()) == tmp_path


def test_the_project_root_holds_the_recipes():
    assert (settings.project_root() / "recipes" / "demo.yaml").is_file()


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("0", False), ("", False)])
def test_a_machine_is_offline_when_it_is_told_so(value, expected, monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", value)
    assert settings.is_offline() is expected
    monkeypatch.delenv("DUTAR_OFFLINE")
    assert settings.is_offline() is False


def test_a_variable_that_is_not_set_is_none_but_the_test_data_has_a_default(monkeypatch):
    monkeypatch.delenv("DUTAR_TEST_DATA", raising=False)
    assert settings.variable("DUTAR_NOT_SET") is None
    assert settings.variable("DUTAR_TEST_DATA") == str(settings.test_data())


def test_a_process_of_dagster_gets_its_home_and_the_rest_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("SOMETHING_ELSE", "kept")
    environment = settings.environment_of_dagster()
    assert environment["DAGSTER_HOME"] == str(tmp_path)
    assert environment["SOMETHING_ELSE"] == "kept"


def test_no_fault_is_wanted_in_ordinary_life(monkeypatch):
    monkeypatch.delenv("DUTAR_FAULT", raising=False)
    assert settings.fault_point() is None
    monkeypatch.setenv("DUTAR_FAULT", "store:after_folder")
    assert settings.fault_point() == "store:after_folder"
