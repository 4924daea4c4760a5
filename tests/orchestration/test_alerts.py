"""Failures are told: in the log, and to a webhook that listens on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest

from pipeline.errors import InputError, SourceUnavailable
from sensors.alerts import build_failure_sensor, is_run_of, send_alert
from sensors.tags import DRIVER_TAG, RECIPE_TAG


@pytest.fixture
def webhook():
    """Its address, and what it was told."""
    told = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/hook", told
    server.shutdown()
    server.server_close()
    thread.join(10)


@dg.op
def read_pages():
    raise dg.Failure(description="the inbox is not a folder") from InputError("the inbox")


@pytest.fixture
def run_job(place):
    """Run a job that fails, and let the sensor see it: two ticks, as the daemon would."""

    def run(**tags):
        @dg.job(name="read_textbook")
        def failing():
            read_pages()

        sensor = build_failure_sensor(place.recipe())
        repository = dg.Definitions(jobs=[failing], sensors=[sensor]).get_repository_def()

        def tick(cursor):
            context = dg.build_sensor_context(
                place.instance, cursor=cursor, repository_def=repository
            )
            return sensor.evaluate_tick(context)

        first = tick(None)
        failing.execute_in_process(instance=place.instance, tags=tags, raise_on_error=False)
        return tick(first.cursor)

    return run


def test_a_failed_run_is_told_to_the_webhook_with_what_failed_where_and_why(
    run_job, webhook, monkeypatch
):
    address, told = webhook
    monkeypatch.setenv("DUTAR_ALERT_URL", address)
    run_job(**{RECIPE_TAG: "trial", "dagster/partition": "reader.tuk_Latn"})
    (message,) = told
    assert message["title"] == "trial: read_textbook [reader.tuk_Latn] failed"
    assert message["message"].startswith("read_pages: the inbox is not a folder\nrun ")


def test_a_failed_run_is_logged_also_where_no_address_is_set(run_job, monkeypatch, capfd):
    monkeypatch.delenv("DUTAR_ALERT_URL", raising=False)
    run_job(**{RECIPE_TAG: "trial"})
    told = "trial: read_textbook failed: read_pages: the inbox is not a folder"
    assert told in capfd.readouterr().err


def test_a_run_that_a_driver_launched_is_told_as_well(run_job, webhook, monkeypatch):
    """In Dagster's eyes it belongs to no code location."""
    address, told = webhook
    monkeypatch.setenv("DUTAR_ALERT_URL", address)
    run_job(**{RECIPE_TAG: "trial", DRIVER_TAG: "some-run"})
    assert len(told) == 1


def test_runs_of_another_recipe_are_left_to_its_own_sensor(run_job, webhook, monkeypatch):
    address, told = webhook
    monkeypatch.setenv("DUTAR_ALERT_URL", address)
    data = run_job(**{RECIPE_TAG: "other"})
    assert told == []
    assert data.skip_message == "not a run of trial"


def test_a_run_that_was_materialized_by_hand_is_known_by_its_assets(place):
    def run(recipe):
        return dg.DagsterRun("__ASSET_JOB", asset_selection={dg.AssetKey([recipe, "documents"])})

    assert is_run_of(place.recipe(), run("trial"))
    assert not is_run_of(place.recipe(), run("other"))


@pytest.mark.parametrize(
    "address",
    [
        "json://someone:secret@127.0.0.1:9/hook",
        "no-such-service://someone:secret@host",
        "secret",
        "mailto://someone:secret@127.0.0.1:9?from=secret@x.example",
    ],
)
def test_an_alert_that_cannot_be_sent_is_told_without_the_address(address, capfd, caplog):
    with pytest.raises(SourceUnavailable) as error:
        send_alert(address, "title", "body")
    printed = "".join(capfd.readouterr()) + caplog.text + str(error.value)
    assert "secret" not in printed
    assert "check DUTAR_ALERT_URL" in str(error.value)


def test_one_wrong_address_does_not_keep_the_others_from_being_told(webhook):
    address, told = webhook
    with pytest.raises(SourceUnavailable):
        send_alert(f"nowhere {address}", "title", "body")
    assert len(told) == 1


def test_the_address_of_a_mailbox_is_accepted():
    import apprise

    assert apprise.Apprise().add("mailto://someone:secret@mail.example?to=other@mail.example")


def test_failures_are_watched_without_anybody_switching_it_on(place):
    sensor = build_failure_sensor(place.recipe())
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
