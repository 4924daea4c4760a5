"""The services of docker-compose.yml, run as processes: their own commands, a real PostgreSQL."""

import json
import re
import signal
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from pipeline.settings import project_root
from tests.end_to_end.service_processes import (
    DAEMONS,
    DAGSTER_SERVICES,
    PASSWORD,
    POSTGRES,
    SENSOR_TICKS,
    Postgres,
    Services,
    launch,
    read,
    status_of,
    wait_until,
)

COMPOSE = project_root() / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_every_volume_is_declared_and_every_port_is_for_this_machine_alone(compose):
    services = compose["services"]
    assert {"postgres", "label-studio", "news-site", *DAGSTER_SERVICES} == set(services)
    named = {mount.split(":")[0] for one in services.values() for mount in one.get("volumes", [])}
    assert {name for name in named if not name.startswith((".", "$"))} == set(compose["volumes"])
    for published in (port for one in services.values() for port in one.get("ports", [])):
        assert published.startswith("127.0.0.1:"), published


def test_a_service_waits_for_services_that_can_tell_when_they_are_ready(compose):
    services = compose["services"]
    for one in services.values():
        waited_for = one.get("depends_on", {})
        for name, how in waited_for.items() if isinstance(waited_for, dict) else ():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[name], name


def test_everything_the_image_copies_and_runs_is_here(compose):
    dockerfile = read("Dockerfile")
    for line in dockerfile.splitlines():
        if line.startswith("COPY "):
            for source in line.split()[1:-1]:
                assert (project_root() / source).exists(), source
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    assert copied == {"pipeline", "assets", "sensors", "recipes", "examples"}
    assert compose["services"]["news-site"]["command"].split()[1].startswith("examples/")


def test_the_image_has_the_system_packages_of_the_set_up():
    def packages(text):
        return set(re.findall(r"\b(?:tesseract-ocr|fonts)[a-z-]*", text))

    (wanted,) = re.findall(r'APT_PACKAGES="([^"]+)"', read("scripts/setup.sh"))
    (installed,) = re.findall(r"install -y(.+?)&& rm", read("Dockerfile"), re.DOTALL)
    assert packages(wanted) == packages(installed)


def test_inside_compose_dagster_is_as_outside_but_for_where_it_keeps_things():
    outside, inside = (
        yaml.safe_load(read(name)) for name in ("dagster.yaml", "docker/dagster.yaml")
    )
    assert inside.keys() - outside.keys() == {"storage", "compute_logs"}
    assert {key: inside[key] for key in outside} == outside


def test_every_variable_that_compose_asks_for_is_in_the_example():
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text(encoding="utf-8")))
    told = set(re.findall(r"^(?:# )?(\w+)=", read("docker/example.env"), re.MULTILINE))
    assert asked == told


def test_label_studio_takes_no_strangers_and_tells_its_makers_nothing(compose):
    environment = compose["services"]["label-studio"]["environment"]
    assert environment["LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK"] == "true"
    silenced = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": ""}
    assert silenced.items() <= environment.items()
    assert environment["LABEL_STUDIO_PASSWORD"].startswith("${LABEL_STUDIO_PASSWORD:?")
    url = compose["x-dagster"]["environment"]["DUTAR_LABEL_STUDIO_URL"]
    assert url == "${DUTAR_LABEL_STUDIO_TOKEN:+http://label-studio:8080}"


@pytest.fixture(scope="module")
def postgres():
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed: scripts/setup.sh postgresql")
    with tempfile.TemporaryDirectory() as folder:  # not pytest's, which is closed to other users
        server = Postgres(Path(folder))
        try:
            server.prepare()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def webhook():
    """Its address, and the titles of what it was told."""
    titles = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            titles.append(json.loads(body)["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(address=f"json://127.0.0.1:{server.server_port}/", titles=titles)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def services(compose, postgres, webhook, tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    instance = yaml.safe_load(read("docker/dagster.yaml"))
    instance["storage"]["postgres"]["postgres_db"]["port"] = postgres.port
    (folder / "dagster.yaml").write_text(yaml.safe_dump(instance), "utf-8")
    changes = {
        "DAGSTER_HOME": str(folder),
        "DAGSTER_LOGS": str(folder / "logs"),
        "DAGSTER_PG_HOST": "127.0.0.1",
        "DAGSTER_PG_PASSWORD": PASSWORD,
        "DUTAR_RECIPE": "demo",
        "DUTAR_STORE": str(folder / "store"),
        "DUTAR_WORK": str(folder / "work"),
        "DUTAR_RELEASES": str(folder / "releases"),
        "DUTAR_LABEL_STUDIO_URL": "",
        "DUTAR_ALERT_URL": webhook.address,
    }
    started = Services(compose, folder, changes)
    try:
        for name in DAGSTER_SERVICES:
            started.start(name)
        wait_until(started.are_ready, 240, "the code location")
        yield started
    finally:
        started.stop_all()


@pytest.mark.slow
def test_a_run_launched_through_the_webserver_ends_in_postgresql_and_outlives_a_restart(
    services, postgres
):
    run_id, status = launch(services, "read_bitext", dagster_partition="cldr")
    assert status == "SUCCESS"
    assert postgres.query(f"select status from runs where run_id = '{run_id}'") == "SUCCESS"  # noqa: S608 - our own id
    events = postgres.query(f"select count(*) from event_logs where run_id = '{run_id}'")  # noqa: S608
    assert int(events) > 5
    services.restart("webserver")
    assert status_of(services, run_id) == "SUCCESS"


@pytest.mark.slow
def test_a_failed_run_is_told_to_the_webhook_by_the_daemon(services, webhook):
    def is_watching():
        state = services.ask(SENSOR_TICKS)["sensorOrError"].get("sensorState")
        return state and state["status"] == "RUNNING" and state["ticks"]

    wait_until(is_watching, 180, "the sensor of failures")
    _, status = launch(services, "release_model")  # of a store that is empty
    assert status == "FAILURE"
    told = "demo: release_model failed"
    wait_until(lambda: told in webhook.titles, 180, "the alert")


@pytest.mark.slow
def test_a_run_that_died_with_its_code_location_is_ended_when_that_is_back(services, postgres):
    run_id, _ = launch(services, "read_bitext", dagster_partition="cldr")
    postgres.query(f"update runs set status = 'STARTED' where run_id = '{run_id}'")  # noqa: S608
    services.restart("code-location", signal.SIGKILL)
    wait_until(lambda: status_of(services, run_id) == "FAILURE", 60, "the end of the dead run")


@pytest.mark.slow
def test_the_daemon_is_healthy(services):
    def is_healthy():
        found = services.ask(DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return found and all(one["healthy"] for one in found if one["healthy"] is not None)

    wait_until(is_healthy, 120, "the daemon")
