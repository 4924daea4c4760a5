"""Columns that say what they hold, wherever their schema is shown."""

from collections.abc import Iterable
from typing import TypeAlias

import pyarrow as pa

Column: TypeAlias = "tuple[str, pa.DataType] | tuple[str, pa.DataType, str] | pa.Field"

_DESCRIPTION = b"description"


def as_schema(columns: Iterable[Column]) -> pa.Schema:
    """A schema of (name, type) or (name, type, description), or of columns of other schemas."""
    return pa.schema(
        [column if isinstance(column, pa.Field) else _field(*column) for column in columns]
    )


def description(field: pa.Field) -> str | None:
    """What the column holds, one clause for people; None where its name says it all."""
    found = (field.metadata or {}).get(_DESCRIPTION)
    return found.decode() if found else None


def _field(name: str, kind: pa.DataType, text: str = "") -> pa.Field:
    return pa.field(name, kind, metadata={_DESCRIPTION: text.encode()} if text else None)
