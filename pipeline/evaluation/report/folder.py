"""The report as files: a page for people, figures for machines, a few lines for a terminal."""

from pathlib import Path

from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.evaluation.report.scores_json import scores_json
from pipeline.evaluation.report.summary import summary_lines

PAGE_NAME, SCORES_NAME, SUMMARY_NAME = "report.html", "scores.json", "summary.txt"


def write_report(data: ReportData, folder: Path) -> Path:
    """Write the report's files into a folder, made where missing; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        PAGE_NAME: render_report(data),
        SCORES_NAME: scores_json(data),
        SUMMARY_NAME: "".join(f"{line}\n" for line in summary_lines(data)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
