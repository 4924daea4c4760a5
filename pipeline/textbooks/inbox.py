"""The inbox: PDFs, each beside a small YAML that says what it is.

`book.pdf` is described by `book.yaml`, which has all keys of `SIDECAR_KEYS`, and may have those of
`OPTIONAL_KEYS`. An inbox is a folder or a bucket (see `inbox_files`); reading it changes nothing
there, and what is wrong with an edition is told in its `problem`.
"""

import dataclasses
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import yaml

from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.storage import Address
from pipeline.tables import identify
from pipeline.textbooks.inbox_files import InboxFile, InboxFiles, LocalFile, open_inbox

SIDECAR_KEYS = ("title", "book", "language", "edition", "licence", "origin")
OPTIONAL_KEYS = ("isbn", "grade", "subject")
PDF_SUFFIXES = (".pdf", ".PDF")
SIDECAR_SUFFIXES = (".yaml", ".yml")

FilesBySuffix = Mapping[str, InboxFile]


@dataclasses.dataclass(frozen=True)
class Edition:
    """One book in one language, as it lies in the inbox.

    `pdf` is the file on this machine, downloaded where the inbox is a bucket; `pdf_sha256` is empty
    when there is none. The sidecar's values are empty when it cannot be read. Editions of one work
    share `book`; `isbn`, the school year in `grade`, and a `subject` in the same word for all
    languages help to pair others. An edition with a `problem` is not to be read.
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


def scan_inbox(inbox: str | Path) -> list[Edition]:
    """Read all editions of an inbox, ordered by key; sub-folders and other files are left alone.

    Raises:
        InputError: the inbox does not exist, or may not be read.
        SourceUnavailable: a bucket does not answer.
    """
    files = open_inbox(str(inbox))
    found = [_edition(files, stem, group) for stem, group in _by_stem(files).items()]
    return sorted(found, key=lambda edition: edition.key)


def edition_keys(inbox: str | Path) -> list[str]:
    """Keys of all editions, sorted; no file is opened. Raises as `scan_inbox`."""
    return sorted(_key(stem) for stem in _by_stem(open_inbox(str(inbox))))


def find_edition(inbox: str | Path, key: str) -> Edition:
    """Read the edition with this key, and no other.

    Raises:
        InputError: it is not in the inbox; or as `scan_inbox`.
        SourceUnavailable: a bucket does not answer.
    """
    files = open_inbox(str(inbox))
    for stem, group in _by_stem(files).items():
        if _key(stem) == key:
            return _edition(files, stem, group)
    raise InputError(f"no edition {key} in {inbox}: put {key}.pdf and {key}.yaml there")


def pdf_finder(inbox: str | Path) -> Callable[[str], Path | None]:
    """A function from a document's key to its PDF on this machine, which is fetched when asked for.

    It gives None for a document that is not in the inbox, or has a problem. Both it and this raise
    as `scan_inbox`.
    """
    files = open_inbox(str(inbox))
    stems = {f"textbooks/{_key(stem)}": (stem, group) for stem, group in _by_stem(files).items()}

    @cache
    def find(document_key: str) -> Path | None:
        if document_key not in stems:
            return None
        edition = _edition(files, *stems[document_key])
        return None if edition.problem else edition.pdf

    return find


def inbox_state(inbox: str | Path) -> str:
    """One hash of the inbox's names, sizes and marks of change. Raises as `scan_inbox`."""
    files = open_inbox(str(inbox)).list()
    return identify(*(f"{file.name} {file.size_bytes} {file.mark}" for file in files))


def _by_stem(files: InboxFiles) -> dict[str, dict[str, InboxFile]]:
    """Files that belong together, by suffix."""
    groups: defaultdict[str, dict[str, InboxFile]] = defaultdict(dict)
    for file in files.list():
        stem, suffix = os.path.splitext(file.name)  # noqa: PTH122 - a name, not a path
        groups[stem][suffix] = file
    return groups


def _key(stem: str) -> str:
    """The edition's key: what its files are called, where that can name a partition."""
    if _name_problem(stem) is None:
        return stem
    return f"misnamed-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:12]}"


def _edition(files: InboxFiles, stem: str, group: FilesBySuffix) -> Edition:
    key, nowhere = _key(stem), Path(f"{stem}.pdf")
    if problem := _name_problem(stem):
        return Edition(key=key, pdf=nowhere, pdf_sha256="", problem=problem)
    pdf, sidecar = (_first(group, suffixes) for suffixes in (PDF_SUFFIXES, SIDECAR_SUFFIXES))
    try:
        local = files.fetch(pdf) if pdf else LocalFile(nowhere, "")
    except OSError as error:
        problem = (
            f"{nowhere.name} cannot be read ({error.strerror or error}): check its permissions"
        )
        return Edition(key=key, pdf=nowhere, pdf_sha256="", problem=problem)
    found = Edition(key=key, pdf=local.path, pdf_sha256=local.sha256)
    if sidecar is None:
        keys = ", ".join(SIDECAR_KEYS)
        problem = f"{local.path.name} has no {stem}.yaml beside it: write one with the keys {keys}"
        return dataclasses.replace(found, problem=problem)
    try:
        values = _sidecar(files, sidecar)
    except InputError as error:
        return dataclasses.replace(found, problem=str(error))
    problem = f"{sidecar.name} describes {nowhere.name}, which is not there: add it"
    return Edition(
        key=key,
        pdf=local.path,
        pdf_sha256=local.sha256,
        problem=None if pdf else problem,
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


def _first(group: FilesBySuffix, suffixes: tuple[str, ...]) -> InboxFile | None:
    return next((group[suffix] for suffix in suffixes if suffix in group), None)


def _sidecar(files: InboxFiles, file: InboxFile) -> dict[str, str]:
    try:
        values = yaml.safe_load(files.fetch(file).path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:  # no date, too deep
        details = " ".join(str(error).split())
        raise InputError(f"{file.name} is not readable YAML: {details}") from error
    if not isinstance(values, dict):
        raise InputError(f"{file.name} holds no keys: it needs {', '.join(SIDECAR_KEYS)}")
    if unknown := [str(key) for key in values if key not in SIDECAR_KEYS + OPTIONAL_KEYS]:
        raise InputError(
            f"{file.name} has the unknown key {', '.join(sorted(unknown))}: "
            f"the keys are {', '.join(SIDECAR_KEYS)}, and perhaps {', '.join(OPTIONAL_KEYS)}"
        )
    texts = {key: _text(values.get(key)) for key in SIDECAR_KEYS + OPTIONAL_KEYS}
    if missing := [key for key in SIDECAR_KEYS if not texts[key]]:
        raise InputError(f"{file.name} lacks a value for {', '.join(missing)}")
    try:
        texts["language"] = language(texts["language"]).code
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error
    return texts


def _text(value: object) -> str:
    """A scalar as text (`edition: 2` is a number in YAML); anything else counts as missing."""
    is_scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value).strip() if is_scalar else ""
