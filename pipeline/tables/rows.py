"""Working with tables: content hashes, checked construction, what is kept."""

import hashlib
from collections.abc import Iterable

import pyarrow as pa

from pipeline.errors import InputError


def identify(*parts: str) -> str:
    """Content hash of texts: 24 hex digits of SHA-256 over length-prefixed UTF-8 parts."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:24]


def as_table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    """Build a table of exactly this schema; a column left out of a row is null.

    Raises:
        InputError: a row has a column the schema does not know, or a value of another type.
    """
    known = set(schema.names)
    for row in rows:
        if unknown := row.keys() - known:
            raise InputError(f"columns {sorted(unknown)} are not in the schema {schema.names}")
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"a row does not fit its schema: {error}") from error


def kept(table: pa.Table) -> pa.Table:
    """The rows without a `reject_reason`, in order."""
    return table.filter(table["reject_reason"].is_null())


def distinct_texts(tables: Iterable[pa.Table]) -> list[tuple[str, str]]:
    """(language, text) of every kept row, both sides of pairs, each once, in order of appearance.

    Args:
        tables: with the columns `language` and `text`, or those of either side of a pair.
    """
    found: dict[tuple[str, str], None] = {}
    for table in map(kept, tables):
        for side in ("", "source_", "target_"):
            if f"{side}text" in table.column_names:
                columns = (table[f"{side}{name}"].to_pylist() for name in ("language", "text"))
                found.update(dict.fromkeys(zip(*columns, strict=True)))
    return list(found)


def newest_by_document(tables: Iterable[pa.Table]) -> dict[str, pa.Table]:
    """The rows of every document, by `document_key`, from the last table that has any.

    Args:
        tables: with a column `document_key`; oldest first, in any schemas.
    """
    newest: dict[str, pa.Table] = {}
    for table in tables:
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(table["document_key"].to_pylist()):
            rows.setdefault(key, []).append(row)
        newest.update((key, table.take(numbers)) for key, numbers in rows.items())
    return newest
