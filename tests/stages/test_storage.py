"""The store of artefacts as its users see it; test_storage_faults.py has what goes wrong."""

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, StorageError
from pipeline.storage import Address, Fingerprint, GateVerdict, Store

PAGES = Address("demo", "textbook_pages", "physics-6")
MODEL = Address("demo", "student_models")
MADE = Fingerprint("1", {"min_cosine": 0.8}, {"inbox": "a" * 64})
TABLE = pa.table({"text": ["salam", None, "sag bol"], "score": [0.5, 0.25, None]})
PASSED = GateVerdict("not_empty", is_passed=True, reason="3 rows")
FAILED = GateVerdict("min_n", is_passed=False, reason="3 of 100 rows")
GOLDEN = Path(__file__).parent / "cases" / "storage_v1"
FAR_FUTURE = 2**33


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Store(str(tmp_path / "store"))
    return Store(f"memory://{tmp_path.name}-{os.getpid()}", cache=tmp_path)


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling" / "config.json").write_text("{}")
    (folder / "weights.safetensors").write_bytes(bytes(range(256)) * 100)
    return folder


def data_bytes(root: Path) -> dict[str, tuple[bytes, int]]:
    """Content and inode of each object: a file written anew would have another inode."""
    files = (root / "objects").rglob("*.*")
    return {path.name: (path.read_bytes(), path.stat().st_ino) for path in files}


