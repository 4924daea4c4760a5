"""The inbox: a folder of PDFs, each beside a small YAML that says what it is.

`book.pdf` is described by `book.yaml`, which has all keys of `SIDECAR_KEYS`, and may have those of
`OPTIONAL_KEYS`. Listing reads and hashes files and changes nothing; what is wrong with an edition
is told in its `problem`.
"""

import dataclasses
import hashlib
import os
from pathlib import Path

import yaml

from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.storage import Address

SUFFIXES = {".pdf", ".yaml", ".yml"}
SIDECAR_KEYS = ("title", "book", "language", "edition", "licence", "origin")
OPTIONAL_KEYS = ("isbn", "grade", "subject")


@dataclasses.dataclass(frozen=True)
class Edition:
    """One book in one language, as it lies in the inbox.

    `pdf_sha256` is empty when there is no PDF; the sidecar's values are empty when it cannot be
    read. Editions of one work share `book`; `isbn`, the school year in `grade`, and a `subject` in
    the same word for all languages help to pair others. An edition with a `problem` is not to be
    read.
    """

    key: str
    pdf: Path
    pdf_sha256: str
    title: str = ""
    book: str = ""
    language: str = ""
    edition: str = ""
    licence: str = ""
    origin: str = ""
    isbn: str = ""
    grade: str = ""
    subject: str = ""
    problem: str | None = None

    @property
    def document_key(self) -> str:
        """Name of the document in every table: `textbooks/<key>`."""
        return f"textbooks/{self.key}"


def scan_inbox(folder: Path) -> list[Edition]:
    """List the editions of a folder, ordered by key; sub-folders and other files are left alone.

    Raises:
        InputError: the folder does not exist, or may not be read.
    """
    if not folder.is_dir():
        raise InputError(f"the inbox {folder} is not a folder: create it, or correct `inbox`")
    try:
        files = [path for path in folder.iterdir() if is_of_an_edition(path)]
    except OSError as error:
        raise InputError(f"the inbox {folder} cannot be read: {error.strerror}") from error
    return sorted(
        (_edition(folder, stem) for stem in {path.stem for path in files}),
        key=lambda edition: edition.key,
    )


def is_of_an_edition(path: Path) -> bool:
    """Whether a path in the inbox is a PDF or a sidecar."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _edition(folder: Path, stem: str) -> Edition:
    if problem := _name_problem(stem):
        key = f"misnamed-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:12]}"
        return Edition(key=key, pdf=folder / f"{stem}.pdf", pdf_sha256="", problem=problem)
    pdf = _first_existing(folder, stem, (".pdf", ".PDF"))
    sidecar = _first_existing(folder, stem, (".yaml", ".yml"))
    try:
        found = Edition(key=stem, pdf=pdf, pdf_sha256=_sha256(pdf) if pdf.exists() else "")
    except OSError as error:
        problem = f"{pdf.name} cannot be read ({error.strerror}): check its permissions"
        return Edition(key=stem, pdf=pdf, pdf_sha256="", problem=problem)
    if not sidecar.exists():
        keys = ", ".join(SIDECAR_KEYS)
        problem = f"{pdf.name} has no {sidecar.name} beside it: write one with the keys {keys}"
        return dataclasses.replace(found, problem=problem)
    try:
        values = _sidecar(sidecar)
    except InputError as error:
        return dataclasses.replace(found, problem=str(error))
    problem = f"{sidecar.name} describes {pdf.name}, which is not there: add it"
    return Edition(
        key=stem,
        pdf=pdf,
        pdf_sha256=found.pdf_sha256,
        problem=None if found.pdf_sha256 else problem,
        **values,
    )


def _name_problem(stem: str) -> str | None:
    """Why files with this name cannot be an edition: its key names artefacts and partitions."""
    try:
        Address("inbox", "edition", stem)
    except InputError as error:
        return f"its files must be renamed: {error}"
    if "..." in stem or any(character < " " for character in stem):
        return f"its files {stem!a} must be renamed: without control characters and `...`"
    return None


def _first_existing(folder: Path, stem: str, suffixes: tuple[str, ...]) -> Path:
    candidates = [folder / f"{stem}{suffix}" for suffix in suffixes]
    return next((path for path in candidates if path.exists()), candidates[0])


def _sidecar(path: Path) -> dict[str, str]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:  # no date, too deep
        details = " ".join(str(error).split())
        raise InputError(f"{path.name} is not readable YAML: {details}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path.name} holds no keys: it needs {', '.join(SIDECAR_KEYS)}")
    if unknown := [str(key) for key in values if key not in SIDECAR_KEYS + OPTIONAL_KEYS]:
        raise InputError(
            f"{path.name} has the unknown key {', '.join(sorted(unknown))}: "
            f"the keys are {', '.join(SIDECAR_KEYS)}, and perhaps {', '.join(OPTIONAL_KEYS)}"
        )
    texts = {key: _text(values.get(key)) for key in SIDECAR_KEYS + OPTIONAL_KEYS}
    if missing := [key for key in SIDECAR_KEYS if not texts[key]]:
        raise InputError(f"{path.name} lacks a value for {', '.join(missing)}")
    try:
        texts["language"] = language(texts["language"]).code
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error
    return texts


def _text(value: object) -> str:
    """A scalar as text (`edition: 2` is a number in YAML); anything else counts as missing."""
    is_scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value).strip() if is_scalar else ""


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
