"""What the terminal's commands ask of Dagster."""

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipeline.recipe_files import recipe_names
from sensors import __main__ as terminal
from sensors.tags import RECIPE_TAG


@pytest.fixture
def asked(place, monkeypatch):
    """Arguments of every `dagster` command that would have been started."""
    commands = []
    monkeypatch.setenv("DAGSTER_HOME", str(place.folder / "home"))
    monkeypatch.setattr(
        terminal, "_dagster", lambda *words, held=(): commands.append([*words]) or 0
    )
    return commands


def run(*words):
    result = CliRunner().invoke(terminal.app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_run_is_of_the_recipes_code_location_and_ends_at_the_report(asked):
    assert run("run", "demo") == "There is no report yet.\n"
    (command,) = asked
    assert command[command.index("-a") + 1] == "demo"
    assert command[command.index("-j") + 1] == "refresh_report"


def test_a_sample_is_run_under_a_name_of_its_own(asked):
    run("run", "demo", "--goal", "corpus", "--sample", "200")
    (command,) = asked
    assert command[command.index("-a") + 1] == "demo_sample_200"
    assert command[command.index("-j") + 1] == "refresh_corpus"


def test_a_sample_is_a_code_location_that_shares_no_asset_and_no_tag_with_the_recipe():
    import definitions

    sample = definitions.demo_sample_20
    assert {key.path[0] for key in sample.resolve_asset_graph().get_all_asset_keys()} == {
        "demo_sample_20"
    }
    assert sample.resolve_job_def("align").tags[RECIPE_TAG] == "demo_sample_20"


def test_validate_covers_every_recipe(asked, place):
    run("validate")
    (command,) = asked
    workspace = (place.folder / "home" / "workspace.yaml").read_text()
    assert command[:2] == ["definitions", "validate"]
    assert [f"attribute: {name}" in workspace for name in recipe_names()] == [True] * len(
        recipe_names()
    )


def test_recover_ends_what_died_with_an_earlier_dagster(asked, place):
    @dg.job
    def trial():
        pass

    home = terminal.prepare_home()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        died = instance.create_run_for_job(trial, status=dg.DagsterRunStatus.STARTED).run_id
    assert run("recover").startswith("1 runs had died")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_run_by_id(died).status is dg.DagsterRunStatus.FAILURE
    assert run("recover") == ""
