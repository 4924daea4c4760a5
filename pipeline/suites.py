"""Evaluation suites as data: one YAML entry names texts, languages, licence, role and revision.

Read from `recipes/suites/*.yaml`. An entry's `offline:` keys replace the others when the machine is
offline. Nothing is opened here but the YAML itself.
"""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeAlias, cast

from pydantic import ValidationError

from pipeline import settings
from pipeline.errors import InputError
from pipeline.sections import explanations
from pipeline.suite_entries import SUITE_MODELS, Suite
from pipeline.yaml_files import expanded, overlaid, read_mapping

EvaluatedIn: TypeAlias = Callable[[Sequence[tuple[str, str]]], Sequence[str | None]]
"""Of each (language, text) the suite that it would give away, if it were trained on; or None."""


def suite_names() -> list[str]:
    """Every suite that `recipes/suites/` describes, sorted."""
    return sorted(_entries())


def load_suites(patterns: Iterable[str]) -> list[Suite]:
    """The suites of these names, or of patterns such as `flores200_*`, each once, in order.

    Raises:
        InputError: nothing is called so, or an entry is wrong; the message holds the key.
    """
    entries = _entries()
    found: dict[str, Suite] = {}
    for pattern in patterns:
        names = [name for name in sorted(entries) if fnmatchcase(name, pattern)]
        if not names:
            raise InputError(f"no suite is called {pattern!r}; there are {', '.join(entries)}")
        found |= {name: _suite(name, *entries[name]) for name in names if name not in found}
    return list(found.values())


def open_suites(patterns: Iterable[str], *, are_test_sets_opened: bool) -> list[Suite]:
    """Those of `load_suites` that may be scored: what is trained on never, test sets when opened.

    Raises:
        InputError: as `load_suites`.
    """
    roles = {"dev", "test"} if are_test_sets_opened else {"dev"}
    return [suite for suite in load_suites(patterns) if suite.role in roles]


def _entries() -> dict[str, tuple[Any, Path]]:
    """Raw entries and the files they stand in, by name."""
    found: dict[str, tuple[Any, Path]] = {}
    for path in sorted((settings.recipe_folder() / "suites").glob("*.yaml")):
        for name, entry in read_mapping(path, example="my_suite: {task: retrieval}").items():
            if name in found:
                raise InputError(f"{path}: {name!r} is described twice, in {found[name][1]} too")
            found[name] = (entry, path)
    return found


def _suite(name: str, entry: Any, path: Path) -> Suite:  # noqa: ANN401 - YAML holds anything
    where = f"{path}: {name}"
    if not isinstance(entry, dict) or entry.get("task") not in SUITE_MODELS:
        raise InputError(f"{where} needs a `task`, one of {', '.join(SUITE_MODELS)}")
    model = SUITE_MODELS[entry["task"]]
    try:
        content = {"name": name} | expanded(overlaid(entry), path)
        return cast("Suite", model.model_validate(content))
    except ValidationError as error:
        raise InputError(f"{where}: " + "; ".join(explanations(error, model))) from error
