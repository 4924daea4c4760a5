"""A model that passed its gates is pointed to by itself, once the sensor is switched on."""

import dagster as dg
import pytest

from assets.resources import ArtefactStore
from pipeline.storage import Address, Fingerprint, GateVerdict
from sensors import releasing
from sensors.releasing import build_release_job, build_release_sensor


@pytest.fixture
def publish(place, monkeypatch):
    monkeypatch.setenv("DUTAR_RELEASES", str(place.folder / "releases"))
    made = Fingerprint(code_version="1", parameters={}, inputs={})

    def publish(text, *, is_passed=True):
        folder = place.folder / f"made {text}"
        folder.mkdir()
        (folder / "model.txt").write_text(text)
        gate = GateVerdict("is_good", is_passed, "looked at closely")
        address = Address("trial", "model_release")
        return place.store.publish(
            address, folder, fingerprint=made, gates=[gate], is_versioned=True
        )

    return publish


@pytest.fixture
def release(place):
    def run():
        return build_release_job(place.recipe()).execute_in_process(
            resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
            instance=place.instance,
            raise_on_error=False,
        )

    return run


def look(place, cursor=None):
    context = dg.build_sensor_context(cursor=cursor)
    return build_release_sensor(place.recipe())(context), context.cursor


def test_the_sensor_asks_once_for_each_new_model_that_passed(place, publish):
    assert look(place)[0].skip_message == "no model has passed its gates yet"
    model = publish("first")
    request, cursor = look(place)
    assert isinstance(request, dg.RunRequest)
    assert cursor == model.content_hash
    assert isinstance(look(place, cursor)[0], dg.SkipReason)
    publish("second")
    assert isinstance(look(place, cursor)[0], dg.RunRequest)


def test_the_sensor_asks_for_no_model_that_a_gate_refused(place, publish):
    publish("first", is_passed=False)
    assert isinstance(look(place)[0], dg.SkipReason)


def test_the_job_points_to_the_model_and_tells_so(place, publish, release, monkeypatch):
    told = []
    monkeypatch.setenv("DUTAR_ALERT_URL", "json://somewhere")
    monkeypatch.setattr(releasing, "send_alert", lambda *words: told.append(words))
    model = publish("first")
    assert release().success
    pointer = place.folder / "releases" / "trial"
    assert (pointer / "model.txt").read_text() == "first"
    assert told == [
        (
            "json://somewhere",
            "trial: a model was released",
            f"{model.content_hash[:12]} is now at {pointer}",
        )
    ]


def test_without_a_model_the_job_fails_in_one_sentence(publish, release, failure_of):
    told = failure_of(release())
    assert told == "trial has no model to release yet: launch refresh_report first"


def test_a_refused_model_fails_the_job_and_leaves_the_pointer(place, publish, release, failure_of):
    publish("first")
    assert release().success
    publish("second", is_passed=False)
    assert "is refused by is_good" in failure_of(release())
    assert (place.folder / "releases" / "trial" / "model.txt").read_text() == "first"
