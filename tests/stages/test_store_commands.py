"""The commands that look at the store or change it, each on a store made for it."""

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipeline import cli
from pipeline.errors import InputError
from pipeline.storage import Address, Fingerprint, GateVerdict, Store

RECIPE = """\
name: trial
title: A trial
focus: tuk_Latn
pivots: [rus_Cyrl]
inbox: {folder}/inbox
annotation: {{ reviews: {folder}/reviews }}
"""
PAGES, MODEL = Address("trial", "textbook_pages", "reader"), Address("trial", "model_release")


def settle(folder, monkeypatch):
    """Lead Dutar to a folder."""
    for name, inside in (
        ("DUTAR_STORE", "store"),
        ("DAGSTER_HOME", "home"),
        ("DUTAR_LABEL_STUDIO", "label-studio"),
        ("DUTAR_RELEASES", "releases"),
        ("DUTAR_RECIPES", "recipes"),
    ):
        monkeypatch.setenv(name, str(folder / inside))


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    for name in ("recipes", "inbox", "reviews", "home"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file.txt").write_text(name)
    (folder / "recipes" / "trial.yaml").write_text(RECIPE.format(folder=folder))
    settle(folder, monkeypatch)
    return folder


@pytest.fixture
def store(here):
    store = Store(str(here / "store"))
    made = Fingerprint(code_version="1", parameters={}, inputs={})
    table = pa.table({"text": ["good", "bad"], "reject_reason": [None, "unreadable: torn"]})
    gate = GateVerdict("is_good", is_passed=False, reason="too little is left")
    store.publish(PAGES, table, fingerprint=made, gates=[gate])
    for text in ("first", "second"):
        folder = here / text
        folder.mkdir()
        (folder / "model.txt").write_text(text)
        store.publish(MODEL, folder, fingerprint=made, is_versioned=True)
    return store


def run(*arguments):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_quarantine_lists_what_was_set_aside_and_why(store):
    assert run("quarantine", "--recipe", "trial") == [
        "trial/textbook_pages/reader: refused: is_good: too little is left",
        "trial/textbook_pages/reader: 1 rows: unreadable",
    ]


def test_quarantine_shows_the_rejected_rows_of_one_artefact(store):
    *_, row = run("quarantine", PAGES)
    assert row == "{'text': 'bad', 'reject_reason': 'unreadable: torn'}"
    assert run("quarantine", MODEL) == []


def test_quarantine_withdraws_what_is_to_be_tried_again(store):
    assert run("quarantine", PAGES, "--retry") == [
        f"{PAGES} is withdrawn; the next run makes it anew"
    ]
    assert store.find(PAGES) is None
    with pytest.raises(InputError, match="name the artefact"):
        run("quarantine", "--retry")


def test_release_prints_where_the_model_is_and_goes_back_to_an_earlier_one(store, here):
    first, second = (
        one.content_hash[:12]
        for one in sorted(
            store.versions("trial", "model_release"),
            key=lambda one: one.path("model.txt").read_text(),
        )
    )
    recipe = ("--recipe", "trial")
    (pointer,) = run("release", *recipe)
    assert (here / "releases" / "trial" / "model.txt").read_text() == "second"
    assert pointer == str(here / "releases" / "trial")
    run("release", *recipe, "--to", first)
    assert (here / "releases" / "trial" / "model.txt").read_text() == "first"
    told = [line.split()[:2] for line in run("releases", *recipe)]
    assert told == [[second, "released"], [first, "released"]]
    assert run("releases", *recipe)[-1].endswith("(current)")


def test_releases_names_versions_that_nobody_was_given(store):
    told = [line.split("  ")[1] for line in run("releases", "--recipe", "trial")]
    assert told == ["not released", "not released"]


def test_everything_that_is_backed_up_comes_back_in_another_place(
    store, here, tmp_path, monkeypatch
):
    run("release", "--recipe", "trial")
    archive, there = tmp_path / "dutar.tar.gz", tmp_path / "there"
    assert "inbox-trial: 1 files" in run("backup", archive)
    assert archive.stat().st_mode & 0o077 == 0
    here.rename(tmp_path / "lost")
    settle(there, monkeypatch)
    told = run("restore", archive)
    assert f"home: 1 files in {there / 'home'}".replace("home:", "dagster:") in told
    assert f"released: {there / 'releases' / 'trial'}" in told
    assert told[-1] == "now run `dutar verify`"
    assert run("verify") == []
    assert (there / "releases" / "trial" / "model.txt").read_text() == "second"
    for name in ("inbox", "reviews"):  # where the recipe says
        assert (here / name / "file.txt").read_text() == name


def test_a_restore_over_other_files_is_refused_and_changes_nothing(store, here, tmp_path):
    run("backup", tmp_path / "dutar.tar.gz")
    (here / "inbox" / "file.txt").write_text("changed since")
    with pytest.raises(InputError, match=r"inbox/file.txt is not as in the backup"):
        run("restore", tmp_path / "dutar.tar.gz")
    assert (here / "inbox" / "file.txt").read_text() == "changed since"


def test_a_store_in_a_bucket_is_not_backed_up_from_here(here, tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_STORE", "s3://bucket/dutar")
    with pytest.raises(InputError, match="back it up with that service's own means"):
        run("backup", tmp_path / "dutar.tar.gz")


def test_verify_and_gc_tell_what_they_found_and_removed(store):
    store.retract(PAGES, "a test")
    assert run("verify") == [
        "unreferenced: 1 objects are named by no manifest; collect the garbage"
    ]
    (told,) = run("gc", "--min-age-hours", "0")
    assert told.startswith("removed 1 files")
    assert run("verify") == []
