"""Releases: a pointer per recipe to the model that people use, and the list of what it was before.

Models are immutable and stay in the store; releasing one, or going back to an older one, moves the
pointer in one step.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.storage import Address, Artefact, Store

RELEASES = "model_release"  # the asset whose versions can be released
HASH_DIGITS = 12  # as many as are shown

_HISTORY = ".history.jsonl"


@dataclass(frozen=True)
class Release:
    """One line of a recipe's history: which content was pointed to, and since when (UTC)."""

    content_hash: str
    released_at: str


def releasable(store: Store, recipe: str, beginning: str | None = None) -> Artefact:
    """The newest model, or an earlier version by the first digits of its hash.

    Raises:
        InputError: there is none, or several versions begin like that.
    """
    if beginning is None:
        newest = store.find(Address(recipe, RELEASES))
        if newest is None:
            raise InputError(f"{recipe} has no model to release yet: launch refresh_report first")
        return newest
    versions = store.versions(recipe, RELEASES)
    found = [one for one in versions if one.content_hash.startswith(beginning)]
    if len(found) != 1:
        known = ", ".join(one.content_hash[:HASH_DIGITS] for one in versions) or "none"
        raise InputError(f"{len(found)} versions begin with {beginning!r}; there are {known}")
    return found[0]


def newest_hash(store: Store, recipe: str) -> str | None:
    """Content hash of the newest model; None when there is none, or a gate refused it."""
    newest = store.find(Address(recipe, RELEASES))
    return None if newest is None or newest.is_refused else newest.content_hash


def release(model: Artefact, folder: Path, released_at: str) -> Path:
    """Point to a model; one that is pointed to already gets no second line in the history.

    Args:
        model: a folder that no gate refused.
        folder: of all releases; `<folder>/<recipe>` becomes the pointer.
        released_at: ISO 8601, UTC.

    Returns:
        The pointer, a link to a folder that holds the model.

    Raises:
        StorageError: the model is damaged, or a gate refused it.
    """
    recipe = model.address.recipe
    target, pointer = model.folder().resolve(), folder / recipe
    folder.mkdir(parents=True, exist_ok=True)
    known = history(folder, recipe)
    if not known or known[-1].content_hash != model.content_hash:
        with _history_path(folder, recipe).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(Release(model.content_hash, released_at))) + "\n")
    staged = folder / f".{recipe}.{os.getpid()}"
    staged.unlink(missing_ok=True)
    staged.symlink_to(target)
    staged.replace(pointer)
    return pointer


def point_again(store: Store, folder: Path) -> list[Path]:
    """Make the pointers anew from their histories, as after a restore; those that were made.

    Raises:
        InputError: a released model is not in the store.
        StorageError: it is damaged.
    """
    recipes = sorted(path.name.removesuffix(_HISTORY) for path in folder.glob(f"*{_HISTORY}"))
    last = {recipe: history(folder, recipe)[-1] for recipe in recipes}
    return [
        release(releasable(store, recipe, one.content_hash), folder, one.released_at)
        for recipe, one in last.items()
    ]


def history(folder: Path, recipe: str) -> list[Release]:
    """All releases of a recipe, the current one last."""
    path = _history_path(folder, recipe)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [Release(**json.loads(line)) for line in lines]


def _history_path(folder: Path, recipe: str) -> Path:
    return folder / f"{recipe}{_HISTORY}"
