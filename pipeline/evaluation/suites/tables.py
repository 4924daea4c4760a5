"""Rows of a suite's tables: from files, members of archives, and the hub."""

import csv
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import settings
from pipeline.errors import InputError
from pipeline.hub_data import hub_rows, hub_version
from pipeline.suite_entries import Table
from pipeline.text.lines import split_lines

Columns = dict[str, list[str]]
Rows = Iterable[Mapping[Any, Any]]

_COMPRESSED = {".zst": "zstd", ".gz": "gzip"}


def read_columns(table: Table, wanted: Sequence[str], *, language: str = "") -> Columns:
    """The wanted columns as texts, stripped, row by row.

    Args:
        table: where to read.
        wanted: columns by the suite's own names.
        language: replaces `{language}` in paths and the hub's configuration.

    Raises:
        InputError: a file is missing or torn, a row has no such column, or there are no rows.
        SourceUnavailable: the hub cannot be reached.
    """
    where = _where(table, language)
    own_code = table.codes.get(language, language)
    rows = hub_rows(table.hub, own_code) if table.hub else _file_rows(table, where)
    own = {name: table.columns.get(name, name) for name in wanted}
    columns: Columns = {name: [] for name in wanted}
    for number, row in enumerate(rows, 1):
        for name, key in own.items():
            if key not in row or row[key] is None:
                raise InputError(f"{where}: row {number} has no column {key!r}, but {list(row)}")
            columns[name].append(str(row[key]).strip())
    if not columns[wanted[0]]:
        raise InputError(f"{where} holds no rows")
    return columns


def read_text_lines(path: str) -> list[str]:
    """Lines of a text file, stripped; blank ones stay where they are.

    Raises:
        InputError: the file is missing or is no UTF-8.
    """
    return [line.strip() for line in split_lines(_text(path))]


def read_json_lines(path: str) -> list[dict[str, Any]]:
    """Objects of a file, one a line.

    Raises:
        InputError: the file is missing, or a line is no JSON.
    """
    try:
        return [json.loads(line) for line in split_lines(_text(path)) if line.strip()]
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is not JSON lines: {error}") from error


def hash_table(table: Table, language: str = "") -> str:
    """What the rows depend on: SHA-256 of the file, or see `hub_version`."""
    if table.hub:
        return hub_version(table.hub)
    return hash_file(_where(table, language))


def hash_file(path: str) -> str:
    """SHA-256 in hex of a file, of the whole archive where it is a member; empty where missing."""
    file = _located(path.partition("!")[0])
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _where(table: Table, language: str) -> str:
    own = table.codes.get(language, language)
    if table.hub:
        return f"{table.hub.dataset} on the hub, {(table.hub.config or '').format(language=own)}"
    return str(table.path).replace("{language}", own)


def _file_rows(table: Table, path: str) -> Rows:
    kind = table.format or _guessed_format(path)
    return _READERS[kind](table, path)


def _tab_separated(table: Table, path: str) -> Rows:
    """Fields between tabs; quotation marks mean nothing."""
    return _fields(table, csv.reader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE))


def _comma_separated(table: Table, path: str) -> Rows:
    """Fields between commas, quoted where they hold commas or line breaks (RFC 4180)."""
    return _fields(table, csv.reader(_lines(path)))


def _lines(path: str) -> io.StringIO:
    return io.StringIO(_text(path), newline="")


def _fields(table: Table, rows: Iterator[list[str]]) -> Rows:
    """Rows by the header's names, or by their places from 0."""
    header = next(rows, []) if table.has_header else None
    for row in rows:
        if row:
            yield dict(zip(header, row, strict=False)) if header else dict(enumerate(row))


def _json_lines(_: Table, path: str) -> Rows:
    return read_json_lines(path)


def _parquet_rows(_: Table, path: str) -> Rows:
    rows: Rows = pq.read_table(pa.BufferReader(_bytes(path))).to_pylist()
    return rows


def _plain_lines(_: Table, path: str) -> Rows:
    return [{"text": line, "line": number} for number, line in enumerate(read_text_lines(path), 1)]


def _squad_rows(_: Table, path: str) -> Iterator[Mapping[str, Any]]:
    """Questions with their paragraphs from the nested JSON of SQuAD (Rajpurkar et al. 2016)."""
    for document in json.loads(_text(path))["data"]:
        for paragraph in document["paragraphs"]:
            for one in paragraph["qas"]:
                yield {
                    "id": one["id"],
                    "question": one["question"],
                    "passage": paragraph["context"],
                }


_READERS: dict[str, Callable[[Table, str], Rows]] = {
    "tsv": _tab_separated,
    "csv": _comma_separated,
    "jsonl": _json_lines,
    "parquet": _parquet_rows,
    "squad": _squad_rows,
    "lines": _plain_lines,
}


def _guessed_format(path: str) -> str:
    name = path.rpartition("!")[2].removesuffix(".zst").removesuffix(".gz")
    suffix = name.rpartition(".")[2]
    return suffix if suffix in _READERS else "lines"


def _text(path: str) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error}") from error


def _bytes(path: str) -> bytes:
    """A file's content, decompressed; after `!` the name of an archive's member."""
    outer, _, member = path.partition("!")
    file = _located(outer)
    if not file.is_file():
        raise InputError(f"there is no file {file}: see where the suite comes from, and fetch it")
    if not member:
        return _decompressed(file)
    members = _members(file, file.stat().st_mtime_ns)
    if member not in members:
        raise InputError(f"{file} has no member {member!r}, but {', '.join(sorted(members))}")
    return members[member]


def _decompressed(file: Path) -> bytes:
    try:
        with pa.input_stream(str(file), compression=_COMPRESSED.get(file.suffix)) as stream:
            return bytes(stream.read())
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


@lru_cache(maxsize=2)
def _members(file: Path, _changed_at: int) -> dict[str, bytes]:
    """Files of a tar archive, read once however many languages lie in it."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_decompressed(file))) as archive:
            opened = ((one.name, archive.extractfile(one)) for one in archive if one.isfile())
            return {name: stream.read() for name, stream in opened if stream}
    except tarfile.TarError as error:
        raise InputError(f"{file} is no readable tar archive: {error}") from error


def _located(path: str) -> Path:
    return settings.project_root() / Path(path).expanduser()
