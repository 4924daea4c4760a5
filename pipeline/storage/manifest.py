"""What is said about an artefact, and how that is written down. Pure.

A manifest is one JSON file. It carries a checksum of itself, so that damage to it is noticed as
surely as damage to the data it names.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue, StringConstraints
from pydantic import ValidationError as _ValidationError

from pipeline.errors import InputError, StorageError
from pipeline.storage.layout import Address, is_plain_name

FORMAT: Final = 1

DamageKind = Literal["missing", "torn", "foreign"]


class DamageError(StorageError):
    """A file of the store is missing, torn (other bytes) or foreign (not understood)."""

    def __init__(self, kind: DamageKind, where: str, sentence: str) -> None:
        super().__init__(f"{where} is {kind}: {sentence}")
        self.kind = kind
        self.where = where


@dataclass(frozen=True)
class GateVerdict:
    """What a gate decided about an artefact; `reason` is a sentence for people."""

    name: str
    is_passed: bool
    reason: str


@dataclass(frozen=True)
class Fingerprint:
    """All that decides an artefact's content.

    Attributes:
        code_version: changes when the code that makes the artefact changes its meaning.
        parameters: effective values, plain JSON; the order of keys does not matter.
        inputs: name of each input to its content hash.
    """

    code_version: str
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON; InputError when a value is not plain JSON."""
        return _digest([self.code_version, dict(self.parameters), dict(self.inputs)])


_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _plain(name: str) -> str:
    if not is_plain_name(name):
        raise ValueError(f"{name!r} would lie outside its folder")
    return name


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileEntry(_Frozen):
    """One file of an artefact; `name` is relative to its folder, with forward slashes."""

    name: Annotated[str, AfterValidator(_plain)]
    sha256: _Sha256
    bytes: int


class Manifest(_Frozen):
    """Everything known about one artefact.

    Attributes:
        columns: the table's schema, column to Arrow type, in order; empty for a folder.
        files: sorted by name.
        content_hash: `hash_content(files, columns)`; equal content has an equal hash.
        fingerprint: digest of `fingerprint_parts`.
        row_count: None for a folder.
        metadata: small facts about the content.
        ledger: facts of the day (when, by which run), which the content does not depend on.
        retracted: why the artefact was withdrawn; None while it holds.
    """

    format: Literal[1] = FORMAT
    address: Address
    kind: Literal["table", "folder"]
    columns: dict[str, str]
    files: tuple[FileEntry, ...]
    content_hash: _Sha256
    fingerprint: _Sha256
    fingerprint_parts: Fingerprint
    gates: tuple[GateVerdict, ...] = ()
    row_count: int | None
    metadata: dict[str, JsonValue]
    ledger: dict[str, JsonValue]
    retracted: str | None = None


def hash_content(files: Iterable[FileEntry], columns: Mapping[str, str]) -> str:
    """SHA-256 (hex) over the files' names and hashes and the table's columns, in order."""
    return _digest([[[file.name, file.sha256] for file in files], list(columns.items())])


def encode(manifest: Manifest) -> bytes:
    """Write a manifest as indented JSON with a checksum.

    Raises:
        InputError: the metadata or the ledger hold what JSON cannot, such as NaN.
    """
    document = manifest.model_dump(mode="json")
    document["checksum"] = _digest(document)
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def decode(raw: bytes, where: str) -> Manifest:
    """Read a manifest; `where` names the file in messages.

    Raises:
        DamageError: torn (no JSON, wrong checksum) or foreign (unknown or newer format or keys,
            or the manifest of another address).
    """
    document = _parse(raw, where)
    if not _is_whole(document):
        raise DamageError("torn", where, "its checksum is wrong; materialize the asset again")
    try:
        manifest = Manifest.model_validate(document)
    except (_ValidationError, InputError) as error:
        raise DamageError("foreign", where, f"not a manifest of this version: {error}") from error
    address = manifest.address
    if where not in {address.manifest_path, address.version_path(manifest.content_hash)}:
        raise DamageError("foreign", where, f"it is the manifest of {address}")
    return manifest


def _parse(raw: bytes, where: str) -> dict[str, JsonValue]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DamageError("torn", where, f"{error}; materialize the asset again") from error
    if not isinstance(document, dict) or not isinstance(document.get("format"), int):
        raise DamageError("foreign", where, "it states no format; it was not written by Dutar")
    if document["format"] != FORMAT:
        raise DamageError(
            "foreign", where, f"its format is {document['format']}, this Dutar reads {FORMAT}; "
            "use the Dutar that wrote it, or a newer one"
        )  # fmt: skip
    return document


def _is_whole(document: dict[str, JsonValue]) -> bool:
    """Take the checksum out of a document and compare it."""
    try:
        return document.pop("checksum", None) == _digest(document)
    except InputError:  # NaN or half a character: we never write such
        return False


def _digest(value: object) -> str:
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return hashlib.sha256(text.encode()).hexdigest()
    except (TypeError, ValueError) as error:
        raise InputError(f"only plain JSON can be stored in a manifest: {error}") from error
