"""What people see: the Dagster UI over a real store, and the report, in a real Chromium.

Screenshots land in `build/screenshots`, to be looked at.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright

from assets import STAGE_ASSETS
from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.settings import project_root
from pipeline.tables import SCORES, as_table

SHOTS = project_root() / "build" / "screenshots"
START_SECONDS = 180
expect.set_options(timeout=60_000)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def browser():
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium here: `make test-browser` installs it"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def ui(tmp_path_factory):
    """Address of a UI whose store holds one source of bitexts, made by a real run."""
    folder = tmp_path_factory.mktemp("dutar")
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder / "home"),
        "DUTAR_STORE": str(folder / "store"),
        "DUTAR_WORK": str(folder / "work"),
        "DUTAR_LABEL_STUDIO_URL": "",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [sys.executable, "-m", "sensors", "dev", "--port", str(port)]
    server = subprocess.Popen(arguments, env=environment, cwd=project_root())
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/server_info")
        materialize = [
            *(sys.executable, "-m", "dagster", "asset", "materialize", "-m", "definitions"),
            *("-a", "demo", "--select", "demo/bitext_pairs", "--partition", "cldr"),
        ]
        subprocess.run(materialize, env=environment, cwd=project_root(), check=True)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(address):
    for _ in range(START_SECONDS):
        try:
            return urllib.request.urlopen(address).read()  # noqa: S310 - our own loopback server
        except urllib.error.URLError:
            time.sleep(1)
    raise TimeoutError(address)


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.set_default_timeout(60_000)
    yield page
    page.close()


def test_the_graph_shows_every_stage_as_a_group(page, ui):
    page.goto(f"{ui}/asset-groups/")
    for group in sorted({asset.group for asset in STAGE_ASSETS}):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()
    page.screenshot(path=SHOTS / "graph.png")


def test_an_asset_shows_its_rows_a_sample_and_its_versions(page, ui):
    page.goto(f"{ui}/assets/demo/bitext_pairs?view=partitions&partition=cldr")
    for key in ("sample", "content_hash", "versions"):
        expect(page.get_by_text(key, exact=True).first).to_be_visible()
    page.screenshot(path=SHOTS / "asset.png", full_page=True)
    page.get_by_text("Show Markdown").first.click()
    expect(page.get_by_text("source_text").first).to_be_visible()
    page.screenshot(path=SHOTS / "sample.png")


def test_the_driver_the_sensor_and_the_schedule_are_there_to_be_used(page, ui):
    page.goto(f"{ui}/jobs")
    for job in ("refresh_tasks", "refresh_corpus", "refresh_report", "trace_pair"):
        expect(page.get_by_text(job, exact=True).first).to_be_visible()
    page.screenshot(path=SHOTS / "jobs.png")
    page.set_viewport_size({"width": 1500, "height": 6000})  # what is further down is not drawn
    page.goto(f"{ui}/automation")
    for name in ("textbook_inbox_sensor", "review_sensor", "failure_alerts", "nightly_refresh"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (375, "dark")])
def test_the_report_reads_on_any_screen_and_asks_for_nothing(browser, tmp_path, width, scheme):
    path = tmp_path / "report.html"
    path.write_text(render_report(_report()), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    assert page.locator("h1, h2").first.inner_text()
    assert page.locator("svg[role=img]").count() >= 1
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert asked == [path.as_uri()]
    assert complaints == []
    page.screenshot(path=SHOTS / f"report_{width}_{scheme}.png", full_page=True)


def _report():
    rows = [
        {
            "suite": "held_out",
            "model": model,
            "model_fingerprint": model,
            "direction": "tuk_Latn-rus_Cyrl",
            "metric": "p_at_1",
            "value": value,
            "n": 118,
            "pool_size": 1180,
            "ci_low": value - 0.08,
            "ci_high": value + 0.08,
            "confidence_level_fraction": 0.95,
            "seed": 13,
        }
        for model, value in (("start", 0.38), ("student", 0.71))
    ]
    return ReportData(
        title="Turkmen with Russian",
        focus="tuk_Latn",
        pivots=("rus_Cyrl",),
        scores=as_table(rows, SCORES),
        training={"loss": {0: 2.0, 10: 1.0}},
    )
