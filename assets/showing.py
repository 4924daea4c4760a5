"""How an artefact looks in the Dagster UI: counts, schema, a sample, its gates and its versions."""

import dataclasses
import random
from collections.abc import Mapping
from typing import Any

import dagster as dg
import pyarrow as pa

from assets.stage_asset import Preview
from pipeline.storage import Artefact
from pipeline.tables import description

COLUMN_SCHEMA = "dagster/column_schema"
SAMPLE_ROWS = 8
CELL_CHARACTERS = 120
HIDDEN_COLUMNS = {"words", "vector", "box"}


def describe(
    artefact: Artefact, preview: Preview | None = None, schema: pa.Schema | None = None
) -> dict[str, dg.MetadataValue[Any]]:
    """Metadata of a materialization, the same whether it was made now or found unchanged.

    What a person looks for comes first, what a machine compares last.

    Args:
        artefact: a refused one is shown too, but not as if it could be used.
        preview: plots and texts of this asset alone.
        schema: a table's, described; without it the columns are shown as they were stored.
    """
    manifest = artefact.manifest
    is_readable = manifest.kind == "table" or not artefact.is_refused
    shown = dict(preview(artefact)) if preview and is_readable else {}
    if manifest.kind == "table":
        table = artefact.read_even_if_refused()
        shown["sample"] = dg.MetadataValue.md(sample_as_markdown(table, manifest.content_hash))
        shown["dagster/row_count"] = dg.MetadataValue.int(table.num_rows)
        shown[COLUMN_SCHEMA] = column_schema(schema or table.schema)
    elif is_readable:
        shown["folder"] = dg.MetadataValue.path(str(artefact.folder()))
    if rejected := rejections(artefact):
        shown["rejected"] = dg.MetadataValue.md(_counts_as_markdown(rejected))
    if manifest.metadata:
        shown["facts"] = dg.MetadataValue.json(manifest.metadata)
    shown["bytes"] = dg.MetadataValue.int(sum(entry.bytes for entry in manifest.files))
    shown["content_hash"] = dg.MetadataValue.text(manifest.content_hash)
    shown["versions"] = dg.MetadataValue.json(dataclasses.asdict(manifest.fingerprint_parts))
    return shown


def rejections(artefact: Artefact) -> Mapping[str, int]:
    """Rows per reject reason, most frequent first; a reason's text after a colon is detail."""
    if "reject_reason" not in artefact.manifest.columns:
        return {}
    reasons = artefact.read_even_if_refused()["reject_reason"].drop_null()
    counts: dict[str, int] = {}
    for reason in reasons.to_pylist():
        kind = reason.split(": ")[0]
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def sample_as_markdown(table: pa.Table, seed: str) -> str:
    """Rows drawn at random (never just the first ones), in order, as a Markdown table."""
    drawn = random.Random(seed).sample(range(table.num_rows), min(SAMPLE_ROWS, table.num_rows))  # noqa: S311 - a sample to look at
    shown = [name for name in table.column_names if name not in HIDDEN_COLUMNS]
    columns = sorted(shown, key=_place_of_column)
    rows = table.select(columns).take(pa.array(sorted(drawn), pa.int64())).to_pylist()
    lines = [[cell(row[name]) for name in columns] for row in rows]
    return as_markdown(columns, lines)


def _place_of_column(name: str) -> int:
    """Texts first and hashes last; the rest as in the schema."""
    return 0 if name.endswith("text") else 2 if name.endswith("_id") else 1


def cell(value: object) -> str:
    """A value as it stands in a Markdown table: one line, not too long."""
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    flat = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return flat if len(flat) <= CELL_CHARACTERS else flat[: CELL_CHARACTERS - 1] + "…"


def _counts_as_markdown(counts: Mapping[str, int]) -> str:
    return as_markdown(["reason", "rows"], [[reason, str(n)] for reason, n in counts.items()])


def as_markdown(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def column_schema(schema: pa.Schema) -> dg.TableSchemaMetadataValue:
    """Names, types and descriptions as the UI's table of columns shows them."""
    columns = [dg.TableColumn(field.name, _kind(field), description(field)) for field in schema]
    return dg.MetadataValue.table_schema(dg.TableSchema(columns=columns))


def _kind(field: pa.Field) -> str:
    """A type as people write it: what a list holds without Arrow's name for an element."""
    return str(field.type).replace("element: ", "").replace("item: ", "")
