import json

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.suites import load_suites, suite_names

PAIRS = {
    "title": "Pairs",
    "task": "retrieval",
    "role": "dev",
    "licence": "CC0-1.0",
    "source": "written for this test",
    "revision": "1",
    "tables": [{"path": "pairs.tsv", "columns": {"tuk_Latn": "tk", "rus_Cyrl": "ru"}}],
}


@pytest.fixture
def describe(tmp_path, monkeypatch):
    """Write entries where suites are looked for."""
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path))

    def write(name="own", **entries):
        folder = tmp_path / "suites"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(entries), encoding="utf-8")

    return write


def test_every_suite_of_the_project_is_described_well():
    suites = load_suites(["*"])
    assert [suite.name for suite in suites] == suite_names()
    assert len(suites) >= 15
    assert all(suite.licence and suite.source and suite.revision for suite in suites)


def test_patterns_name_suites_once_in_their_order(describe):
    describe(b_one=PAIRS, b_two=PAIRS, a=PAIRS)
    assert [suite.name for suite in load_suites(["b_*", "a", "b_one"])] == ["b_one", "b_two", "a"]


def test_an_unknown_suite_is_told_with_what_there_is(describe):
    describe(mine=PAIRS)
    with pytest.raises(InputError, match="no suite is called 'yours'; there are mine"):
        load_suites(["yours"])


def test_a_mistyped_key_is_told_with_the_nearest_known_one(describe):
    describe(mine=PAIRS | {"licens": "MIT"})
    with pytest.raises(InputError, match="mine: unknown key 'licens'; did you mean 'licence'"):
        load_suites(["mine"])


def test_a_task_that_nobody_scores_is_refused(describe):
    describe(mine=PAIRS | {"task": "guessing"})
    with pytest.raises(InputError, match="needs a `task`, one of retrieval"):
        load_suites(["mine"])


def test_a_name_in_two_files_is_refused(describe):
    describe("first", mine=PAIRS)
    describe("second", mine=PAIRS)
    with pytest.raises(InputError, match="'mine' is described twice"):
        load_suites(["mine"])


def test_offline_keys_replace_the_others_when_offline(describe, monkeypatch):
    describe(mine=PAIRS | {"offline": {"revision": "packaged"}})
    assert load_suites(["mine"])[0].revision == "1"
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    assert load_suites(["mine"])[0].revision == "packaged"


@pytest.mark.parametrize(
    "change",
    [
        {"tables": []},
        {"tables": [{"columns": {"tuk_Latn": "tk"}}]},
        {"tables": [{"path": "x", "hub": {"dataset": "a/b", "split": "test", "revision": "main"}}]},
        {"role": "exam"},
        {"tables": [], "lines": {"path": "{language}.txt"}},
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_before_it_is(describe, change):
    describe(mine=PAIRS | change)
    with pytest.raises(InputError, match="mine"):
        load_suites(["mine"])


def test_a_recipe_names_only_suites_that_are_described(describe, tmp_path):
    from pipeline.recipe_files import load_recipe

    describe(mine=PAIRS)
    recipe = {"name": "r", "title": "R", "focus": "tuk_Latn", "pivots": ["rus_Cyrl"]}
    path = tmp_path / "r.yaml"
    path.write_text(json.dumps(recipe | {"suites": ["mine"]}), encoding="utf-8")
    assert load_recipe(str(path)).suites == ("mine",)
    path.write_text(json.dumps(recipe | {"suites": ["yours"]}), encoding="utf-8")
    with pytest.raises(InputError, match="no suite is called 'yours'"):
        load_recipe(str(path))