columns = st.sampled_from(
    [
        (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
        (pa.float64(), st.floats(allow_nan=False)),
        (pa.string(), st.text(st.characters(codec="utf-8"), max_size=8)),
        (pa.list_(pa.float32()), st.lists(st.floats(width=32, allow_nan=False), max_size=3)),
        (pa.struct([("x0", pa.bool_())]), st.fixed_dictionaries({"x0": st.booleans()})),
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    row_count = draw(st.integers(0, 12))
    drawn = draw(st.lists(columns, min_size=1, max_size=3))
    arrays = [
        pa.array(
            draw(st.lists(st.none() | values, min_size=row_count, max_size=row_count)), type=kind
        )
        for kind, values in drawn
    ]
    return pa.table(arrays, names=[f"column_{number}" for number in range(len(arrays))])


@given(tables(), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_a_table_comes_back_and_its_chunks_do_not_change_its_hash(tmp_path_factory, table, cut):
    store = Store(str(tmp_path_factory.mktemp("store")))
    first = store.publish(PAGES, table, fingerprint=MADE)
    assert first.read().equals(table)
    chunked = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    again = store.publish(PAGES, chunked, fingerprint=MADE)
    assert again.content_hash == first.content_hash
    reread = store.publish(PAGES, again.read(), fingerprint=MADE)
    assert reread.content_hash == first.content_hash


def test_row_groups_are_cut_at_fixed_rows_whatever_the_chunks(tmp_path):
    table = pa.table({"number": range(150_000)})
    pieces = pa.concat_tables([table.slice(0, 7), table.slice(7, 70_000), table.slice(70_007)])
    one = Store(str(tmp_path / "a")).publish(PAGES, table, fingerprint=MADE)
    two = Store(str(tmp_path / "b")).publish(PAGES, pieces, fingerprint=MADE)
    assert one.content_hash == two.content_hash
    (path,) = (tmp_path / "a").rglob("*.parquet")
    facts = pq.ParquetFile(path).metadata
    assert [facts.row_group(i).num_rows for i in range(3)] == [65_536, 65_536, 18_928]


def test_pandas_leaves_no_trace_in_the_bytes(tmp_path):
    store = Store(str(tmp_path))
    plain = store.publish(PAGES, TABLE, fingerprint=MADE)
    from_pandas = pa.Table.from_pandas(TABLE.to_pandas(), schema=TABLE.schema)
    assert from_pandas.schema.metadata
    assert store.publish(PAGES, from_pandas, fingerprint=MADE).content_hash == plain.content_hash


def test_find_gives_what_was_published(store):
    assert store.find(PAGES) is None
    facts = {"metadata": {"pages": 3}, "ledger": {"run": "r1"}}
    published = store.publish(PAGES, TABLE, fingerprint=MADE, gates=[PASSED], **facts)
    found = store.find(PAGES)
    assert found.manifest == published.manifest
    assert found.read().equals(TABLE)
    assert (found.row_count, found.is_refused, found.address) == (3, False, PAGES)
    assert found.manifest.columns == {"text": "string", "score": "double"}
    assert found.manifest.fingerprint == MADE.digest
    assert found.manifest.fingerprint_parts == MADE
    assert found.manifest.metadata == {"pages": 3}
    assert found.manifest.ledger == {"run": "r1"}
    assert store.verify() == []


def test_a_folder_comes_back_with_its_names(store, model_folder):
    artefact = store.publish(MODEL, model_folder, fingerprint=MADE)
    folder = store.find(MODEL).folder()
    names = ["1_Pooling/config.json", "weights.safetensors"]
    assert [entry.name for entry in artefact.manifest.files] == names
    for name in names:
        assert (folder / name).read_bytes() == (model_folder / name).read_bytes()
    assert artefact.path("1_Pooling/config.json") == folder / "1_Pooling" / "config.json"
    assert artefact.row_count is None
    assert store.verify() == []


def test_publishing_the_same_again_changes_no_byte_of_data(tmp_path, model_folder):
    store = Store(str(tmp_path / "store"))
    for _ in range(2):
        store.publish(PAGES, TABLE, fingerprint=MADE, ledger={"run": "r1"})
        store.publish(MODEL, model_folder, fingerprint=MADE)
        before = data_bytes(tmp_path / "store")
    store.publish(PAGES, TABLE, fingerprint=MADE, ledger={"run": "r2"})
    assert data_bytes(tmp_path / "store") == before
    assert len(before) == 3


def test_facts_of_the_day_and_gates_are_outside_the_content_hash(store):
    first = store.publish(PAGES, TABLE, fingerprint=MADE, ledger={"run": "r1"})
    other = Fingerprint("2", {"min_cosine": 0.9})
    facts = {"metadata": {"note": "x"}, "ledger": {"run": "r2"}, "gates": [FAILED]}
    again = store.publish(PAGES, TABLE, fingerprint=other, **facts)
    assert again.content_hash == first.content_hash
    assert again.manifest.fingerprint != first.manifest.fingerprint


def test_a_refused_artefact_can_be_browsed_but_not_used(store, model_folder):
    artefact = store.publish(PAGES, TABLE, fingerprint=MADE, gates=[PASSED, FAILED])
    assert artefact.is_refused
    assert artefact.refusals == (FAILED,)
    with pytest.raises(StorageError, match="physics-6 is refused by min_n: 3 of 100 rows"):
        store.find(PAGES).read()
    assert store.find(PAGES).read_even_if_refused().equals(TABLE)
    store.publish(MODEL, model_folder, fingerprint=MADE, gates=[FAILED])
    with pytest.raises(StorageError, match="refused by min_n"):
        store.find(MODEL).folder()


def test_a_table_is_no_folder_and_a_folder_no_table(store, model_folder):
    with pytest.raises(InputError, match="is a table, not a folder"):
        store.publish(PAGES, TABLE, fingerprint=MADE).folder()
    artefact = store.publish(MODEL, model_folder, fingerprint=MADE)
    with pytest.raises(InputError, match="is a folder, not a table"):
        artefact.read()
    with pytest.raises(InputError, match=r"has no file '\.\./secret'"):
        artefact.path("../secret")


def test_partitions_are_sorted_and_without_the_retracted(store):
    for name in ["b", "a/../c", "ä", "gone"]:
        store.publish(Address("demo", "pages", name), TABLE, fingerprint=MADE)
    store.publish(Address("demo", "pages"), TABLE, fingerprint=MADE)
    store.publish(Address("demo", "pages2", "x"), TABLE, fingerprint=MADE)
    store.retract(Address("demo", "pages", "gone"), "a draft")
    found = [one.address.partition for one in store.partitions("demo", "pages")]
    assert found == ["a/../c", "b", "ä"]
    assert store.partitions("demo", "nothing") == []


def test_what_is_retracted_is_gone_until_published_again(store):
    store.publish(PAGES, TABLE, fingerprint=MADE)
    store.retract(PAGES, "wrong licence")
    assert store.find(PAGES) is None
    assert store.collect_garbage(0, FAR_FUTURE).removed_count == 1
    assert store.verify() == []
    store.publish(PAGES, TABLE, fingerprint=MADE)
    assert store.find(PAGES).read().equals(TABLE)
    with pytest.raises(InputError, match="must be published"):
        store.retract(MODEL, "it is not there")


def test_versions_outlive_replacement_and_retraction(store):
    first = store.publish(PAGES, TABLE, fingerprint=MADE, is_versioned=True)
    second = store.publish(PAGES, TABLE.slice(1), fingerprint=MADE, is_versioned=True)
    store.publish(PAGES, TABLE, fingerprint=MADE, gates=[FAILED], is_versioned=True)
    store.retract(PAGES, "replaced by hand")
    store.collect_garbage(0, FAR_FUTURE)
    found = store.versions("demo", "textbook_pages")
    assert [one.manifest for one in found] == sorted(
        [first.manifest, second.manifest], key=lambda manifest: manifest.content_hash
    )
    assert sorted(one.read().num_rows for one in found) == [2, 3]


def test_garbage_is_what_no_manifest_names_and_old_enough(tmp_path):
    store = Store(str(tmp_path))
    store.publish(PAGES, TABLE, fingerprint=MADE)
    store.publish(PAGES, TABLE.slice(1), fingerprint=MADE)
    (tmp_path / "staging" / "half-made").write_bytes(b"12345")
    old = next(path for path in (tmp_path / "objects").rglob("*.parquet"))
    now = old.stat().st_mtime
    assert store.collect_garbage(3600, now).removed_count == 0
    assert [problem.kind for problem in store.verify()] == ["unreferenced"]
    report = store.collect_garbage(3600, now + 4000)
    assert (report.removed_count, report.kept_count) == (2, 1)
    assert report.removed_bytes > 5
    assert store.find(PAGES).read().equals(TABLE.slice(1))
    assert store.verify() == []


def test_a_reader_of_a_replaced_artefact_has_the_whole_minimum_age_to_finish(
    tmp_path, model_folder
):
    store = Store(str(tmp_path / "store"))
    handle = store.publish(MODEL, model_folder, fingerprint=MADE)
    folder = handle.folder()
    for path in [folder, *(tmp_path / "store" / "objects").rglob("*.*")]:
        os.utime(path, (1000, 1000))
    store.publish(MODEL, TABLE, fingerprint=MADE)
    now = next((tmp_path / "store" / "manifests").rglob("*.json")).stat().st_mtime
    store.collect_garbage(3600, now + 60)
    assert handle.folder() == folder
    store.collect_garbage(3600, now + 4000)
    with pytest.raises(StorageError, match="missing"):
        handle.folder()


def test_strange_files_among_the_objects_are_reported_and_left_alone(tmp_path):
    store = Store(str(tmp_path))
    store.publish(PAGES, TABLE, fingerprint=MADE)
    (tmp_path / "objects" / "notes.txt").write_text("mine")
    store.collect_garbage(0, FAR_FUTURE)
    assert [problem.kind for problem in store.verify()] == ["foreign"]


def test_missing_data_is_named(tmp_path):
    store = Store(str(tmp_path))
    store.publish(PAGES, TABLE, fingerprint=MADE)
    shutil.rmtree(tmp_path / "objects")
    with pytest.raises(StorageError, match=r"table\.parquet of demo/textbook_pages/physics-6 is"):
        store.find(PAGES).read()
    assert [problem.kind for problem in store.verify()] == ["missing"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "its format is 2, this Dutar reads 1"),
        ({"format": None}, "it states no format"),
        ({"kind": "tensor"}, "not a manifest of this version"),
        ({"colour": "red"}, "not a manifest of this version"),
        ({"row_count": 4}, "its checksum is wrong"),
    ],
)
def test_a_manifest_of_another_kind_is_foreign_or_torn(tmp_path, change, message):
    store = Store(str(tmp_path))
    store.publish(PAGES, TABLE, fingerprint=MADE)
    rewrite(tmp_path, change, is_signed="row_count" not in change)
    with pytest.raises(StorageError, match=message):
        store.find(PAGES)
    with pytest.raises(StorageError, match=message):
        store.collect_garbage(0, FAR_FUTURE)
    assert len(data_bytes(tmp_path)) == 1


def rewrite(root: Path, change: dict[str, object], *, is_signed: bool) -> None:
    """Change a manifest as another program would, checksum and all."""
    from pipeline.storage.manifest import _digest

    (path,) = (root / "manifests").rglob("*.json")
    document = json.loads(path.read_bytes()) | change
    checksum = document.pop("checksum")
    path.chmod(0o644)
    path.write_text(
        json.dumps(document | {"checksum": _digest(document) if is_signed else checksum})
    )


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../b", ".", "", "a\\b"])
def test_a_manifest_cannot_name_files_outside_its_folder(tmp_path, model_folder, name):
    store = Store(str(tmp_path / "store"))
    entry = store.publish(MODEL, model_folder, fingerprint=MADE).manifest.files[0]
    rewrite(tmp_path / "store", {"files": [entry.model_dump() | {"name": name}]}, is_signed=True)
    with pytest.raises(StorageError, match="foreign"):
        store.find(MODEL)


def test_a_manifest_copied_to_another_address_is_foreign(tmp_path):
    store = Store(str(tmp_path))
    store.publish(PAGES, TABLE, fingerprint=MADE)
    folder = tmp_path / "manifests" / "demo" / "textbook_pages"
    shutil.copy(folder / "physics-6.json", folder / "physics-7.json")
    with pytest.raises(StorageError, match="it is the manifest of demo/textbook_pages/physics-6"):
        store.find(Address("demo", "textbook_pages", "physics-7"))


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=3)
)
def test_no_partition_name_leaves_its_folder_or_meets_another(names):
    paths = [Address("demo", "pages", name).manifest_path for name in sorted(set(names))]
    assert len(set(paths)) == len(set(names))
    for path in paths:
        assert path.startswith("manifests/demo/pages/")
        assert path.count("/") == 3
        assert ".." not in path


