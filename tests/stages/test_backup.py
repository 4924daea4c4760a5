import sqlite3
from contextlib import closing

import pytest

from pipeline.backup import back_up, contents, restore
from pipeline.errors import InputError


@pytest.fixture
def folders(tmp_path):
    """A store with an object, and a home whose database is being written."""
    store, home = tmp_path / "store", tmp_path / "home"
    for name in ("manifests/a.json", "objects/ab/abc", "staging/half", "folders/x/y"):
        (store / name).parent.mkdir(parents=True)
        (store / name).write_text(name)
    home.mkdir()
    with closing(sqlite3.connect(home / "runs.db")) as runs:
        runs.execute("pragma journal_mode=wal")
        runs.execute("create table runs (name)")
        runs.execute("insert into runs values ('first')")
        runs.commit()
    return {"store": store, "dagster": home, "label-studio": tmp_path / "absent"}


@pytest.fixture
def elsewhere(tmp_path, folders):
    return {name: tmp_path / "restored" / name for name in folders}


def test_what_is_backed_up_comes_back(tmp_path, folders, elsewhere):
    archive = tmp_path / "all.tar.gz"
    with closing(sqlite3.connect(folders["dagster"] / "runs.db")) as runs:
        runs.execute("insert into runs values ('still in the write-ahead log')")
        runs.commit()
        assert back_up(folders, archive) == {"store": 2, "dagster": 1}
    assert restore(archive, elsewhere) == {"store": 2, "dagster": 1}
    assert (elsewhere["store"] / "objects/ab/abc").read_text() == "objects/ab/abc"
    assert not (elsewhere["store"] / "staging").exists()
    with closing(sqlite3.connect(elsewhere["dagster"] / "runs.db")) as runs:
        assert runs.execute("select count(*) from runs").fetchone() == (2,)


def test_a_backup_is_never_overwritten_nor_restored_over_something(tmp_path, folders, elsewhere):
    archive = tmp_path / "all.tar.gz"
    back_up(folders, archive)
    with pytest.raises(InputError, match="exists already"):
        back_up(folders, archive)
    (elsewhere["store"] / "objects").mkdir(parents=True)
    (elsewhere["store"] / "objects" / "other").write_text("of somebody else")
    with pytest.raises(InputError, match="other is not as in the backup"):
        restore(archive, elsewhere)
    assert not (elsewhere["store"] / "manifests").exists()


def test_files_that_are_there_as_in_the_backup_are_no_hindrance(tmp_path, folders, elsewhere):
    archive = tmp_path / "all.tar.gz"
    back_up(folders, archive)
    present = elsewhere["store"] / "objects/ab/abc"
    present.parent.mkdir(parents=True)
    present.write_text("objects/ab/abc")
    assert restore(archive, elsewhere)["store"] == 2


def test_only_the_folders_that_are_asked_for_come_back(tmp_path, folders, elsewhere):
    archive = tmp_path / "all.tar.gz"
    back_up(folders, archive)
    assert contents(archive) == ["dagster", "store"]
    assert restore(archive, {"dagster": elsewhere["dagster"]}) == {"dagster": 1}
    assert not elsewhere["store"].exists()


def test_a_backup_is_for_its_owner_alone_and_so_are_secrets_that_come_back(
    tmp_path, folders, elsewhere
):
    archive = tmp_path / "all.tar.gz"
    (folders["dagster"] / "runs.db").chmod(0o600)
    back_up(folders, archive)
    restore(archive, elsewhere)
    for path in (archive, elsewhere["dagster"] / "runs.db"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_to_back_up_is_told(tmp_path):
    with pytest.raises(InputError, match="nothing to back up"):
        back_up({"store": tmp_path / "absent"}, tmp_path / "all.tar.gz")


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\x00torn"])
def test_a_file_that_is_no_backup_is_refused(tmp_path, elsewhere, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be restored|is no backup"):
        restore(tmp_path / "other", elsewhere)


def test_an_archive_that_reaches_outside_is_refused(tmp_path, elsewhere):
    import io
    import json
    import tarfile

    archive = tmp_path / "evil.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in (
            ("contents.json", json.dumps({"format": 1, "folders": ["store"]})),
            ("store/../../evil", "x"),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    with pytest.raises(InputError, match="cannot be restored"):
        restore(archive, elsewhere)
    assert not (tmp_path / "evil").exists()
