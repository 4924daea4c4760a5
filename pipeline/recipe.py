"""A recipe: everything a language programme needs, in one YAML that fails early and clearly.

Frozen pydantic models refuse unknown keys. `${NAME}` is replaced by an environment variable, and
relative paths start at the project's root. `offline:` overlays the rest when a machine is offline.
"""

import difflib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline import parameters, settings
from pipeline.errors import InputError
from pipeline.languages import language

NAME = r"^[a-z][a-z0-9_]*$"


class Section(BaseModel):
    """Base: frozen, and a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BitextSource(Section):
    """A translation memory that exists already."""

    catalogue: Literal["django", "babel"] = Field(description="catalogue of an installed package")


class Gold(Section):
    """What is known to be right about the books; used only to score, never to train."""

    folder: Path = Field(
        description="holds a folder per book with sentences.<language>.txt,"
        " beads.<source>-<target>.txt and pages.<language>.jsonl"
    )
    unit: Literal["sentence", "paragraph"] = "sentence"


class Students(Section):
    """Which students to train: every objective with every balance value."""

    objectives: tuple[Literal["mse+mnr"], ...] = Field(("mse+mnr",), min_length=1)
    balances: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field((0.7,), min_length=1)
    frequent_words: int = Field(
        100_000, ge=0, description="per retained language, kept in the pruned vocabulary (count)"
    )

    def variants(self) -> list[str]:
        """Partition keys, e.g. `mse+mnr@0.7`, in the recipe's order."""
        pairs = itertools.product(self.objectives, self.balances)
        return [f"{objective}@{balance:g}" for objective, balance in pairs]

    @staticmethod
    def balance_of(variant: str) -> float:
        """The balance value in a partition key."""
        return float(variant.rpartition("@")[2])


class Models(Section):
    """Encoders by role: a hub id, a folder, `embedded:e5-small` or `embedded:minilm`."""

    aligner: str = "embedded:e5-small"
    teacher: str = "embedded:e5-small"
    start: str = Field("embedded:e5-small", description="what the student is before training")


class Recipe(Section):
    """One language programme; see `recipes/` for commented examples."""

    name: str = Field(pattern=NAME, description="prefix of every asset key")
    title: str = Field(description="for people")
    focus: str = Field(description="the language served, e.g. tuk_Latn")
    pivots: tuple[str, ...] = Field(min_length=1, description="languages it is paired with")
    inbox: Path = Field(description="folder of PDFs, each with a sidecar YAML")
    bitexts: dict[str, BitextSource] = Field(default_factory=dict)
    gold: Gold | None = None
    models: Models = Field(default_factory=Models)
    students: Students = Field(default_factory=Students)

    textbooks: parameters.TextbookParams = Field(default_factory=parameters.TextbookParams)
    sentences: parameters.SentenceParams = Field(default_factory=parameters.SentenceParams)
    alignment: parameters.AlignmentParams = Field(default_factory=parameters.AlignmentParams)
    corpus: parameters.CorpusParams = Field(default_factory=parameters.CorpusParams)
    distillation: parameters.DistillationParams = Field(
        default_factory=parameters.DistillationParams
    )
    evaluation: parameters.EvaluationParams = Field(default_factory=parameters.EvaluationParams)

    @field_validator("focus")
    @classmethod
    def _is_known(cls, code: str) -> str:
        return language(code).code

    @field_validator("pivots")
    @classmethod
    def _are_known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(language(code).code for code in codes)

    @field_validator("inbox")
    @classmethod
    def _starts_at_the_project(cls, path: Path) -> Path:
        return settings.project_root() / path

    @model_validator(mode="after")
    def _pivots_differ_from_focus(self) -> "Recipe":
        if self.focus in self.pivots:
            raise ValueError(f"pivots: {self.focus} is the focus language and cannot be its pivot")
        return self

    @property
    def gold_folder(self) -> Path | None:
        """Where the gold lies, or None."""
        return settings.project_root() / self.gold.folder if self.gold else None


def load_recipe(name_or_path: str) -> Recipe:
    """Read `recipes/<name>.yaml`, or the file at a path.

    Raises:
        InputError: no such recipe, not YAML, an unknown key, or a wrong value; the message holds
            the key, the value, and what would be right.
    """
    path = _recipe_path(name_or_path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not readable YAML: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold keys and values, such as `focus: tuk_Latn`")
    overlay = content.pop("offline", None) or {}
    merged = _overlaid(content, overlay) if settings.is_offline() else content
    try:
        return Recipe.model_validate(_expanded(merged, path))
    except ValidationError as error:
        raise InputError(f"{path}: " + "; ".join(_explanations(error))) from error


def recipe_names() -> list[str]:
    """Recipes in the recipe folder, sorted."""
    return sorted(path.stem for path in settings.recipe_folder().glob("*.yaml"))


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe file, `offline:` included, for editors."""
    schema = Recipe.model_json_schema()
    schema["properties"]["offline"] = {
        "type": "object",
        "description": "keys that replace the others when DUTAR_OFFLINE=1",
    }
    return schema


def _recipe_path(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = settings.recipe_folder() / f"{name_or_path}.yaml"
    if not path.is_file():
        raise InputError(f"no recipe {name_or_path!r}; there are {', '.join(recipe_names())}")
    return path


def _overlaid(base: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """`base` with the overlay's keys replaced, nested mappings merged."""
    merged = dict(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _overlaid(merged[key], value) if both else value
    return merged


def _expanded(value: Any, path: Path) -> Any:  # noqa: ANN401 - YAML holds anything
    """`value` with every `${NAME}` replaced."""
    if isinstance(value, dict):
        return {key: _expanded(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item, path) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        found = settings.variable(match[1])
        if found is None:
            raise InputError(f"{path}: ${{{match[1]}}} is not set in the environment")
        return found

    return re.sub(r"\$\{(\w+)\}", replace, value)


def _explanations(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"]) or "recipe"
        if problem["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(problem["loc"][-1]), _keys_at(problem["loc"]), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {_keys_at(problem['loc'])}"
            yield f"unknown key {key!r}; {hint}"
        else:
            yield f"{key}: {problem['msg']} (got {problem['input']!r})"


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """Keys that are allowed beside the one at `location`."""
    model: type[BaseModel] = Recipe
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return sorted(model.model_fields)
