"""The wrapper around every asset, over stand-ins: what is damaged, wrong, silent or half-done."""

import dagster as dg
import pyarrow as pa

from assets import failures
from assets.building import build_asset
from assets.partitions import Partitioning
from assets.resources import ArtefactStore
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.errors import InputError, SourceUnavailable
from pipeline.storage import Address

NUMBERS = Address("trial", "numbers")


def version_of(result):
    (event,) = result.get_asset_materialization_events()
    return event.step_materialization_data.materialization.tags["dagster/data_version"]


def rot(place, address):
    """Change the data file of an artefact behind the store's back."""
    (entry,) = place.store.find(address).manifest.files
    (path,) = (place.folder / "store" / "objects").rglob(f"{entry.sha256}*")
    path.chmod(0o644)
    path.write_bytes(b"rot")
    return entry


def test_a_corrupt_file_stops_its_reader_in_one_sentence_and_heals(run, world, place, failure_of):
    whole = version_of(run("numbers"))
    entry = rot(place, NUMBERS)
    told = failure_of(run("doubled"))
    assert f"{entry.name} of trial/numbers is torn" in told
    assert entry.sha256[:12] in told
    assert "materialize the asset again" in told
    assert "\n" not in told
    assert version_of(run("numbers")) == whole
    assert run("doubled").success
    assert world.calls == ["numbers", "doubled", "numbers", "doubled"]


def test_a_torn_manifest_stops_its_reader_in_one_sentence_and_heals(run, place, failure_of):
    run("numbers")
    (path,) = (place.folder / "store" / "manifests").rglob("numbers.json")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-40])
    assert failure_of(run("doubled")).startswith("manifests/trial/numbers.json is torn: ")
    assert run("numbers").success
    assert run("doubled").success


def test_an_input_that_was_never_made_is_named(run, failure_of):
    told = failure_of(run("doubled"))
    assert told == "numbers has not been made yet: materialize it first"


def test_a_wrong_input_fails_at_once_with_its_own_sentence(run, world, failure_of):
    world.errors = [InputError("page 3 is upside down: turn it")]
    result = run("numbers")
    assert failure_of(result) == "page 3 is upside down: turn it"
    assert world.calls == ["numbers"]


def test_a_silent_source_is_asked_again_until_it_answers(run, world, monkeypatch):
    monkeypatch.setattr(failures, "RETRY_WAIT_SECONDS", 0)
    world.errors = [SourceUnavailable("the hub does not answer")] * 2
    result = run("numbers")
    assert result.success
    assert world.calls == ["numbers"] * 3
    retries = [event for event in result.all_events if event.is_step_up_for_retry]
    assert len(retries) == 2
    assert "the hub does not answer" in retries[0].step_retry_data.error.to_string()


def test_a_source_that_stays_silent_fails_with_its_sentence(run, world, monkeypatch, failure_of):
    monkeypatch.setattr(failures, "RETRY_WAIT_SECONDS", 0)
    world.errors = [SourceUnavailable("the hub does not answer")] * 9
    assert "the hub does not answer" in failure_of(run("numbers"))
    assert len(world.calls) == 1 + failures.RETRY_COUNT


def test_the_work_folder_outlives_a_failed_body_and_goes_with_success(run, world, place):
    world.errors = [InputError("no")]
    run("numbers")
    assert [path.name for path in place.work.rglob("*") if path.is_file()] == ["half_done"]
    run("numbers")
    assert world.found_in_work == ["half_done"]
    assert list(place.work.iterdir()) == []


def test_two_partitions_made_from_the_same_do_not_share_a_work_folder(place, world):
    folders = []

    def parts(stage: Stage) -> Product:
        folders.append(stage.work_folder)
        return Product(pa.table({"part": [stage.partition]}))

    declared = stage_asset(
        group="trial", code_version="1", partitioning=Partitioning.BITEXT_SOURCES
    )(parts)
    for partition in ("cldr", "django"):
        dg.materialize(
            [build_asset(declared, place.recipe())],
            resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
            instance=place.instance,
            partition_key=partition,
        )
    assert len(set(folders)) == 2
