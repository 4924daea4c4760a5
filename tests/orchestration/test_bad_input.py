"""An inbox with everything that goes wrong in it, driven as the jobs do it."""

import random
from datetime import UTC, datetime

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from definitions import build_defs
from pipeline.errors import InputError
from pipeline.settings import artefact_root
from pipeline.storage import Address, Store
from sensors.driver import Goal, Sources, drive, plan
from sensors.editions import Noticed, reconcile_editions

ENGLISH = [
    "The camel has been called the ship of the desert since ancient times.",
    "Its wide feet do not sink into the sand even when it is very hot.",
    "Its long eyelashes protect the eyes of the camel from the dust.",
    "In the spring red poppies and tulips are in flower on the hills.",
]
FAULTS = {  # edition: what must be said of it
    "empty": "empty.pdf is empty (0 bytes): copy it again",
    "encrypted": "encrypted.pdf is encrypted: save it without a password",
    "lonely": "lonely.pdf has no lonely.yaml beside it",
    "missing": "missing.yaml describes missing.pdf, which is not there: add it",
    "no_date": "no_date.yaml is not readable YAML",
    "no_pages": "no_pages.pdf",
    "noise": "0 of 1 printed pages are readable; the first that is not: ",
    "too_deep": "too_deep.yaml is not readable YAML",
    "wrong_language": "0 of 1 printed pages are readable; the first that is not: ",
}
NOTICED = Noticed(datetime(2026, 11, 3, 10, tzinfo=UTC), "a-run")
NO_PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def fill(place):
    """One good book among the faulty ones; the good one is not the first."""
    place.add_book("good")
    place.add_book("wrong_language", ENGLISH)
    place.add_sidecar("wrong_language", language="tuk_Latn")
    place.add_book("encrypted", encrypt="secret")
    for key, content in (("empty", b""), ("no_pages", NO_PAGES), ("no_date", b"%PDF-1.4")):
        place.add_sidecar(key)
        (place.inbox / f"{key}.pdf").write_bytes(content)
    place.add_sidecar("missing")
    place.add_sidecar("noise")
    add_noise(place.inbox / "noise.pdf")
    (place.inbox / "lonely.pdf").write_bytes((place.inbox / "good.pdf").read_bytes())
    (place.inbox / "no_date.yaml").write_text("title: 2024-13-45\n")
    (place.inbox / "too_deep.yaml").write_text("[" * 5000)
    for name in ("part...2.pdf", "two\nlines.pdf", "я" * 60 + ".pdf"):
        (place.inbox / name).write_bytes(b"%PDF-1.4")


def add_noise(path):
    draw = random.Random(13)  # noqa: S311 - repeatable on purpose
    canvas = Canvas(str(path), pagesize=(100, 140), invariant=1)
    picture = Image.frombytes("L", (200, 280), draw.randbytes(200 * 280))
    canvas.drawInlineImage(picture, 0, 0, 100, 140)
    canvas.showPage()
    canvas.save()


@pytest.fixture(scope="module")
def driven(shared_place):
    """What the driver made of the inbox, and what each of its failed runs told."""
    fill(shared_place)
    recipe, instance = shared_place.recipe(bitexts={}), shared_place.instance
    definitions = build_defs(recipe)
    told = {}

    def launch(run):
        result = definitions.resolve_job_def(run.job).execute_in_process(
            instance=instance, partition_key=run.partition, raise_on_error=False
        )
        if not result.success:
            (event,) = [event for event in result.all_events if event.is_step_failure]
            told[run.partition] = event.step_failure_data.user_failure_data.description
        return result.success

    editions = reconcile_editions(recipe, instance, Store(artefact_root()), NOTICED)
    planned = plan(recipe, Sources(editions=editions), Goal.CORPUS)
    runs = [run for run in planned if run.partition is not None]
    return drive(runs, launch), told


@pytest.mark.parametrize("key", FAULTS)
def test_a_faulty_edition_ends_as_one_sentence_and_as_a_quarantined_artefact(
    driven, shared_place, key
):
    told = driven[1][key]
    assert FAULTS[key] in told
    assert "Traceback" not in told
    assert "\n" not in told
    pages = shared_place.store.find(Address("trial", "textbook_pages", key))
    assert pages.is_refused
    assert pages.read_even_if_refused()["reject_reason"].null_count == 0
    assert shared_place.store.find(Address("trial", "textbook_sentences", key)) is None


def test_files_whose_names_cannot_name_a_partition_are_told_to_be_renamed(driven):
    told = [sentence for key, sentence in driven[1].items() if key.startswith("misnamed-")]
    assert len(told) == 3
    assert all("must be renamed" in sentence for sentence in told)


def test_the_good_book_goes_on_to_its_sentences_and_nothing_else_does(driven, shared_place):
    assert [run.partition for run in driven[0].succeeded] == ["good"]
    assert len(driven[0].failed) == len(FAULTS) + 3
    (sentences,) = shared_place.store.partitions("trial", "textbook_sentences")
    assert sentences.address.partition == "good"
    texts = sentences.read()["text"].to_pylist()
    assert "Весной на холмах цветут красные маки и тюльпаны." in texts


def published(place):
    return [one.address.partition for one in place.store.partitions("trial", "textbook_pages")]


def test_a_book_taken_out_of_the_inbox_is_retracted_and_no_partition_any_more(place, two_books):
    (place.inbox / "second.yaml").unlink()
    assert reconcile_editions(two_books, place.instance, place.store, NOTICED) == ["first"]
    assert place.instance.get_dynamic_partitions("trial_editions") == ["first"]
    assert published(place) == ["first"]


def test_a_book_that_was_never_read_can_be_taken_out_as_well(place, two_books):
    place.add_sidecar("third")
    reconcile_editions(two_books, place.instance, place.store, NOTICED)
    (place.inbox / "third.yaml").unlink()
    assert reconcile_editions(two_books, place.instance, place.store, NOTICED) == [
        "first",
        "second",
    ]
    assert published(place) == ["first", "second"]


@pytest.mark.parametrize("state", ["gone", "a file", "forbidden"])
def test_an_inbox_that_cannot_be_read_is_told_and_retracts_nothing(
    place, two_books, monkeypatch, state
):
    inbox = place.inbox.rename(place.folder / "elsewhere")
    if state == "a file":
        place.inbox.touch()
    if state == "forbidden":  # whoever runs the tests may be allowed everything
        inbox.rename(place.inbox)
        monkeypatch.setattr(type(inbox), "iterdir", forbid)
    with pytest.raises(InputError, match=r"the inbox .* (is not a folder|cannot be read)"):
        reconcile_editions(two_books, place.instance, place.store, NOTICED)
    monkeypatch.undo()
    assert place.instance.get_dynamic_partitions("trial_editions") == ["first", "second"]
    assert published(place) == ["first", "second"]


def forbid(_):
    raise PermissionError(13, "Permission denied")


def test_the_driver_job_fails_with_the_inboxs_sentence(place, two_books, failure_of):
    place.inbox.rename(place.folder / "elsewhere")
    job = build_defs(two_books).resolve_job_def("refresh_corpus")
    result = job.execute_in_process(instance=place.instance, raise_on_error=False)
    assert failure_of(result).startswith(f"the inbox {place.inbox} is not a folder: ")
