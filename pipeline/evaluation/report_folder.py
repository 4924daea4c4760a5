"""The report as files: a page for people, rows for machines, a few lines for a terminal."""

import json
from pathlib import Path

import pyarrow as pa

from pipeline.evaluation.headline import summary_lines
from pipeline.evaluation.report import ReportData, render_report

PAGE_NAME, ROWS_NAME, SUMMARY_NAME = "report.html", "scores.json", "summary.txt"


def write_report(data: ReportData, folder: Path) -> Path:
    """Write the report's files into a folder, made where missing; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = (data.scores, data.similarity, data.retention, data.alignment, data.ocr)
    rows = pa.concat_tables([table for table in tables if table is not None]).to_pylist()
    files = {
        PAGE_NAME: render_report(data),
        ROWS_NAME: json.dumps(rows, ensure_ascii=False, indent=1),
        SUMMARY_NAME: "\n".join(summary_lines(rows)) + "\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