@pytest.mark.parametrize("name", ["", "x" * 201, "\ud800"])
def test_unusable_names_are_refused(name):
    with pytest.raises(InputError, match="cannot name an artefact"):
        Address("demo", "pages", name)


@pytest.mark.parametrize(
    "metadata", [{"n": float("nan")}, {"n": {1}}, {"n": "\ud800"}, {"n": Path()}]
)
def test_facts_that_json_cannot_hold_are_refused(store, metadata):
    with pytest.raises(InputError):
        store.publish(PAGES, TABLE, fingerprint=MADE, metadata=metadata)
    assert store.find(PAGES) is None


def test_content_that_cannot_be_stored_is_refused(store, tmp_path, model_folder):
    (tmp_path / "empty").mkdir()
    (model_folder / "link").symlink_to(tmp_path)
    doubled = pa.table([[1], [2]], names=["a", "a"])
    for content in [tmp_path / "empty", tmp_path / "nowhere", model_folder, doubled]:
        with pytest.raises(InputError):
            store.publish(PAGES, content, fingerprint=MADE)
    assert store.find(PAGES) is None


def test_the_order_of_keys_is_no_part_of_a_fingerprint():
    one = Fingerprint("1", {"a": 1, "b": [1, 2]}, {"x": "0", "y": "1"})
    two = Fingerprint("1", {"b": [1, 2], "a": 1}, {"y": "1", "x": "0"})
    assert one.digest == two.digest
    others = [Fingerprint("2", one.parameters, one.inputs), Fingerprint("1", {}, one.inputs)]
    assert one.digest not in {other.digest for other in others}


def test_a_store_written_by_format_1_stays_readable(tmp_path):
    shutil.copytree(GOLDEN, tmp_path / "store")
    store = Store(str(tmp_path / "store"))
    assert [one.read().to_pylist() for one in store.partitions("demo", "textbook_pages")] == [
        [{"text": "salam", "score": 0.5, "box": {"x0": 1.0}, "vector": [0.5, 0.25]}]
    ]
    assert (store.find(MODEL).folder() / "1_Pooling" / "config.json").read_text() == "{}\n"
    assert store.find(Address("demo", "retracted")) is None
    refused = store.find(Address("demo", "refused"))
    assert [gate.reason for gate in refused.refusals] == ["3 of 100 rows"]
    assert [one.row_count for one in store.versions("demo", "textbook_pages")] == [1]
    assert store.verify() == []
