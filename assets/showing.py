"""How an artefact looks in the Dagster UI: counts, schema, a sample, its gates and its versions."""

import base64
import dataclasses
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from pipeline.distillation.job import TrainingLog
from pipeline.distillation.teaching import loss_curves
from pipeline.evaluation.plots import curve_plot
from pipeline.evaluation.report_folder import SUMMARY_NAME
from pipeline.storage import Artefact

SAMPLE_ROWS = 8
CELL_CHARACTERS = 120
HIDDEN_COLUMNS = {"words", "vector", "box"}


def describe(artefact: Artefact) -> dict[str, dg.MetadataValue[Any]]:
    """Metadata of a materialization, the same whether it was made now or found unchanged."""
    manifest = artefact.manifest
    shown: dict[str, dg.MetadataValue[Any]] = {
        "content_hash": dg.MetadataValue.text(manifest.content_hash),
        "fingerprint": dg.MetadataValue.json(dataclasses.asdict(manifest.fingerprint_parts)),
        "bytes": dg.MetadataValue.int(sum(entry.bytes for entry in manifest.files)),
    }
    if manifest.metadata:
        shown["facts"] = dg.MetadataValue.json(manifest.metadata)
    if manifest.kind == "table":
        table = artefact.read_even_if_refused()
        shown["dagster/row_count"] = dg.MetadataValue.int(table.num_rows)
        shown["dagster/column_schema"] = _column_schema(table.schema)
        shown["sample"] = dg.MetadataValue.md(sample_as_markdown(table, manifest.content_hash))
    if rejected := rejections(artefact):
        shown["rejected"] = dg.MetadataValue.md(_counts_as_markdown(rejected))
    return shown


def rejections(artefact: Artefact) -> Mapping[str, int]:
    """Rows per reject reason, most frequent first; a reason's text after a colon is detail."""
    if "reject_reason" not in artefact.manifest.columns:
        return {}
    reasons = artefact.read_even_if_refused()["reject_reason"].drop_null()
    counts: dict[str, int] = {}
    for reason in reasons.to_pylist():
        kind = reason.split(":")[0]
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def sample_as_markdown(table: pa.Table, seed: str) -> str:
    """Rows drawn at random (never just the first ones), in order, as a Markdown table."""
    drawn = random.Random(seed).sample(range(table.num_rows), min(SAMPLE_ROWS, table.num_rows))  # noqa: S311 - a sample to look at
    columns = [name for name in table.column_names if name not in HIDDEN_COLUMNS]
    rows = table.select(columns).take(sorted(drawn)).to_pylist()
    lines = [[_cell(row[name]) for name in columns] for row in rows]
    return _markdown(columns, lines)


def loss_plot(log: TrainingLog) -> dg.MarkdownMetadataValue:
    """The loss and its parts over the steps of a training."""
    svg = curve_plot(loss_curves(log))
    encoded = base64.b64encode(str(svg).encode()).decode()
    return dg.MetadataValue.md(f"![loss](data:image/svg+xml;base64,{encoded})")


def report_preview(folder: Path) -> dict[str, dg.MetadataValue[Any]]:
    """The report's summary, and where its page lies."""
    summary = (folder / SUMMARY_NAME).read_text(encoding="utf-8")
    return {"summary": dg.MetadataValue.md(summary.replace("\n", "\n\n"))}


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    flat = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return flat if len(flat) <= CELL_CHARACTERS else flat[: CELL_CHARACTERS - 1] + "…"


def _counts_as_markdown(counts: Mapping[str, int]) -> str:
    return _markdown(["reason", "rows"], [[reason, str(n)] for reason, n in counts.items()])


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _column_schema(schema: pa.Schema) -> dg.TableSchemaMetadataValue:
    columns = [dg.TableColumn(field.name, str(field.type)) for field in schema]
    return dg.MetadataValue.table_schema(dg.TableSchema(columns=columns))
