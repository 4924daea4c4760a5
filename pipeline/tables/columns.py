"""Columns that say what they hold, wherever their schema is shown."""

from collections.abc import Iterable
from typing import TypeAlias

import pyarrow as pa

Column: TypeAlias = "tuple[str, pa.DataType] | tuple[str, pa.DataType, str] | pa.Field"

_DESCRIPTION = b"description"
_COMMON = {
    "document_key": "textbooks/<partition>, news/<site>/<path of its URL> or bitexts/<source>",
    "language": "with its script, such as tuk_Latn",
    "source_language": "the focus language",
    "target_language": "the pivot",
    "source_text": "in the focus language",
    "target_text": "in the pivot",
    "licence": "SPDX name, or in words",
    "reject_reason": "null for what is kept",
}


def as_schema(columns: Iterable[Column]) -> pa.Schema:
    """A schema of (name, type) or (name, type, description), or of columns of other schemas."""
    return pa.schema(
        [column if isinstance(column, pa.Field) else _field(*column) for column in columns]
    )


def description(field: pa.Field) -> str | None:
    """What the column holds, one clause for people; None where its name says it all.

    Columns that stand in many tables mean the same everywhere, unless a table says more.
    """
    found = (field.metadata or {}).get(_DESCRIPTION)
    return found.decode() if found else _COMMON.get(field.name)


def _field(name: str, kind: pa.DataType, text: str = "") -> pa.Field:
    return pa.field(name, kind, metadata={_DESCRIPTION: text.encode()} if text else None)
