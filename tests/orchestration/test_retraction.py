"""A book is added, taken out and put back, driven to the corpus as in ordinary life."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from definitions import build_defs
from pipeline.corpus.command import uses_lines
from pipeline.errors import InputError
from pipeline.storage import Address
from sensors.driver import Goal, drive, plan
from sensors.editions import Noticed, reconcile_editions
from sensors.sources import find_sources

TURKMEN = [
    "Gadym döwürlerden bäri düýä çölüň gämisi diýilýär.",
    "Onuň giň dabany yssy günde-de gumuň içine batmaýar.",
    "Uzyn kirpikleri düýäniň gözlerini tozandan goraýar.",
    "Ýazda baýyrlarda gyzyl gülälekler we bägüller açylýar.",
]
GONE = "camel.tuk_Latn"
NOTICED = Noticed(datetime(2026, 11, 3, 10, tzinfo=UTC), "a-run")


@pytest.fixture(scope="module")
def driven(shared_place):
    """A corpus of a pair of books and a bitext; then the Turkmen one goes, and comes back."""
    shared_place.add_book("camel.rus_Cyrl")
    shared_place.add_book(GONE, TURKMEN)
    shared_place.add_sidecar(GONE, language="tuk_Latn")
    return Driven(shared_place)


class Driven:
    """The three states of the store, each reached by one run of the driver."""

    def __init__(self, place):
        self.place = place
        self.recipe = place.recipe(bitexts={"cldr": {"catalogue": "babel"}}, sample=200)
        self.definitions = build_defs(self.recipe)
        self.states = {}
        self.states["before"] = self._drive()
        files = [place.inbox / f"{GONE}.{suffix}" for suffix in ("pdf", "yaml")]
        for file in files:
            file.rename(place.folder / file.name)
        self.states["gone"] = self._drive()
        self.uses_when_gone = list(uses_lines(place.store, "trial", f"textbooks/{GONE}"))
        for file in files:
            (place.folder / file.name).rename(file)
        self.states["back"] = self._drive()

    def _drive(self):
        """As the driver's job does it, without the job."""
        noticed = Noticed(datetime.now(UTC), f"run-{len(self.states)}")
        sources = find_sources(self.recipe, self.place.instance, self.place.store, noticed)
        driven = drive(plan(self.recipe, sources, Goal.CORPUS), self._launch)
        assert driven.failed == ()
        store = self.place.store
        corpus = store.find(Address("trial", "parallel_corpus"))
        return {
            "run": noticed.run_id,
            "documents": set(
                store.find(Address("trial", "documents")).read()["document_key"].to_pylist()
            ),
            "corpus": corpus.content_hash,
            "sources": set(corpus.read_even_if_refused()["source_document"].to_pylist()),
            "sentences": store.find(Address("trial", "textbook_sentences", GONE)),
        }

    def _launch(self, run):
        job = self.definitions.resolve_job_def(run.job)
        return job.execute_in_process(
            instance=self.place.instance, partition_key=run.partition, raise_on_error=False
        ).success


@pytest.mark.slow
def test_what_is_taken_out_of_the_inbox_is_in_nothing_that_comes_after(driven):
    before, gone = driven.states["before"], driven.states["gone"]
    assert f"textbooks/{GONE}" in before["documents"]
    assert f"textbooks/{GONE}" in before["sources"]
    assert gone["sentences"] is None
    assert f"textbooks/{GONE}" not in gone["documents"]
    assert f"textbooks/{GONE}" not in gone["sources"]
    assert "cldr" in " ".join(gone["sources"])


@pytest.mark.slow
def test_a_retraction_tells_when_by_which_run_and_who_used_it(driven):
    told = "\n".join(driven.uses_when_gone)
    assert driven.states["before"]["corpus"][:12] in told
    assert driven.states["gone"]["corpus"][:12] not in told
    assert "retracted: taken out of the inbox (20" in told
    assert driven.states["gone"]["run"] in told
    events = driven.place.instance.fetch_observations(
        dg.AssetKey(["trial", "textbook_sentences"]), limit=10
    ).records
    observed = [event.event_log_entry.dagster_event.asset_observation_data for event in events]
    out, back = (
        next(one.asset_observation for one in observed if one.asset_observation.description == what)
        for what in ("taken out of the inbox", "put back into the inbox")
    )
    assert out.partition == back.partition == GONE
    assert driven.states["before"]["corpus"][:12] in out.metadata["used by"].value


@pytest.mark.slow
def test_a_book_that_is_put_back_holds_again_without_being_read_again(driven):
    before, back = driven.states["before"], driven.states["back"]
    assert back["documents"] == before["documents"]
    assert back["corpus"] == before["corpus"]
    ledgers = [state["sentences"].manifest.ledger for state in (before, back)]
    assert ledgers[0]["created_at"] == ledgers[1]["created_at"]
    assert ledgers[1]["retracted"]["run_id"] == driven.states["gone"]["run"]
    assert ledgers[1]["revived"]["run_id"] == back["run"]


def take_out_and_put_back(place, recipe, between=lambda: None):
    sidecar = place.inbox / "second.yaml"
    text = sidecar.read_text()
    sidecar.unlink()
    reconcile_editions(recipe, place.instance, place.store, NOTICED)
    between()
    sidecar.write_text(text)
    reconcile_editions(recipe, place.instance, place.store, NOTICED)
    return place.store.find(Address("trial", "textbook_pages", "second"))


def test_the_ledger_tells_of_a_retraction_and_of_the_return(place, two_books):
    ledger = take_out_and_put_back(place, two_books).manifest.ledger
    noticed = {"at": "2026-11-03T10:00:00+00:00", "run_id": "a-run"}
    assert (ledger["retracted"], ledger["revived"]) == (noticed, noticed)


def test_what_a_clean_up_has_removed_does_not_come_back_by_itself(place, two_books):
    def clean_up():
        place.store.retract(Address("trial", "textbook_pages", "first"), "its data is the same")
        place.store.collect_garbage(0, datetime.now(UTC).timestamp() + 60)

    assert take_out_and_put_back(place, two_books, clean_up) is None


def test_what_is_to_be_tried_again_is_not_revived(place, two_books):
    address = Address("trial", "textbook_pages", "second")
    place.store.retract(address, "to be tried again")
    assert take_out_and_put_back(place, two_books) is None


def test_an_inbox_that_is_empty_of_a_sudden_retracts_nothing(place, two_books):
    for sidecar in place.inbox.iterdir():
        sidecar.unlink()
    with pytest.raises(InputError, match="is empty, though it held 2 editions: is it mounted"):
        reconcile_editions(two_books, place.instance, place.store, NOTICED)
    assert len(place.store.partitions("trial", "textbook_pages")) == 2
    without = two_books.model_copy(update={"inbox": None})
    reconcile_editions(without, place.instance, place.store, NOTICED)
    assert place.store.partitions("trial", "textbook_pages") == []
