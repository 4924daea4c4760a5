"""What a person at the terminal sees when a drive has ended."""

import shutil
from pathlib import Path

from pipeline import settings
from pipeline.evaluation.report.folder import PAGE_NAME, SCORES_NAME, SUMMARY_NAME
from pipeline.recipe import Recipe
from pipeline.storage import Address, Artefact, Store

PAIRS_NAME = "pairs"  # where the report expects the pages that lead from pairs to their sources
CORPUS_NAME = "corpus"
VERSION_NAME = ".version"


def summarise(recipe: Recipe, store: Store) -> str:
    """The report's figures, then where report, corpus and model are; a sentence without one.

    Copies are put where they are easily found, in `.dutar/reports/<recipe>/`.
    """
    report = store.find(Address(recipe.name, "evaluation_report"))
    if report is None:
        return "There is no report yet."
    folder = settings.report_folder() / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    page = shutil.copyfile(report.path(PAGE_NAME), folder / PAGE_NAME)
    scores = shutil.copyfile(report.path(SCORES_NAME), folder / SCORES_NAME)
    _place(store.find(Address(recipe.name, "corpus_browser")), folder / PAIRS_NAME)
    exports = _place(store.find(Address(recipe.name, "corpus_exports")), folder / CORPUS_NAME)
    lines = [
        report.path(SUMMARY_NAME).read_text(encoding="utf-8").rstrip(),
        f"Model:  {_model(store.find(Address(recipe.name, 'model_release')))}",
        f"Corpus: {exports or 'not exported yet'}",
        f"Report: {page}",
        f"Scores: {scores}",
    ]
    return "\n".join(lines)


def _model(release: Artefact | None) -> str:
    if release is None:
        return "not made yet"
    if release.is_refused:
        refusals = " ".join(gate.reason for gate in release.refusals)
        return f"none is released, for a gate refused it. {refusals}"
    return str(release.folder())


def _place(artefact: Artefact | None, target: Path) -> Path | None:
    """A copy of a folder artefact, made anew only where its content is another."""
    if artefact is None or artefact.is_refused:
        return None
    version = target / VERSION_NAME
    if not version.is_file() or version.read_text(encoding="utf-8") != artefact.content_hash:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(artefact.folder(), target)
        version.write_text(artefact.content_hash, encoding="utf-8")
    return target
