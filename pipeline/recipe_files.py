"""Recipes as files: found, read, put in small, and described for editors."""

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline import settings
from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.sections import explanations
from pipeline.yaml_files import OFFLINE, expanded, extended, overlaid, read_mapping

EXTENDS = "extends"
OWN_KEYS = ("name", "title")
"""What a recipe never takes from the one that it extends."""


def load_recipe(name_or_path: str) -> Recipe:
    """Read `recipes/<name>.yaml`, or the file at a path; `<name>_sample_200` is its sample.

    A recipe that `extends` another is that one with its own keys in their place, nested ones key by
    key; what it sets to null is left out.

    Raises:
        InputError: no such recipe, one that extends itself, not YAML, an unknown key, or a wrong
            value; the message holds the key, the value, and what would be right.
    """
    name, sample = _without_sample(name_or_path)
    path = _recipe_path(name)
    content = overlaid(_whole(path))
    try:
        recipe = Recipe.model_validate(expanded(content, path))
        return recipe.sampled(sample) if sample else recipe
    except ValidationError as error:
        raise InputError(f"{path}: " + "; ".join(explanations(error, Recipe))) from error


def recipe_names() -> list[str]:
    """Recipes in the recipe folder, sorted."""
    return sorted(path.stem for path in settings.recipe_folder().glob("*.yaml"))


def is_recipe(name: str) -> bool:
    """Whether `recipes/` holds it, or what it is a sample of."""
    return _without_sample(name)[0] in recipe_names()


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe file, `extends:` and `offline:` included, for editors."""
    schema = Recipe.model_json_schema()
    schema["properties"][EXTENDS] = {
        "type": "string",
        "description": "recipe whose keys hold where this one has none, by name or path",
    }
    whole = {"required": schema.pop("required")}
    schema["anyOf"] = [whole, {"required": [EXTENDS, *OWN_KEYS]}]
    schema["properties"]["offline"] = {
        "type": "object",
        "description": "keys that replace the others when DUTAR_OFFLINE=1",
    }
    return schema


def _without_sample(name: str) -> tuple[str, int | None]:
    """Split `demo_sample_200` into `demo` and 200."""
    match = re.fullmatch(r"(.+)_sample_([1-9]\d*)", name)
    return (match[1], int(match[2])) if match else (name, None)


def _whole(path: Path, extending: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Keys of a file and of what it extends."""
    content = read_mapping(path, example="focus: tuk_Latn")
    base = content.pop(EXTENDS, None)
    if base is None:
        return content
    if missing := [key for key in OWN_KEYS if key not in content]:
        raise InputError(f"{path} extends {base!r}, and needs {missing[0]!r} of its own")
    chain = (*extending, path)
    below = _recipe_path(str(base))
    if below in chain:
        raise InputError(f"{path} extends {base!r}, which extends it in turn")
    whole = _whole(below, chain)
    for key in OWN_KEYS:
        (whole.get(OFFLINE) or {}).pop(key, None)
    return extended(whole, content)


def _recipe_path(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = settings.recipe_folder() / f"{name_or_path}.yaml"
    if not path.is_file():
        raise InputError(f"no recipe {name_or_path!r}; there are {', '.join(recipe_names())}")
    return path
