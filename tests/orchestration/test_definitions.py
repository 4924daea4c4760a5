import subprocess
import sys

import dagster as dg
import pytest

from assets import STAGE_ASSETS
from pipeline.recipe_files import load_recipe, recipe_names
from pipeline.settings import project_root

ARCHITECTURE = project_root() / "docs" / "architecture.md"


@pytest.fixture(scope="module")
def build_defs():
    import definitions

    return definitions.build_defs


@pytest.mark.parametrize("name", recipe_names())
def test_dagster_accepts_every_recipe(build_defs, name):
    dg.Definitions.validate_loadable(build_defs(load_recipe(name)))


def test_the_diagram_of_the_architecture_shows_the_graph_as_it_is(build_defs):
    graph = build_defs(load_recipe("demo")).resolve_asset_graph()
    nodes = [graph.get(key) for key in sorted(graph.get_all_asset_keys())]
    lines = ["flowchart TD"]
    for group in sorted({node.group_name for node in nodes}):
        members = [node.key.path[-1] for node in nodes if node.group_name == group]
        lines += [f"    subgraph {group}", *(f"        {name}" for name in members), "    end"]
    lines += sorted(
        f"    {parent.path[-1]} --> {node.key.path[-1]}"
        for node in nodes
        for parent in node.parent_keys
    )
    diagram = "```mermaid\n" + "\n".join(lines) + "\n```"
    assert diagram in ARCHITECTURE.read_text(encoding="utf-8"), diagram


def test_loading_definitions_imports_no_torch_and_opens_no_socket():
    program = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
import definitions
definitions.demo
heavy = {"torch", "transformers", "sentence_transformers", "faiss"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project_root(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_unknown_recipe_is_told_with_those_that_exist():
    import definitions

    with pytest.raises(AttributeError, match=r"no recipe 'nowhere'; there are .*demo"):
        definitions.nowhere  # noqa: B018 - the look-up is what is tested


def test_every_asset_tells_in_one_sentence_what_it_is():
    for asset in STAGE_ASSETS:
        assert asset.body.__doc__, asset.name
        assert asset.body.__doc__.strip().endswith("."), asset.name


def test_the_launchpad_shows_the_recipes_own_values(build_defs, tmp_path):
    recipe = load_recipe("demo")
    changed = recipe.model_copy(
        update={"filtering": recipe.filtering.model_copy(update={"min_cosine": 0.42})}
    )
    pairs = next(
        asset for asset in build_defs(changed).assets if asset.key.path[-1] == "filtered_pairs"
    )
    fields = pairs.node_def.config_schema.config_type.fields
    assert fields["min_cosine"].default_value == 0.42
