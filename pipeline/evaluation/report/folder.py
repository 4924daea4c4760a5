"""The report as files: a page for people, rows for machines, a few lines for a terminal."""

import json
from pathlib import Path

import pyarrow as pa

from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.evaluation.report.summary import summary_lines
from pipeline.tables import SCORES

PAGE_NAME, ROWS_NAME, SUMMARY_NAME = "report.html", "scores.json", "summary.txt"


def write_report(data: ReportData, folder: Path) -> Path:
    """Write the report's files into a folder, made where missing; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = data.score_tables().values()
    rows = pa.concat_tables([SCORES.empty_table(), *tables]).to_pylist()
    files = {
        PAGE_NAME: render_report(data),
        ROWS_NAME: json.dumps(rows, ensure_ascii=False, indent=1),
        SUMMARY_NAME: "".join(f"{line}\n" for line in summary_lines(data)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
