"""Recipes as files: found, read, put in small, and described for editors."""

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline import settings
from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.sections import explanations
from pipeline.yaml_files import expanded, overlaid, read_mapping


def load_recipe(name_or_path: str) -> Recipe:
    """Read `recipes/<name>.yaml`, or the file at a path; `<name>_sample_200` is its sample.

    Raises:
        InputError: no such recipe, not YAML, an unknown key, or a wrong value; the message holds
            the key, the value, and what would be right.
    """
    name, sample = _without_sample(name_or_path)
    path = _recipe_path(name)
    content = overlaid(read_mapping(path, example="focus: tuk_Latn"))
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
    """JSON Schema of a recipe file, `offline:` included, for editors."""
    schema = Recipe.model_json_schema()
    schema["properties"]["offline"] = {
        "type": "object",
        "description": "keys that replace the others when DUTAR_OFFLINE=1",
    }
    return schema


def _without_sample(name: str) -> tuple[str, int | None]:
    """Split `demo_sample_200` into `demo` and 200."""
    match = re.fullmatch(r"(.+)_sample_([1-9]\d*)", name)
    return (match[1], int(match[2])) if match else (name, None)


def _recipe_path(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = settings.recipe_folder() / f"{name_or_path}.yaml"
    if not path.is_file():
        raise InputError(f"no recipe {name_or_path!r}; there are {', '.join(recipe_names())}")
    return path
