"""How artefacts are addressed, and where their files lie below the store's root. Pure.

    objects/<2 hex>/<sha256><extension>            data, named by its content, never overwritten
    manifests/<recipe>/<asset>[/<partition>].json  what holds now, replaced in one step
    versions/<recipe>/<asset>[/<partition>]/<content hash>.json  what held once, immutable
    staging/                                       files being written
    folders/<content hash>/                        folders as readers want to see them, links

Recipe, asset and partition are percent-encoded, dots included, so that any text is one harmless
file name and `<asset>.json` cannot be taken for the folder `<asset>`.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from pipeline.errors import InputError

_MAX_NAME_BYTES = 200  # file systems stop at 255, and we add a suffix
_OBJECT = re.compile(r"objects/([0-9a-f]{2})/(\1[0-9a-f]{62})(\.[A-Za-z0-9]{1,16})?")


@dataclass(frozen=True)
class Address:
    """Names one artefact: an asset of a recipe, or one partition of it.

    Raises:
        InputError: a part is empty, is no valid Unicode, or is longer than 200 bytes encoded.
    """

    recipe: str
    asset: str
    partition: str | None = None

    def __post_init__(self) -> None:
        for part in self._parts():
            _encode(part)

    def __str__(self) -> str:
        return "/".join(self._parts())

    def _parts(self) -> list[str]:
        named = [self.recipe, self.asset]
        return named if self.partition is None else [*named, self.partition]

    @property
    def folder(self) -> str:
        """The encoded path, e.g. `demo/textbook_pages/turkmen%2Fbook-1`."""
        return "/".join(_encode(part) for part in self._parts())

    @property
    def manifest_path(self) -> str:
        """Where the manifest that holds now lies."""
        return f"manifests/{self.folder}.json"

    def version_path(self, content_hash: str) -> str:
        """Where the manifest of the version of this content lies."""
        return f"versions/{self.folder}/{content_hash}.json"


def _encode(part: str) -> str:
    try:
        encoded = quote(part, safe="").replace(".", "%2E")
    except UnicodeEncodeError as error:
        raise InputError(f"{part!r} cannot name an artefact: {error}") from error
    if not 0 < len(encoded) <= _MAX_NAME_BYTES:
        raise InputError(
            f"{part!r} cannot name an artefact: encoded it takes {len(encoded)} bytes, "
            f"and 1 to {_MAX_NAME_BYTES} are allowed; choose another name"
        )
    return encoded


def object_path(sha256: str, name: str) -> str:
    """Where the content of file `name` lies; a plain extension is kept for people's sake."""
    extension = PurePosixPath(name).suffix
    path = f"objects/{sha256[:2]}/{sha256}"
    return path + extension if is_object_path(path + extension) else path


def is_object_path(path: str) -> bool:
    """Whether a path below the root is one that `object_path` makes."""
    return _OBJECT.fullmatch(path) is not None


def is_plain_name(name: str) -> bool:
    """Whether a file's name in a folder artefact is relative, normal, and stays inside."""
    path = PurePosixPath(name)
    is_normal = path.as_posix() == name and "\0" not in name and "\\" not in name
    return is_normal and not path.is_absolute() and bool(path.parts) and ".." not in path.parts
