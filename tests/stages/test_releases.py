"""Releases: one pointer per recipe, moved in one step, back and forth."""

import pytest

from pipeline.errors import InputError, StorageError
from pipeline.releases import history, newest_hash, point_again, releasable, release
from pipeline.storage import Address, Fingerprint, GateVerdict, Store

MODEL = Address("trial", "model_release")
MADE = Fingerprint(code_version="1", parameters={}, inputs={})


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "store"))


@pytest.fixture
def releases(tmp_path):
    return tmp_path / "releases"


@pytest.fixture
def publish(store, tmp_path):
    def publish(text, *, is_passed=True):
        folder = tmp_path / f"made {text}"
        folder.mkdir()
        (folder / "model.txt").write_text(text)
        gate = GateVerdict("is_good", is_passed=is_passed, reason="looked at closely")
        return store.publish(MODEL, folder, fingerprint=MADE, gates=[gate], is_versioned=True)

    return publish


def test_the_pointer_leads_to_the_newest_model_and_stays_where_it_is_when_asked_again(
    store, publish, releases
):
    model = publish("first")
    for day in ("2026-11-03", "2026-11-04"):
        pointer = release(releasable(store, "trial"), releases, day)
    assert pointer == releases / "trial"
    assert (pointer / "model.txt").read_text() == "first"
    (only,) = history(releases, "trial")
    assert (only.content_hash, only.released_at) == (model.content_hash, "2026-11-03")


def test_an_earlier_version_comes_back_by_the_first_digits_of_its_hash(store, publish, releases):
    first, second = publish("first"), publish("second")
    for number, model in enumerate((first, second)):
        release(model, releases, str(number))
    earlier = releasable(store, "trial", first.content_hash[:12])
    assert (release(earlier, releases, "2") / "model.txt").read_text() == "first"
    hashes = [one.content_hash for one in history(releases, "trial")]
    assert hashes == [first.content_hash, second.content_hash, first.content_hash]


def test_a_model_that_a_gate_refused_is_never_pointed_to(store, publish, releases):
    release(publish("first"), releases, "0")
    refused = publish("second", is_passed=False)
    with pytest.raises(StorageError, match="is refused by is_good"):
        release(refused, releases, "1")
    assert newest_hash(store, "trial") is None
    assert (releases / "trial" / "model.txt").read_text() == "first"
    assert len(history(releases, "trial")) == 1


def test_the_newest_hash_is_of_the_model_that_passed(store, publish):
    assert newest_hash(store, "trial") is None
    assert newest_hash(store, "trial") != publish("first").content_hash
    assert newest_hash(store, "trial") == releasable(store, "trial").content_hash


@pytest.mark.parametrize(
    ("beginning", "told"),
    [(None, "has no model to release yet"), ("abc", "0 versions begin with 'abc'; there are none")],
)
def test_what_is_not_there_is_told(store, beginning, told):
    with pytest.raises(InputError, match=told):
        releasable(store, "trial", beginning)


def test_a_beginning_that_several_versions_share_is_refused(store, publish):
    publish("first")
    publish("second")
    with pytest.raises(InputError, match="2 versions begin with ''"):
        releasable(store, "trial", "")


def test_a_lost_pointer_is_made_anew_from_the_history(store, publish, releases):
    first = publish("first")
    release(first, releases, "0")
    release(publish("second"), releases, "1")
    release(first, releases, "2")
    (releases / "trial").unlink()
    assert point_again(store, releases) == [releases / "trial"]
    assert (releases / "trial" / "model.txt").read_text() == "first"
    assert len(history(releases, "trial")) == 3


def test_the_pointer_outlives_the_clean_up(store, publish, releases):
    pointer = release(publish("first"), releases, "0")
    publish("second")
    store.collect_garbage(0, now=4e9)
    assert (pointer / "model.txt").read_text() == "first"
