"""Parts of configuration files: frozen models that refuse what they do not know, and say so."""

import difflib
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationError


class Section(BaseModel):
    """Base: frozen, and a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def explanations(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """What is wrong, key by key, with the value found and what would be right.

    Args:
        error: of validating `model`.
        model: the outermost one.
    """
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"]) or "it"
        if problem["type"] == "extra_forbidden":
            known = _keys_at(model, problem["loc"])
            near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {known}"
            yield f"unknown key {key!r}; {hint}"
        elif problem["type"] == "missing":
            yield f"{key!r} is missing"
        else:
            yield f"{key}: {problem['msg']} (got {problem['input']!r})"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Keys that are allowed beside the one at `location`."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        annotation = field.annotation if field else None
        for inner in (annotation, *get_args(annotation)):  # a model, an optional one, a dict of it
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                model = inner
    return sorted(model.model_fields)
