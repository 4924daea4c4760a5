"""What a person at the terminal sees when a drive has ended."""

import shutil
from pathlib import Path

from pipeline import settings
from pipeline.evaluation.report_folder import PAGE_NAME, SUMMARY_NAME
from pipeline.recipe import Recipe
from pipeline.storage import Address, Store


def summarise(recipe: Recipe, store: Store) -> str:
    """The report's figures, then where the students and the report are; a sentence without one.

    A copy of the page is put where it is easily found: `.dutar/reports/<recipe>.html`.
    """
    report = store.find(Address(recipe.name, "evaluation_report"))
    if report is None:
        return "There is no report yet."
    summary = report.path(SUMMARY_NAME).read_text(encoding="utf-8")
    students = (
        f"Student: {student.folder()}\n"
        for name in recipe.students.variants()
        if (student := store.find(Address(recipe.name, "student_models", name))) is not None
    )
    page = _copied(report.path(PAGE_NAME), recipe.name)
    return f"{summary}{''.join(students)}Report: {page}"


def _copied(page: Path, name: str) -> Path:
    target = settings.report_folder() / f"{name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    shutil.copyfile(page, target)
    return target
