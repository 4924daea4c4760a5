"""Configuration in YAML: read, overlaid when offline, completed from the environment."""

import re
from pathlib import Path
from typing import Any

import yaml

from pipeline import settings
from pipeline.errors import InputError

OFFLINE = "offline"


def read_mapping(path: Path, example: str) -> dict[str, Any]:
    """Read a YAML file of keys and values.

    Args:
        path: of the file.
        example: a line it could hold, for whoever wrote something else.

    Raises:
        InputError: the file is no readable YAML, or holds something else.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not readable YAML: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold keys and values, such as `{example}`")
    return content


def overlaid(content: dict[str, Any]) -> dict[str, Any]:
    """`content` without its `offline:` keys, or with the others replaced by them when offline.

    A key that `offline:` sets to null is left out.
    """
    base = {key: value for key, value in content.items() if key != OFFLINE}
    overlay = content.get(OFFLINE) or {}
    return merged(base, overlay) if settings.is_offline() else base


def expanded(value: Any, path: Path) -> Any:  # noqa: ANN401 - YAML holds anything
    """`value` with every `${NAME}` replaced.

    Raises:
        InputError: a variable is not set.
    """
    if isinstance(value, dict):
        return {key: expanded(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item, path) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        found = settings.variable(match[1])
        if found is None:
            raise InputError(f"{path}: ${{{match[1]}}} is not set in the environment")
        return found

    return re.sub(r"\$\{(\w+)\}", replace, value)


def extended(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """`base` with the keys of `own` in their place, `offline:` of both merged likewise.

    Null in `own` leaves a key out. Below `offline:` it stays null, and leaves it out offline.
    """
    offline = merged(base.get(OFFLINE) or {}, own.get(OFFLINE) or {}, keeps_null=True)
    found = merged(*({k: v for k, v in one.items() if k != OFFLINE} for one in (base, own)))
    return found | ({OFFLINE: offline} if offline else {})


def merged(
    base: dict[str, Any], overlay: dict[str, Any], *, keeps_null: bool = False
) -> dict[str, Any]:
    """`base` with the overlay's keys replaced, nested mappings merged; null leaves a key out.

    With `keeps_null` a null replaces like anything else.
    """
    found = base | overlay
    for key, value in overlay.items():
        if isinstance(value, dict):
            below = base.get(key)
            below = below if isinstance(below, dict) else {}
            found[key] = merged(below, value, keeps_null=keeps_null)
        elif value is None and not keeps_null:
            del found[key]
    return found
