"""A real Label Studio in a temporary folder, and rows to push to it."""

import io
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import matplotlib as mpl
import pytest
import yaml
from PIL import Image, ImageDraw, ImageFont

from pipeline import settings
from pipeline.annotation.label_studio import LabelStudio
from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.tables import ANNOTATION_TASKS, as_table, identify

ANNOTATORS = ("annotator_1", "annotator_2")
SERVER = settings.project_root() / ".venv-label-studio" / "bin" / "label-studio"
SCRIPT = settings.project_root() / "scripts" / "label_studio.py"


class Server:
    """The server of `make label-studio`, with its folder elsewhere."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self):
        """Start it, or what is missing of it; returns what was printed."""
        return self._run("start", "--port", str(self.port))

    def stop(self):
        self._run("stop")

    def kill(self):
        pid = int((self.folder / "server.pid").read_text(encoding="utf-8"))
        os.kill(pid, 9)

    @property
    def connection(self):
        lines = (self.folder / "connection.env").read_text(encoding="utf-8").splitlines()
        return settings.Connection(*(line.partition("=")[2] for line in lines))

    @property
    def accounts(self):
        return yaml.safe_load((self.folder / "accounts.yaml").read_text(encoding="utf-8"))

    def adapter(self, recipe):
        return LabelStudio(self.connection, recipe, ANNOTATORS)

    def admin(self):
        return LabelStudioClient(self.connection)

    def logged_in(self, name):
        """An HTTP client with a browser's session."""
        browser = httpx.Client(base_url=self.connection.url, timeout=60)
        browser.get("/user/login/")
        form = {**self.accounts[name], "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/user/login/", data=form, headers={"Referer": self.connection.url})
        token = browser.cookies["csrftoken"]
        browser.headers.update({"X-CSRFToken": token, "Referer": self.connection.url})
        return browser

    def _run(self, *arguments):
        environment = {**os.environ, "DUTAR_LABEL_STUDIO": str(self.folder)}
        done = subprocess.run(
            [sys.executable, SCRIPT, *arguments],
            env=environment,
            cwd=settings.project_root(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    if not SERVER.is_file():
        pytest.skip("no .venv-label-studio here: `make test-label-studio` installs it")
    server = Server(tmp_path_factory.mktemp("label_studio") / "home")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tokens(server):
    """A personal access token of each annotator, for reviewing through the API."""
    answers = {name: server.logged_in(name).post("/api/token/") for name in ANNOTATORS}
    return {name: answer.raise_for_status().json()["token"] for name, answer in answers.items()}


@pytest.fixture(scope="session")
def shots():
    """Where screenshots land, to be looked at."""
    folder = settings.project_root() / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium here: `make test-label-studio` installs it"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def open_project(server, browser):
    """Opens the project of this title as annotator_1, in a page that is closed in the end."""
    pages = []

    def call(title):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        pages.append(page)
        page.set_default_timeout(60_000)
        page.goto(f"{server.connection.url}/user/login/")
        for field, value in server.accounts["annotator_1"].items():
            page.fill(f"input[name={field}]", value)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/user/login" not in url)
        (project,) = server.admin().get("/api/projects/", title=title)["results"]
        page.goto(f"{server.connection.url}/projects/{project['id']}/data?labeling=1")
        return page

    yield call
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def make_tasks():
    return _tasks


def _tasks(count, *, crops=False):
    """`ANNOTATION_TASKS` with `count` rows, half of them for each annotator."""
    rows = []
    for number in range(count):
        source = f"Mekdebiň howlusynda {number} sany agaç bar."
        target = f"Во дворе школы {number} деревьев."
        row = {
            "pair_id": identify(source, target),
            "annotator": ANNOTATORS[number % 2],
            "queue_position": number // 2,
            "selection": "random",
            "is_overlap": False,
            "source_language": "tuk_Latn",
            "target_language": "rus_Cyrl",
            "source_text": source,
            "target_text": target,
            "source_context": "Bu biziň mekdebimiz.",
            "target_context": "Это наша школа.",
            "source_url": "" if crops else f"https://news.example/tk/{number}",
            "target_url": "" if crops else f"https://news.example/ru/{number}",
            "source_crop": _jpeg(source) if crops else None,
            "target_crop": _jpeg(target) if crops else None,
            "probability": (number % 100) / 100 if number % 5 else None,
        }
        rows.append(row)
    return as_table(rows, ANNOTATION_TASKS)


def _jpeg(text):
    font = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf"
    picture = Image.new("L", (1200, 110), 246)
    letters = ImageFont.truetype(font, 36)
    ImageDraw.Draw(picture).text((24, 30), text, fill=30, font=letters)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return file.getvalue()
