"""A recipe to start from: every section, in force or as a comment that can be uncommented."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from pipeline import settings
from pipeline.bitexts.guessing import UNREADABLE, guess_entries, look_into
from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.recipe import Recipe
from pipeline.recipe_files import load_recipe
from pipeline.recipe_sections import NAME

_TEMPLATE = "starter.yaml.jinja"
_CATALOGUES = {"django": "django", "cldr": "babel", "debian": "debian"}  # by the entry's name


@dataclass(frozen=True)
class Wishes:
    """What a user says of a new recipe; languages are codes of `pipeline.languages`."""

    name: str
    focus: str
    pivots: tuple[str, ...]
    inbox: str | None = None
    bitexts: tuple[Path, ...] = ()


def write_recipe(wishes: Wishes, *, may_replace: bool = False) -> Path:
    """Write `recipes/<name>.yaml` and return its path; it loads, or nothing is written.

    Raises:
        InputError: the name or a language is wrong, a bitext cannot be made out, or the recipe
            exists and may not be replaced.
    """
    if not re.fullmatch(NAME, wishes.name):
        raise InputError(f"{wishes.name!r} is no recipe name: small letters, digits, underscores")
    if wishes.focus in wishes.pivots:
        raise InputError(f"{wishes.focus} is the focus language and cannot be its pivot")
    path = settings.recipe_folder() / f"{wishes.name}.yaml"
    if path.exists() and not may_replace:
        raise InputError(f"{path} exists; choose another name, or replace it with --force")
    text = render_recipe(wishes)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        load_recipe(str(trial))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def render_recipe(wishes: Wishes) -> str:
    """The text of a recipe; reads the bitexts and the catalogues of installed packages."""
    focus, *pivots = (language(code) for code in (wishes.focus, *wishes.pivots))
    files = guess_entries(wishes.bitexts, wishes.focus, wishes.pivots)
    catalogues = [
        (name, catalogue, note, not note.startswith(UNREADABLE) and catalogue != "debian")
        for name, catalogue in _CATALOGUES.items()
        for note in [look_into({"catalogue": catalogue}, wishes.focus, wishes.pivots)]
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - YAML, not HTML; values go through the filter below
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["yaml"] = _yaml
    return environment.get_template(_TEMPLATE).render(
        name=wishes.name,
        title=f"{focus.name} with {' and '.join(pivot.name for pivot in pivots)}",
        focus=focus,
        pivots=pivots,
        inbox=wishes.inbox and _portable_place(wishes.inbox),
        files=[(guess.name, _portable_entry(guess.entry), guess.note) for guess in files],
        catalogues=catalogues,
        is_any_usable=bool(files) or any(is_usable for *_, is_usable in catalogues),
        licences=list(Recipe.model_fields["publishable_licences"].default),
        tuned=list(_tuned_sections()),
    )


def _tuned_sections() -> Iterator[tuple[str, str, list[tuple[str, Any, str]]]]:
    """Name, purpose and (key, default, description) of the sections that have defaults."""
    for name, field in Recipe.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            purpose = (model.__doc__ or "").splitlines()[0]
            keys = model.model_fields.items()
            yield (
                name,
                purpose,
                [
                    (key, at.get_default(call_default_factory=True), at.description or "")
                    for key, at in keys
                ],
            )


def _portable_entry(entry: Any) -> Any:  # noqa: ANN401 - YAML holds anything
    """An entry whose paths do not name this machine where that can be helped."""
    portable = dict(entry)
    if "file" in portable:
        portable["file"] = _portable(Path(portable["file"]))
    if "files" in portable:
        portable["files"] = {
            code: _portable(Path(path)) for code, path in portable["files"].items()
        }
    return portable


def _portable_place(place: str) -> str:
    """A path as `_portable`; an URL as it is."""
    return place if "://" in place else _portable(Path(place))


def _portable(path: Path) -> str:
    """As a recipe writes a path: from the project's root, from the shared data, or absolute."""
    absolute = path.resolve()
    roots = {settings.project_root(): "", settings.test_data(): "${DUTAR_TEST_DATA}/"}
    for root, prefix in roots.items():
        if absolute.is_relative_to(root.resolve()):
            return prefix + absolute.relative_to(root.resolve()).as_posix()
    return str(absolute)


def _yaml(value: Any) -> str:  # noqa: ANN401 - YAML holds anything
    """A value on one line."""
    plain = to_jsonable_python(value, exclude_none=True)
    text = yaml.safe_dump(
        plain, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
    )
    return text.removesuffix("\n").removesuffix("\n...")
