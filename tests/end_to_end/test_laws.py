"""The graph of the demo with another recipe: laws in two languages and a scanned order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import settings
from pipeline.evaluation.report.words import percent
from pipeline.storage import Address, Store
from pipeline.tables import kept
from tests.end_to_end.laws import LANGUAGES, LAWS, ORDER, fill_inbox

HERE = Path(__file__).parent
SOURCE = settings.test_data() / "tds_gov_tm"
ORDER_KEY = f"{ORDER}.tuk_Latn"
EDITIONS = [*(f"law{law}.{code}" for law in LAWS for code in LANGUAGES.values()), ORDER_KEY]
ORDER_PAGE_COUNT, SCANNED_PAGES = 13, {1, 2, 3, 12, 13}
GOLD_BEAD_COUNTS = {"law16": 136, "law17": 205, "law18": 159}
MIN_STRICT_F1 = 0.9

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


class Programme:
    """A recipe with a home of its own, driven by the command that people use."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {
            **os.environ,
            "DUTAR_RECIPES": str(HERE),
            "DUTAR_STORE": str(folder / "store"),
            "DUTAR_WORK": str(folder / "work"),
            "DUTAR_REPORTS": str(folder / "reports"),
            "DUTAR_EMBEDDINGS": str(folder / "embeddings"),
            "DUTAR_ALIGNMENTS": str(folder / "alignments"),
            "DAGSTER_HOME": str(folder / "home"),
            "DUTAR_LABEL_STUDIO_URL": "",
            "LAWS_INBOX": str(folder / "inbox"),
            "LAWS_GOLD": str(folder / "gold"),
        }

    def run(self):
        return subprocess.run(
            [sys.executable, "-m", "sensors", "run", "laws"],
            cwd=settings.project_root(),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def report(self):
        return self.folder / "reports" / "laws" / "report.html"

    def artefact(self, asset, partition=None):
        found = Store(str(self.folder / "store")).find(Address("laws", asset, partition))
        assert found is not None, f"nothing was stored for {asset} {partition or ''}"
        return found

    def rows(self, asset, partition=None):
        return self.artefact(asset, partition).read().to_pylist()

    def manifests(self):
        folder = self.folder / "store" / "manifests"
        return {
            path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.json"))
        }


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    if not SOURCE.is_dir():
        pytest.skip(f"the laws are not at {SOURCE}: set DUTAR_TEST_DATA")
    started = Programme(tmp_path_factory.mktemp("laws"))
    try:
        fill_inbox(SOURCE, started.folder / "inbox", started.folder / "gold")
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    result = started.run()
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return started


def letters(table):
    return sum(character.isalpha() for text in table["text"].to_pylist() for character in text)


def test_alignment_is_scored_against_paragraphs_of_every_law(programme):
    scores = [row for row in programme.rows("alignment_scores") if row["metric"] == "strict_f1"]
    assert {(row["suite"], row["model"]) for row in scores} == {
        (f"law{law}", method) for law in LAWS for method in ("aligner", "length only")
    }
    for row in scores:
        assert row["n"] == GOLD_BEAD_COUNTS[row["suite"]]
        assert row["ci_low"] < row["value"] < row["ci_high"]


def test_the_aligner_finds_most_paragraph_beads(programme):
    found = {
        row["suite"]: row["value"]
        for row in programme.rows("alignment_scores")
        if (row["metric"], row["model"]) == ("strict_f1", "aligner")
    }
    assert min(found.values()) > MIN_STRICT_F1, found


def test_the_report_shows_the_alignment_with_its_interval_beside_the_baseline(programme):
    page = programme.report.read_text(encoding="utf-8")
    section = page.split('<section id="alignment">')[1].split("</section>")[0]
    for row in programme.rows("alignment_scores"):
        assert row["suite"] in section
        for name in ("value", "ci_low", "ci_high"):
            assert percent(row[name]) in section
    assert section.count("length only") >= len(LAWS)


def test_every_page_of_the_mixed_order_was_read_and_says_how(programme):
    pages = programme.rows("textbook_pages", ORDER_KEY)
    assert [page["page_number"] for page in pages] == list(range(1, ORDER_PAGE_COUNT + 1))
    by_ocr = {page["page_number"] for page in pages if page["method"] == "ocr"}
    assert by_ocr == SCANNED_PAGES
    assert all(page["method_reason"] for page in pages)


def test_a_scanned_page_of_the_order_is_read_word_by_word(programme):
    truth = (SOURCE / "pdf/ocr_gt/tertip-253-is.page2_body.txt").read_text("utf-8").split()
    page = next(p for p in programme.rows("textbook_pages", ORDER_KEY) if p["page_number"] == 2)
    read = set(page["text"].split())
    assert sum(word in read for word in truth) >= 0.97 * len(truth)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_letter_on_the_pages_is_in_a_sentence_kept_or_rejected(programme, edition):
    pages = programme.artefact("textbook_pages", edition).read()
    sentences = programme.artefact("textbook_sentences", edition).read()
    assert letters(sentences) == letters(pages) > 0
    assert letters(kept(sentences)) > 0.95 * letters(pages)


def test_the_order_without_a_translation_is_catalogued_and_paired_with_nothing(programme):
    documents = {row["document_key"]: row for row in programme.rows("documents")}
    assert documents[f"textbooks/{ORDER_KEY}"]["sentence_count"] > 100
    paired = {row["source_document"] for row in programme.rows("document_pairs")}
    assert paired == {f"textbooks/law{law}.tuk_Latn" for law in LAWS}


def test_a_second_run_changes_no_manifest(programme):
    before = programme.manifests()
    result = programme.run()
    assert result.returncode == 0, result.stdout
    assert len(before) > 20
    assert programme.manifests() == before
